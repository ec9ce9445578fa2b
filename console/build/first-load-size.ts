import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** What the first screen may need at most, compressed; fonts are counted apart, since text shows without them. */
const FIRST_LOAD_BYTES_MAX = 350_000;

/**
 * Prints what each file of the build weighs compressed and what the first screen loads in all, and fails the build
 * where that is more than FIRST_LOAD_BYTES_MAX.
 */
export function firstLoadSize(): Plugin {
  return {
    name: 'first-load-size',
    apply: 'build',
    writeBundle(_options, bundle) {
      const first = new Set<string>();
      const visit = (name: string): void => {
        const file = bundle[name];
        if (file?.type !== 'chunk' || first.has(name)) return;
        first.add(name);
        for (const style of file.viteMetadata?.importedCss ?? []) first.add(style);
        for (const next of file.imports) visit(next);
      };
      for (const file of Object.values(bundle))
        if (file.type === 'chunk' && file.isEntry) visit(file.fileName);

      const sizes = Object.values(bundle).flatMap((file) => {
        if (!/\.(js|css)$/.test(file.fileName)) return [];
        const content = file.type === 'chunk' ? file.code : file.source;
        return [{ name: file.fileName, bytes: gzipSync(content).length, first: first.has(file.fileName) }];
      });
      sizes.sort((a, b) => Number(b.first) - Number(a.first) || b.bytes - a.bytes);
      const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
      for (const { name, bytes, first: needed } of sizes) {
        this.info(`${kilobytes(bytes)} gzip  ${needed ? 'first load' : 'on demand '}  ${name}`);
      }
      const total = sizes.filter((size) => size.first).reduce((sum, size) => sum + size.bytes, 0);
      this.info(
        `${kilobytes(total)} gzip  is the first load, of at most ${kilobytes(FIRST_LOAD_BYTES_MAX).trim()}`,
      );
      if (total > FIRST_LOAD_BYTES_MAX) this.error('the first load is too large: load something on demand');
    },
  };
}
