import styles from './ring-glyph.module.css';

const RADIUS = 9;
const CENTRE = 12;
const DOTS_MAX = 8;

/** A ring in small: as many corners as it has hops, up to eight, and the hop that closed it in the other colour. */
export function RingGlyph({ hops, closed }: { readonly hops: number; readonly closed: boolean }) {
  const corners = Math.max(1, Math.min(DOTS_MAX, closed ? hops : hops + 1));
  const points = Array.from({ length: corners }, (_, index) => place(index, corners));
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return null;
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" className={styles.glyph}>
      <polyline points={points.map(({ x, y }) => `${x},${y}`).join(' ')} className={styles.hops} />
      {closed ? <line x1={last.x} y1={last.y} x2={first.x} y2={first.y} className={styles.closing} /> : null}
      {points.map(({ x, y }) => (
        <circle key={`${x} ${y}`} cx={x} cy={y} r="2" className={styles.dot} />
      ))}
    </svg>
  );
}

function place(index: number, of: number): { readonly x: number; readonly y: number } {
  const angle = (index / of) * 2 * Math.PI;
  return {
    x: Math.round((CENTRE + RADIUS * Math.sin(angle)) * 10) / 10,
    y: Math.round((CENTRE - RADIUS * Math.cos(angle)) * 10) / 10,
  };
}
