import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import {
  type Finished,
  type Interruption,
  inTemporaryFolder,
  spawnRingwatch,
} from './tools/spawn-ringwatch.ts';

// A guard against a demo that hangs: its service is started several times, on a machine that may be busy.
jest.setTimeout(900_000);

interface Taken {
  readonly webhookId: string;
  readonly message: { readonly type: string; readonly data: { readonly id: string; readonly rule: string } };
}

/** The messages that an example's receiver has taken. */
function taken(data: string, example: string): Taken[] {
  const file = path.join(data, example, 'webhooks.jsonl');
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, 'utf8');
  return whole
    .slice(0, whole.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Taken);
}

/** What every run that comes to its end has to say, whatever happened to those before it. */
function expectWhole(run: Finished, data: string): void {
  expect(run).toMatchObject({ code: 0, signal: null });
  expect(run.stdout).toMatch(/planted cycles +40 of 40 caught/);
  expect(run.stdout).toMatch(/precision +40 of 336 rings \(11\.9 %\) are a planted cycle/);
  expect(run.stdout).toMatch(/ 51 of 336 rings \(15\.2 %\) hold labelled transfers only/);
  expect(run.stdout).toMatch(/ 137 of 336 rings \(40\.8 %\) hold at least one/);
  expect(run.stdout).toMatch(/alerts +274\b/);
  expect(run.stdout).toMatch(/decisions +30,371 approve, 274 review/);
  expect(run.stdout).toMatch(/alerts +102$/m);
  expect(run.stdout).toMatch(/decisions +398 accept, 102 refused/);
  expect(run.stdout).toMatch(/refused +102 of 500 applications, for 177 circles/);
  expect(run.stdout).toMatch(/deliveries verified, 274 different, for 274 alerts$/m);
  expect(run.stdout).toMatch(/deliveries verified, 102 different, for 102 alerts$/m);
  for (const [example, rule, alerts] of [
    ['anti-cashout', 'cash_out_ring', 274],
    ['guarantee-circles', 'circle', 102],
  ] as const) {
    const messages = taken(data, example);
    expect(new Set(messages.map(({ webhookId }) => webhookId)).size).toBe(messages.length);
    expect(new Set(messages.map(({ message }) => message.data.id)).size).toBe(alerts);
    expect(messages).toHaveLength(alerts);
    expect(messages.filter(({ message }) => message.data.rule !== rule)).toEqual([]);
    const picture = path.join(data, example, 'ring.svg');
    expect(run.stdout).toContain(picture);
    expect(readFileSync(picture, 'utf8')).toContain('</svg>');
  }
}

/** The lines of the demo that README.md shows, but for those that it leaves out with `…`. */
function demoInReadme(): string[] {
  const [, block = ''] =
    /^```text\n(Everything is kept.*?)^```$/ms.exec(readFileSync('README.md', 'utf8')) ?? [];
  return block.split('\n').filter((line) => line !== '…');
}

/** A printed line without what differs from run to run: folders, ports, and how long things took. */
function comparable(line: string): string {
  return line
    .replace(/(?<=\s)\/\S+/g, 'PATH')
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/((\d[\d.,]*|…) (ms|s|events\/s)\b|[\d,]+ a second)(; this machine took .*)?/g, 'N');
}

/** A demo that is interrupted once this many alerts of transfers have come. */
function interrupted(data: string, signal: NodeJS.Signals, alerts: number): Promise<Finished> {
  const when: Interruption['when'] = () => taken(data, 'anti-cashout').length >= alerts;
  return spawnRingwatch(['demo', '--data', data], undefined, { signal, when });
}

