import { printableLine } from '../../core/printable-text.ts';
import type { Ring } from './ring.ts';

/** Columns of a terminal that a text takes: code points, which is exact for the keys and amounts that rings have. */
function width(text: string): number {
  return [...text].length;
}

function centred(text: string, columns: number): string {
  const left = Math.floor((columns - width(text)) / 2);
  return `${' '.repeat(left)}${text}${' '.repeat(columns - width(text) - left)}`;
}

/**
 * The ring as lines of text: title, legend, and members from top to bottom in path order, each hop with its amount and time, the
 * closing hop led back to the top on the right. No trailing blanks. Cost: linear in the ring.
 */
export function drawRingText(drawn: Ring): string[] {
  const ring = printed(drawn);
  const boxColumns = Math.max(6, ...ring.members.map(width)) + 2;
  const stem = 2 + Math.floor(boxColumns / 2);
  const amountColumns = Math.max(...ring.hops.map((hop) => width(hop.amount)));
  const labels = ring.hops.map(
    (hop) =>
      `${' '.repeat(amountColumns - width(hop.amount))}${hop.amount}  ${hop.when}${hop.closing ? ', closing' : ''}`,
  );
  const right = Math.max(stem + 4 + Math.max(...labels.map(width)), 2 + boxColumns + 4);
  const lines = [ring.title, ring.legend, ''];

  /** A line with the returning hop on its right. */
  const beside = (text: string): void => {
    lines.push(`${text}${' '.repeat(right - width(text))}│`);
  };
  ring.members.forEach((member, index) => {
    const edge = '─'.repeat(boxColumns);
    const top = index === 0 ? edge : `${edge.slice(0, stem - 2)}▼${edge.slice(stem - 1)}`;
    const box = `  │${centred(member, boxColumns)}│`;
    if (index === 0) {
      lines.push(`  ┌${top}┐`);
      lines.push(`${box}◀${'─'.repeat(right - width(box) - 1)}┐`);
    } else {
      beside(`  ┌${top}┐`);
      beside(box);
    }
    beside(`  └${edge.slice(0, stem - 2)}┬${edge.slice(stem - 1)}┘`);
    beside(`${' '.repeat(stem + 1)}│ ${labels[index] as string}`);
  });
  lines.push(`${' '.repeat(stem + 1)}└${'─'.repeat(right - stem - 2)}┘`);
  if (ring.summary.length > 0) lines.push('', `  ${ring.summary.join(', ')}`);
  return lines.map((line) => line.trimEnd());
}

/** The same ring, of texts that a terminal shows and does not obey. */
function printed(ring: Ring): Ring {
  return {
    ...ring,
    title: printableLine(ring.title),
    legend: printableLine(ring.legend),
    members: ring.members.map(printableLine),
    hops: ring.hops.map((hop) => ({
      ...hop,
      amount: printableLine(hop.amount),
      when: printableLine(hop.when),
    })),
    summary: ring.summary.map(printableLine),
  };
}
