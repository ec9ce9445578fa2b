/** Shapes on a square of 20, drawn with a line of 1.5. */
const SHAPES = {
  alerts:
    'M10 2.5a5 5 0 0 0-5 5c0 4-1.5 5.5-1.5 6.5h13c0-1-1.5-2.5-1.5-6.5a5 5 0 0 0-5-5ZM8 16.5a2 2 0 0 0 4 0',
  definitions: 'M5 2.5h7l3.5 3.5v11.5H5zM12 2.5V6h3.5M7.5 9.5h5M7.5 12h5M7.5 14.5h3',
  webhooks:
    'M7.5 9.5 10 5.2a2.6 2.6 0 1 0-3.6-1M12.4 10.5l-2.6-4.4M8 14.5H4.2a2.6 2.6 0 1 0 2.6-3M13 14.5a2.6 2.6 0 1 0 1.2-3.4M8 14.5h5',
  activity: 'M2.5 10h3.2l2.1-6 4.2 12 2.1-6h3.4',
  access: 'M12.5 7.5a4 4 0 1 0-3.7 4l1.2 1.2h1.7v1.8h1.8V17h3.6v-2.8l-4.9-4.9a4 4 0 0 0 .3-1.8ZM7 6.5h.01',
  audit: 'M10 2.5 4 5v4.5c0 4 2.5 6.7 6 8 3.5-1.3 6-4 6-8V5zM7.5 10l1.8 1.8 3.4-3.6',
  usage: 'M3 17h14M5 14.5v-4M9 14.5v-8M13 14.5v-6M16.5 14.5V4',
  health: 'M10 16.8s-6.5-4-6.5-8.6A3.6 3.6 0 0 1 10 6.1a3.6 3.6 0 0 1 6.5 2.1c0 4.6-6.5 8.6-6.5 8.6Z',
  check: 'm4 10.5 4 4 8-9',
  warning: 'M10 3 2.5 16.5h15zM10 8v4M10 14.3h.01',
  close: 'm5.5 5.5 9 9M14.5 5.5l-9 9',
  sun:
    'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18' +
    'M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  moon: 'M16.5 12A7 7 0 1 1 8 3.5a5.6 5.6 0 0 0 8.5 8.5Z',
  system: 'M3 4h14v9.5H3zM7.5 17h5M10 13.5V17',
  play: 'M6 4v12l10-6z',
  pause: 'M6.5 4v12M13.5 4v12',
  next: 'M5 4v12l8-6zM15.5 4v12',
  previous: 'M15 4v12l-8-6zM4.5 4v12',
  first: 'M15.5 4v12L9 10zM9 4v12l-6-6z',
  last: 'M4.5 4v12L11 10zM11 4v12l6-6z',
  fit: 'M3 7.5V3h4.5M12.5 3H17v4.5M17 12.5V17h-4.5M7.5 17H3v-4.5',
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  download: 'M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13',
  copy: 'M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5z',
  replay: 'M4 10a6 6 0 1 0 2-4.5M4 3v3.5h3.5',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  back: 'M12.5 4.5 7 10l5.5 5.5',
  forward: 'M7.5 4.5 13 10l-5.5 5.5',
  down: 'M4.5 7.5 10 13l5.5-5.5',
  person: 'M10 10a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6ZM3.5 17c.6-3.2 3.2-5 6.5-5s5.9 1.8 6.5 5',
  leave: 'M8 3.5H3.5v13H8M12.5 6.5 16 10l-3.5 3.5M16 10H7.5',
  keyboard: 'M2.5 5h15v10h-15zM5.5 8h.01M8.5 8h.01M11.5 8h.01M14.5 8h.01M5.5 11.5h.01M14.5 11.5h.01M8 11.5h4',
  lock: 'M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  empty: 'M10 3a7 7 0 1 0 7 7M13.5 3.9A7 7 0 0 1 16.1 6.5',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM13 13l4 4',
  broken: 'M8.5 5.5 10 4a3.5 3.5 0 0 1 5 5l-1.5 1.5M11.5 14.5 10 16a3.5 3.5 0 0 1-5-5l1.5-1.5M3 3l14 14',
  clock: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM10 6v4l2.8 2',
} as const;

export type IconName = keyof typeof SHAPES;

/** A small picture beside words that say the same: not read out. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path
        d={SHAPES[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
