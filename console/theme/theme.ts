import { createTheme, type MantineColorsTuple } from '@mantine/core';

// Blue and orange stay apart in every common colour blindness, and in print.
const harbour: MantineColorsTuple = [
  '#eef4fa',
  '#dce8f3',
  '#b7cfe5',
  '#8eb4d7',
  '#6a9bc9',
  '#4c85ba',
  '#3a73a9',
  '#2d6094',
  '#244d78',
  '#1b3a5b',
];
const signal: MantineColorsTuple = [
  '#fff4ec',
  '#fde5d6',
  '#fbc8a9',
  '#f8a878',
  '#f38b4c',
  '#e8702a',
  '#d4590f',
  '#b8460a',
  '#96390c',
  '#74300f',
];
const gray: MantineColorsTuple = [
  '#f7f8fa',
  '#f0f2f5',
  '#e3e7ec',
  '#d2d8df',
  '#b6bfc9',
  '#8c96a3',
  '#5f6a78',
  '#48525f',
  '#323a45',
  '#1f252d',
];
const dark: MantineColorsTuple = [
  '#dce1e7',
  '#b7c0ca',
  '#95a1af',
  '#697585',
  '#414b57',
  '#2f3842',
  '#222a32',
  '#171c22',
  '#11151a',
  '#0b0e12',
];

/** Colours, type and sizes of the console. Read by the build as well, which writes its variables into a style sheet. */
export const theme = createTheme({
  colors: { harbour, signal, gray, dark },
  primaryColor: 'harbour',
  primaryShade: { light: 7, dark: 6 },
  black: '#1b2129',
  fontFamily: "'IBM Plex Sans', 'Helvetica Neue', 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "'IBM Plex Mono', 'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '22px', lineHeight: '1.3' },
      h2: { fontSize: '16px', lineHeight: '1.4' },
      h3: { fontSize: '14px', lineHeight: '1.4' },
    },
  },
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  components: {
    SegmentedControl: { defaultProps: { styles: { label: { paddingInline: '10px' } } } },
  },
  respectReducedMotion: true,
  focusRing: 'auto',
});
