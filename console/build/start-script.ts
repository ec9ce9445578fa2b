import type { Plugin } from 'vite';

// Runs before anything is drawn, so that a page in dark does not flash in light. Same key as color-scheme.ts.
const SCRIPT = `(function () {
  var chosen = null;
  try { chosen = localStorage.getItem('ringwatch-color-scheme'); } catch (error) {}
  if (chosen !== 'light' && chosen !== 'dark') {
    chosen = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
  document.documentElement.setAttribute('data-mantine-color-scheme', chosen);
})();
`;

/** Puts the script that sets light or dark into a file of its own: inline it would be refused. */
export function startScript(): Plugin {
  return {
    name: 'start-script',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'asset', name: 'start.js', source: SCRIPT });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const file = Object.values(bundle ?? {}).find(
          (each) => each.type === 'asset' && each.names.includes('start.js'),
        );
        if (file === undefined) throw new Error('start.js is not among the files of the build');
        return [{ tag: 'script', attrs: { src: `./${file.fileName}` }, injectTo: 'head-prepend' }];
      },
    },
  };
}
