import { localStorageColorSchemeManager } from '@mantine/core';

/** Keeps light or dark in the browser; build/start-script.ts reads the same key. */
export const colorSchemeStore = localStorageColorSchemeManager({ key: 'ringwatch-color-scheme' });
