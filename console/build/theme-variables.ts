import {
  type ConvertCSSVariablesInput,
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
} from '@mantine/core';
import type { Plugin } from 'vite';
import { theme } from '../theme/theme.ts';

const NAME = 'virtual:theme-variables.css';

/**
 * The theme's CSS variables as a style sheet. Mantine would write them into a `<style>` of the page, which a strict
 * Content-Security-Policy refuses.
 */
export function themeVariables(): Plugin {
  return {
    name: 'theme-variables',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load: (id) => (id === `\0${NAME}` ? writeVariables() : null),
  };
}

function writeVariables(): string {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme);
  const variables: ConvertCSSVariablesInput = defaultCssVariablesResolver(merged);
  return convertCssVariables(variables, ':root');
}
