// Strips the types of one module for jest. The source map travels inline, so that stack lines are the source's.
import { transform, transformSync } from 'esbuild';

const options = (sourcefile) => ({
  loader: 'ts',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  sourcefile,
});

export default {
  process: (text, file) => ({ code: transformSync(text, options(file)).code }),
  processAsync: async (text, file) => ({ code: (await transform(text, options(file))).code }),
};
