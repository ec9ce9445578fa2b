import {
  type ConvertCSSVariablesInput,
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
} from '@mantine/core';
import type { Plugin } from 'vite';
import { theme } from '../theme/theme.ts';

/**
 * Puts the theme's CSS variables into theme/theme-variables.css. Mantine would write them into a `<style>` of the page,
 * which a strict Content-Security-Policy refuses.
 */
export function themeVariables(): Plugin {
  return {
    name: 'theme-variables',
    load: (id) => (id.endsWith('/theme/theme-variables.css') ? writeVariables() : null),
  };
}

function writeVariables(): string {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme);
  const variables: ConvertCSSVariablesInput = defaultCssVariablesResolver(merged);
  return convertCssVariables(variables, ':root');
}
