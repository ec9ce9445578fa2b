import { afterEach, describe, expect, it } from '@jest/globals';
import type { DryRun, EngineHost } from '../../core/ports/engine.ts';
import { unpack } from '../../core/pack.ts';
import { newTenantId } from '../../core/tenant-id.ts';
import { compileDefinitions } from '../../language/compile.ts';
import type { Program } from '../../language/plan.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { CompilerThread } from '../../workers/host/compiler-thread.ts';
import { CompilerHere } from '../../workers/host/definition-compiler.ts';
import { HeldStorage } from './held-storage.ts';
import { PAYMENTS, paymentFrame } from './host-case.ts';

const hosts: EngineHost[] = [];
const threads: CompilerThread[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
  for (const thread of threads.splice(0)) await thread.close();
});

function keep(thread: CompilerThread): CompilerThread {
  threads.push(thread);
  return thread;
}

/** A compiler that takes as long as the test wants, for texts that hold a word. */
class SlowCompiler extends CompilerHere {
  readonly #word: string;
  #release: () => void = () => undefined;
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  constructor(word: string) {
    super();
    this.#word = word;
  }

  release(): void {
    this.#release();
  }

  override async compile(text: string): Promise<Program> {
    if (text.includes(this.#word)) await this.#released;
    return super.compile(text);
  }
}

const SLOW = `${PAYMENTS}CREATE RULE slow ON payments WHEN amount > 5 DO ALERT 'Slow' KEY (id);\n`;

describe('compiling definitions', () => {
  it('keeps no event waiting, of this tenant or another, however long it takes', async () => {
    const compiler = new SlowCompiler('slow');
    const host = startEnginesHere({ folder: '', tickMs: 60_000 }, new HeldStorage(), compiler);
    hosts.push(host);
    const [one, other] = [newTenantId(), newTenantId()];
    for (const tenant of [one, other]) {
      await host.create(tenant);
      await host.engine(tenant).publish(PAYMENTS, { allowDrop: false });
    }
    let isPublished = false;
    const publishing = host
      .engine(one)
      .publish(SLOW, { allowDrop: false })
      .then((published) => {
        isPublished = true;
        return published;
      });
    for (const tenant of [one, other]) {
      const frame = paymentFrame([{ id: 'a', payer: 'A', payee: 'B', cents: 600 }]);
      const appended = await host.engine(tenant).append(frame, 1);
      expect(await appended.applied()).toMatchObject({ position: 2, accepted: 1 });
      const asked = paymentFrame([{ id: 'b', payer: 'A', payee: 'C', cents: 600 }]);
      expect(await host.engine(tenant).decide(asked, null)).toMatchObject({ position: 3, alerts: [] });
    }
    expect(isPublished).toBe(false);
    compiler.release();
    // It takes its place in the log when it is compiled.
    expect(await publishing).toEqual({ position: 4, version: 2 });
    const asked = paymentFrame([{ id: 'c', payer: 'A', payee: 'D', cents: 600 }]);
    expect((await host.engine(one).decide(asked, null)).alerts).toMatchObject([{ rule: 'slow' }]);
  });

  it('is not done again where events are folded', async () => {
    // A compiler that answers with the program of another text: the rule is in force, although its text is not there.
    class Doctored extends CompilerHere {
      override compile(): Promise<Program> {
        return super.compile(SLOW);
      }
    }
    const host = startEnginesHere({ folder: '', tickMs: 60_000 }, new HeldStorage(), new Doctored());
    hosts.push(host);
    const tenant = newTenantId();
    await host.create(tenant);
    await host.engine(tenant).publish(PAYMENTS, { allowDrop: false });
    const asked = paymentFrame([{ id: 'a', payer: 'A', payee: 'B', cents: 600 }]);
    expect((await host.engine(tenant).decide(asked, null)).alerts).toMatchObject([{ rule: 'slow' }]);
  });
});

describe('a thread that compiles', () => {
  it('makes the same of texts as this one', async () => {
    const here = new CompilerHere();
    const there = keep(new CompilerThread());
    expect(await there.compile(PAYMENTS)).toEqual(compileDefinitions(PAYMENTS));
    for (const [inForce, text, allowDrop] of [
      ['', PAYMENTS, false],
      [PAYMENTS, SLOW, false],
      [SLOW, PAYMENTS, false],
      [SLOW, PAYMENTS, true],
      [PAYMENTS, 'CREATE SOURCE a (x TEXT);\nCREATE VIEW b AS SELECT y FROM a;', true],
    ] as const) {
      const checked = unpack<DryRun>((await there.check(inForce, text, allowDrop)).dryRun);
      expect(checked).toEqual(unpack((await here.check(inForce, text, allowDrop)).dryRun));
      expect(checked).toMatchObject({ problems: expect.any(Array) });
    }
    const older = SLOW.replace('amount > 5', 'amount > 7');
    expect(await there.replaceRule(SLOW, older, 'slow')).toBe(older);
    expect(await there.replaceRule(SLOW, PAYMENTS, 'slow')).toBeNull();
  });

  it('says what is wrong with a text, and where', async () => {
    const there = keep(new CompilerThread());
    const wrong = there.compile('CREATE SOURCE a (x TEXT);\nCREATE VIEW b AS SELECT y FROM a;');
    await expect(wrong).rejects.toMatchObject({ code: 'UNKNOWN_NAME', position: { line: 2, column: 25 } });
  });

  it('is started anew where it has ended, and leaves nobody waiting', async () => {
    const broken = keep(new CompilerThread(new URL('data:text/javascript,process.exit(3)')));
    for (let time = 0; time < 2; time++) {
      await expect(broken.compile(PAYMENTS)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    }
    const closed = new CompilerThread();
    await closed.close();
    await expect(closed.compile(PAYMENTS)).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
  });
});
