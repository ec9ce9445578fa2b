import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { FreshAnswers } from './fresh-answers.ts';

describe('answers that are fresh', () => {
  /** Questions that are answered when the test says so, by their number. */
  function questions() {
    const asked: { readonly resolve: (n: number) => void; readonly reject: (error: Error) => void }[] = [];
    const answers = new FreshAnswers<number>(
      () => new Promise((resolve, reject) => void asked.push({ resolve, reject })),
    );
    return { asked, answers };
  }

  it('are of a question that began after each call, one question for all who come meanwhile', async () => {
    const { asked, answers } = questions();
    const first = answers.get();
    const others = [answers.get(), answers.get()];
    expect(asked).toHaveLength(1);
    asked[0]?.resolve(1);
    expect(await first).toBe(1);
    await nextTurn();
    expect(asked).toHaveLength(2);
    const late = answers.get();
    asked[1]?.resolve(2);
    expect(await Promise.all(others)).toEqual([2, 2]);
    await nextTurn();
    asked[2]?.resolve(3);
    expect(await late).toBe(3);
    expect(asked).toHaveLength(3);
  });

  it('are not kept from others by a question that fails', async () => {
    const { asked, answers } = questions();
    const first = answers.get();
    const second = answers.get();
    asked[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await nextTurn();
    asked[1]?.resolve(2);
    expect(await second).toBe(2);
  });
});
