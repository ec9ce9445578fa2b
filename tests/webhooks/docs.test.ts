import { expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { REPOSITORY } from '../tools/spawn-ringwatch.ts';
import { TestReceiver } from './test-receiver.ts';
import { until } from './test-webhooks.ts';

const SECRET = `whsec_${Buffer.from('a secret of the docs, 32 bytes..').toString('base64')}`;

it('the receiver of docs/webhooks.md takes what is signed, once, and nothing else', async () => {
  const text = await readFile(path.join(REPOSITORY, 'docs/webhooks.md'), 'utf8');
  const [, program = ''] = /```ts\n(.*?)```/s.exec(text) ?? [];
  // A port that was free a moment ago.
  const probe = await TestReceiver.listen();
  const { port } = probe;
  await probe.close();
  // Beside node_modules, where the program finds the library.
  const folder = await mkdtemp(path.join(REPOSITORY, 'node_modules/.cache/ringwatch-docs-'));
  const file = path.join(folder, 'receiver.ts');
  await writeFile(file, program.replace('3000', String(port)));
  let child: ChildProcess | null = null;
  try {
    child = spawn(process.execPath, ['--import', 'tsx', file], {
      cwd: REPOSITORY,
      env: { ...process.env, NODE_OPTIONS: '', WEBHOOK_SECRET: SECRET },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const send = async (body: string, signed = body): Promise<number> => {
      const now = new Date();
      const headers = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(SECRET).sign('msg_1', now, signed),
      };
      return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).status;
    };
    await until(() =>
      send('{}', '{"other":1}').then(
        () => true,
        () => false,
      ),
    );
    expect(await send('{"n":1}', '{"n":2}')).toBe(400);
    expect(await send('{"n":1}')).toBe(204);
    expect(await send('{"n":1}')).toBe(204);
    expect(said).toBe('msg_1 { n: 1 }\n');
  } finally {
    child?.kill();
    await rm(folder, { recursive: true, force: true });
  }
});
