import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { buildIfStale } from '../../bin/build.mjs';
import { inTemporaryFolder, REPOSITORY } from '../tools/spawn-ringwatch.ts';
import { type Received, TestReceiver, verifiesWith } from './test-receiver.ts';

jest.setTimeout(3_600_000);

const PROCESS = path.join(REPOSITORY, 'dist/tests/webhooks/step-process.js');

/** Of the payments of a life: alerts at the endpoint that rules name and the one that gets all, and the row that calls one. */
const MESSAGES = { desk: ['large 0', 'ping 3', 'large 4'], all: ['large 0', 'odd 2', 'large 4'] };

const PAYMENTS_OF_A_LIFE = 5;
/** Every step, unless a slow machine is to have a shorter test. */
const STRIDE = Number(process.env.STRIDE ?? 1);
const SENDING = [
  'before the commit',
  'after the commit',
  'before a message is sent',
  'after a message was sent',
];

interface Life {
  readonly killed: boolean;
  /** Whether its payments were acknowledged. */
  readonly paid: boolean;
  /** Payments that the log has; null where it was killed. */
  readonly payments: number | null;
  /** What it did, step by step. */
  readonly steps: readonly string[];
}

async function live(folder: string, receiver: string, killAt: number): Promise<Life> {
  const child = spawn(process.execPath, ['--enable-source-maps', PROCESS, folder, receiver, String(killAt)], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...ended) => resolve(ended));
  });
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`it ended with ${code ?? signal}: ${errors}`);
  const steps = said.split('\n').flatMap((line) => /^step \d+ (.*)$/.exec(line)?.[1] ?? []);
  const done = /^done (\d+)$/m.exec(said);
  return {
    killed: signal === 'SIGKILL',
    paid: /^paid$/m.test(said),
    payments: done === null ? null : Number(done[1]),
    steps,
  };
}

/** What a message is about. */
function aboutOf({ path: url, body }: Received): string {
  const { data } = JSON.parse(body) as { data: { id: string; rule: string; position: number } };
  return `${url} ${data.rule} ${data.position} ${data.id}`;
}

/** What is wrong with all that came to the receiver, where payments were sent in so many lives. */
function problemsOf(
  received: readonly Received[],
  secrets: Readonly<Record<string, string>>,
  lives: number,
): string[] {
  const problems: string[] = [];
  const idOf = new Map<string, string>();
  const aboutById = new Map<string, string>();
  for (const message of received) {
    const { id } = message;
    const name = message.path.split('/').at(-1) ?? '';
    if (verifiesWith(message, { [name]: secrets[name] ?? '' }).length === 0) {
      problems.push(`${id} does not verify`);
      continue;
    }
    const about = aboutOf(message);
    if ((idOf.get(about) ?? id) !== id) problems.push(`${about} came as ${id} and as ${idOf.get(about)}`);
    if ((aboutById.get(id) ?? about) !== about) problems.push(`${id} is of two`);
    idOf.set(about, id);
    aboutById.set(id, about);
  }
  for (const [name, expected] of Object.entries(MESSAGES)) {
    const came = [...idOf.keys()].filter((about) => about.includes(`/${name} `)).length;
    const wanted = expected.length * lives;
    if (came !== wanted) problems.push(`${came} of ${wanted} came to ${name}`);
  }
  return problems;
}

beforeAll(buildIfStale);

describe('a service that is killed between any two steps of what it sends', () => {
  it('has sent every alert in the end, each under one id, with signatures that verify', async () => {
    await inTemporaryFolder(async (folder) => {
      const receiver = await TestReceiver.listen();
      const url = receiver.url.replace('/hook', '');
      try {
        let life = await live(folder, url, 0);
        let acknowledged = 1;
        const died = new Set<string>();
        for (let killAt = 1; killAt === 1 || life.killed; killAt += STRIDE) {
          life = await live(folder, url, killAt);
          if (life.paid) acknowledged++;
          if (life.killed) died.add(life.steps.at(-1) ?? '');
        }
        // The last one was not killed: what the others left is delivered.
        const sent = (life.payments ?? 0) / PAYMENTS_OF_A_LIFE;
        expect(sent).toBeGreaterThanOrEqual(acknowledged);
        expect(acknowledged).toBeGreaterThan(10 / STRIDE);
        const secrets = readFileSync(path.join(folder, 'secrets.json'), 'utf8');
        expect(problemsOf(receiver.received, JSON.parse(secrets) as Record<string, string>, sent)).toEqual(
          [],
        );
        // Something came twice, so that the ids were worth comparing.
        expect(receiver.received.length).toBeGreaterThan(receiver.counts().size);
        if (STRIDE > 1) return;
        expect([...died]).toEqual(expect.arrayContaining(SENDING));
        expect(died.size).toBeGreaterThan(15);
      } finally {
        await receiver.close();
      }
    });
  });

  it('would be seen to lose one, to give one two ids, or to sign it wrongly', () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const message = (name: string, id: string, alert: number): Received => {
      const body = JSON.stringify({ data: { id: `alert${alert}`, rule: 'r', position: alert } });
      const now = new Date();
      const signature = new Webhook(secret).sign(id, now, body);
      return { id, timestamp: Math.floor(now.getTime() / 1000), signature, body, path: `/${name}` };
    };
    const all = ['desk', 'all'].flatMap((name) => [1, 2, 3].map((n) => message(name, `${name}${n}`, n)));
    const secrets = { desk: secret, all: secret };
    expect(problemsOf([...all, all[0] as Received], secrets, 1)).toEqual([]);
    expect(problemsOf(all.slice(1), secrets, 1)).toEqual(['2 of 3 came to desk']);
    expect(problemsOf([...all, message('desk', 'other', 1)], secrets, 1)).toHaveLength(1);
    expect(problemsOf([...all, message('desk', 'desk1', 4)], secrets, 1)[0]).toBe('desk1 is of two');
    const other = { ...(all[0] as Received), body: all[1]?.body ?? '' };
    expect(problemsOf([...all, other], secrets, 1)[0]).toContain('does not verify');
  });
});
