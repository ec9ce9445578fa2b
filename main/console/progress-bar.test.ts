import { describe, expect, it } from '@jest/globals';
import { ProgressBar } from './progress-bar.ts';
import { recordingTerminal } from './recording-terminal.ts';

const HALF = { done: 50, total: 100, events: 12_345, alerts: 7 };

describe('progress', () => {
  it('on a terminal is a bar that is redrawn in place, not more often than eyes can follow', () => {
    const terminal = recordingTerminal(true);
    const bar = new ProgressBar(terminal, 'anti-cashout', 0);
    bar.update(HALF, 1_000);
    bar.update(HALF, 1_010);
    expect(terminal.statusLines).toEqual([
      'anti-cashout ██████████··········  50 %  12,345 events, 12,345/s, 7 alerts',
    ]);
    expect(terminal.errLines).toEqual([]);
  });

  it('elsewhere is a plain line every two seconds', () => {
    const terminal = recordingTerminal();
    const bar = new ProgressBar(terminal, 'anti-cashout', 0);
    for (let now = 0; now <= 5_000; now += 100) bar.update(HALF, now);
    expect(terminal.errLines).toEqual([
      'anti-cashout: 50 %, 12,345 events, 6,173/s, 7 alerts',
      'anti-cashout: 50 %, 12,345 events, 3,086/s, 7 alerts',
    ]);
  });

  it('of empty inputs is complete', () => {
    const terminal = recordingTerminal(true);
    new ProgressBar(terminal, 'x', 0).finish({ done: 0, total: 0, events: 0, alerts: 0 }, 10);
    expect(terminal.statusLines[0]).toContain('100 %');
  });
});
