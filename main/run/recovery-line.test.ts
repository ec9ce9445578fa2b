import { describe, expect, it } from '@jest/globals';
import { recoveryLine } from './recovery-line.ts';

const RECOVERY = {
  checkpoint: { offset: 1_000, position: 900, semantics: 1, effects: 3 },
  discarded: null,
  archivedRecords: 0,
  logRecords: 234,
  effects: 4,
  offset: 1_234,
  position: 1_100,
  seconds: 0.5,
};

describe('what a recovery says', () => {
  it('names the checkpoint and what was replayed', () => {
    expect(recoveryLine(RECOVERY)).toBe(
      'recovered from the checkpoint at offset 1,000, replayed 234 records up to offset 1,234 (position 1,100) in 0.50 s',
    );
  });

  it('names archived records and a checkpoint that was thrown away', () => {
    expect(
      recoveryLine({
        ...RECOVERY,
        checkpoint: null,
        archivedRecords: 1_000,
        discarded: 'entry 7 has a wrong checksum',
      }),
    ).toBe(
      'recovered from the start of the log, replayed 1,000 archived and 234 records up to offset 1,234 ' +
        '(position 1,100) in 0.50 s; a damaged checkpoint was thrown away (entry 7 has a wrong checksum)',
    );
  });

  it('is nothing for a folder that is new', () => {
    expect(recoveryLine({ ...RECOVERY, offset: 0 })).toBeNull();
  });
});