describe('ringwatch demo', () => {
  it('catches 40 of 40 planted cycles, refuses 102 applications, and delivers each alert once', async () => {
    await inTemporaryFolder(async (folder) => {
      const data = path.join(folder, 'data');
      const first = await spawnRingwatch(['demo', '--data', data, '--rate', '20000']);
      expectWhole(first, data);
      expect(first.stdout).toMatch(/alerts +274, the first [\d.]+ s after the start of the demo/);
      expect(first.stdout).toMatch(
        /alert latency +p50 [\d.]+ m?s, p99 [\d.]+ m?s over 83 alerts: from sending a live/,
      );
      expect(first.stdout).toMatch(
        /alert latency +p50 [\d.]+ m?s, p99 [\d.]+ m?s over 102 alerts: from asking for/,
      );
      expect(first.stdout).toMatch(/decision latency +p50 [\d.]+ m?s, p99 [\d.]+ m?s from asking over HTTP/);
      expect(first.stdout).toMatch(/◀─+┐/);
      expect(first.stdout).toMatch(/^console {3}http:\/\/127\.0\.0\.1:\d+\/console\/$/m);

      const shown = demoInReadme();
      expect(shown.length).toBeGreaterThan(50);
      const printed = new Set(`${first.stderr}\n${first.stdout}`.split('\n').map(comparable));
      expect(shown.filter((line) => !printed.has(comparable(line)))).toEqual([]);

      // Nothing is sent twice, and what was said is said again.
      const second = await spawnRingwatch(['demo', '--data', data]);
      expectWhole(second, data);
      expect(second.stdout).toMatch(/events +30,645, sent by an earlier run/);
      expect(second.stdout.match(/alert latency +nothing new was raised/g)).toHaveLength(2);
    });
  });

  it('goes on from where it was stopped or killed, and says the same in the end', async () => {
    await inTemporaryFolder(async (folder) => {
      const data = path.join(folder, 'data');
      const stopped = await interrupted(data, 'SIGINT', 5);
      expect(stopped).toMatchObject({ code: 130, signal: null });
      expect(stopped.stderr).toContain(
        `stopped by SIGINT; npx ringwatch demo --data ${data} goes on from here`,
      );
      expect(readFileSync(path.join(data, 'service.log'), 'utf8')).toMatch(/^stopped$/m);
      const killed = await interrupted(data, 'SIGKILL', 100);
      expect(killed).toMatchObject({ code: null, signal: 'SIGKILL' });
      const before = new Set(taken(data, 'anti-cashout').map(({ webhookId }) => webhookId));
      expect(before.size).toBeGreaterThanOrEqual(100);
      const last = await spawnRingwatch(['demo', '--data', data, '--rate', '20000']);
      expectWhole(last, data);
      const after = taken(data, 'anti-cashout').map(({ webhookId }) => webhookId);
      expect([...before].filter((id) => !after.includes(id))).toEqual([]);
    });
  });

  it('keeps its service running with --keep, on a folder that is then in use, until it is asked to stop', async () => {
    await inTemporaryFolder(async (folder) => {
      const data = path.join(folder, 'data');
      const child = spawn(process.execPath, ['bin/ringwatch.mjs', 'demo', '--keep', '--data', data], {
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          NO_COLOR: '1',
          RINGWATCH_PORT: 'this setting is of no service here',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
      while (!/sign in .*\n.*\n.*log .*\n/.test(said)) {
        expect(child.exitCode).toBeNull();
        await setTimeout(50);
      }
      const [, page = '', token = ''] =
        /console {3}(\S+)\n {2}sign in {3}.* token (rwo_\S+), and/.exec(said) ?? [];
      expect((await fetch(page)).status).toBe(existsSync('console/dist/index.html') ? 200 : 404);
      const session = await fetch(new URL('/v1/session', page), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      expect(session.status).toBe(200);

      const other = await spawnRingwatch(['demo', '--data', data]);
      expect(other.code).toBe(1);
      expect(other.stderr).toMatch(/^ringwatch: DATA_FOLDER_IN_USE: .* is open in another process/m);

      child.kill('SIGINT');
      expect(await ended).toEqual({ code: 0, signal: null });
      await expect(fetch(page)).rejects.toThrow();
    });
  });

  it('says that its port is taken, in the words of the service', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await inTemporaryFolder(async (folder) => {
        const run = await spawnRingwatch([
          'demo',
          '--data',
          path.join(folder, 'data'),
          '--port',
          String(port),
        ]);
        expect(run.code).toBe(1);
        expect(run.stderr).toContain(`LISTEN_FAILED: cannot listen on 127.0.0.1:${port}`);
        expect(run.stderr).toMatch(/what to do: Stop what has the port, or choose another with --port\./);
      });
    } finally {
      server.close();
    }
  });
});
