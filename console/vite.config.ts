import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { firstLoadSize } from './build/first-load-size.ts';
import { startScript } from './build/start-script.ts';
import { themeVariables } from './build/theme-variables.ts';

// Built into console/dist, which the gateway serves under /console/. Nothing that is built may need more than
// `default-src 'self'`: no inline script or style, no data: address.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [themeVariables(), startScript(), firstLoadSize()],
  build: {
    target: ['chrome111', 'firefox114', 'safari16.4'],
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1024,
    rolldownOptions: {
      onwarn(warning, warn) {
        // Mantine marks its modules for React's servers, which there are none of here.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
  server: {
    proxy: {
      '/graphql': { target: process.env.RINGWATCH_URL ?? 'http://127.0.0.1:8080', ws: true },
      '/v1': { target: process.env.RINGWATCH_URL ?? 'http://127.0.0.1:8080' },
    },
  },
});
