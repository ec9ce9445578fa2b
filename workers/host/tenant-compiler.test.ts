import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import type { Program } from '../../language/plan.ts';
import { CompilerHere } from './definition-compiler.ts';
import { TenantCompiler } from './tenant-compiler.ts';

/** A compiler that takes one text after the other, each when the test says so. */
class SteppedCompiler extends CompilerHere {
  readonly taken: string[] = [];
  readonly #open: ((program: Program) => void)[] = [];

  override compile(text: string): Promise<Program> {
    this.taken.push(text);
    return new Promise((resolve, reject) => {
      this.#open.push((program) => (text === 'bad' ? reject(new Error(text)) : resolve(program)));
    });
  }

  async step(): Promise<void> {
    this.#open.shift()?.({} as Program);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

describe('the compiler of many tenants', () => {
  it('takes a text of each in turns, however many one of them has', async () => {
    const shared = new SteppedCompiler();
    const [hostile, other] = [new TenantCompiler(shared), new TenantCompiler(shared)];
    const asked = Array.from({ length: 8 }, (_, n) => hostile.compile(`hostile ${n}`));
    await Promise.resolve();
    asked.push(other.compile('other 0'), other.compile('other 1'));
    await Promise.resolve();
    expect(shared.taken).toEqual(['hostile 0', 'other 0']);
    for (let n = 0; n < 10; n++) await shared.step();
    await Promise.all(asked);
    expect(shared.taken.slice(0, 5)).toEqual(['hostile 0', 'other 0', 'hostile 1', 'other 1', 'hostile 2']);
    expect(shared.taken).toHaveLength(10);
  });

  it('goes on after a text that is wrong, and takes no more than may wait', async () => {
    const shared = new SteppedCompiler();
    const tenant = new TenantCompiler(shared);
    const bad = tenant.compile('bad');
    const rest = Array.from({ length: LIMITS.textsWaitingMax - 1 }, (_, n) => tenant.compile(String(n)));
    await expect(tenant.compile('one too many')).rejects.toMatchObject({ code: 'DEFINITIONS_BUSY' });
    bad.catch(() => undefined);
    for (let n = 0; n < LIMITS.textsWaitingMax; n++) await shared.step();
    await expect(bad).rejects.toThrow('bad');
    await Promise.all(rest);
    const again = tenant.compile('again');
    await Promise.resolve();
    await shared.step();
    await again;
    expect(shared.taken).not.toContain('one too many');
  });
});
