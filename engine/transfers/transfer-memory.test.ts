import { describe, expect, it } from '@jest/globals';
import { type LinkedTransfer, pageOf, TransferMemory } from './transfer-memory.ts';

const told = (from: string, to: string, n: number) => ({
  relation: 'users.energy',
  row: [from, to, 1, `k${n}`, null],
  code: null,
  position: n,
  fromBalance: 0,
  toBalance: 0,
});

/** Transfers between `busy` and one of ten others in turn, linked as the memory links them. */
function linkedTransfers(count: number): LinkedTransfer[] {
  const memory = new TransferMemory();
  return Array.from({ length: count }, (_, n) => {
    const [from, to] = n % 2 === 0 ? ['busy', `u${n % 10}`] : [`u${n % 10}`, 'busy'];
    return memory.remember(told(from, to, n), `k${n}`, from, to) as LinkedTransfer;
  });
}

describe('pages of the transfers of a row', () => {
  const all = linkedTransfers(5000);

  it('look at as many transfers as they have, wherever they begin, and are together all of them', () => {
    const pages: number[][] = [];
    for (let before: number | null = null; ; ) {
      let looks = 0;
      const at = (n: number): LinkedTransfer | null => {
        looks++;
        return all[n] ?? null;
      };
      const page = { relation: 'users.energy', account: 'busy', newest: all.length - 1, before, limit: 50 };
      const found = pageOf(at, page);
      expect(looks).toBeLessThanOrEqual(51);
      if (found.length === 0) break;
      pages.push(found.map(({ n }) => n));
      before = found.at(-1)?.n ?? null;
    }
    expect(pages.flat()).toEqual(all.map(({ n }) => n).reverse());
  });

  it('begin at a transfer of the row: another one is refused, and behind a forgotten one there is nothing', () => {
    const memory = new TransferMemory();
    for (const [n, [from, to]] of [['a', 'b'] as const, ['b', 'c'] as const, ['a', 'c'] as const].entries())
      memory.remember(told(from, to, n), `k${n}`, from, to);
    const numbers = (account: string, before: number | null, relation = 'users.energy') =>
      memory.transfersOf(relation, account, before, 9).map(({ n }) => n);
    expect(numbers('c', null)).toEqual([2, 1]);
    expect(numbers('c', 2)).toEqual([1]);
    expect(numbers('c', 1)).toEqual([]);
    expect(numbers('z', null)).toEqual([]);
    for (const [account, before, relation] of [
      ['b', 2, 'users.energy'],
      ['a', 2, 'users.points'],
    ] as const) {
      const refused = expect.objectContaining({ code: 'CURSOR_INVALID' });
      expect(() => numbers(account, before, relation)).toThrow(refused);
    }
    expect(numbers('a', 3)).toEqual([]);
  });
});
