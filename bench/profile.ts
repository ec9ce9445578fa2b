import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { printTable } from './figures.ts';
import { DEFINITIONS, readTransfers, toCsv } from './rings-work.ts';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where the CPU time of `ringwatch run --data` on AMLSim goes: by module and by function, each thread apart. */
export function benchProfile(amlsim: string): Record<string, unknown> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-profile-'));
  try {
    writeFileSync(path.join(folder, 'rings.sql'), DEFINITIONS);
    writeFileSync(path.join(folder, 'transfers.csv'), toCsv(readTransfers(amlsim, 3)));
    const child = spawnSync(
      process.execPath,
      [
        '--cpu-prof',
        `--cpu-prof-dir=${path.join(folder, 'profiles')}`,
        path.join('bin', 'ringwatch.mjs'),
        'run',
        path.join(folder, 'rings.sql'),
        '--input',
        `transfers=${path.join(folder, 'transfers.csv')}`,
        '--alerts',
        path.join(folder, 'alerts.jsonl'),
        '--data',
        path.join(folder, 'data'),
      ],
      { encoding: 'utf8' },
    );
    if (child.status !== 0) throw new Error(`ringwatch run failed:\n${child.stderr}`);
    const threads = readdirSync(path.join(folder, 'profiles')).map((file) =>
      summarise(JSON.parse(readFileSync(path.join(folder, 'profiles', file), 'utf8')) as CpuProfile),
    );
    threads.sort((a, b) => b.busySeconds - a.busySeconds);
    threads.forEach((thread, n) => {
      console.error(`\nthread ${n + 1}: ${thread.busySeconds.toFixed(2)} s busy`);
      printTable([
        ['function', 'share'],
        ...thread.functions.slice(0, 25).map(([name, share]) => [name, percent(share)]),
      ]);
    });
    return { threads };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function summarise(profile: CpuProfile): {
  readonly busySeconds: number;
  readonly functions: readonly (readonly [string, number])[];
} {
  const names = new Map<number, string>();
  for (const { id, callFrame } of profile.nodes) {
    const file = callFrame.url.replace(/^.*\/dist\//, '').replace(/^.*\/node_modules\//, '');
    names.set(id, `${callFrame.functionName || '(anonymous)'} ${file}`);
  }
  const micros = new Map<string, number>();
  let busy = 0;
  profile.samples.forEach((id, n) => {
    const name = names.get(id) ?? '?';
    if (name.startsWith('(idle)')) return;
    const delta = profile.timeDeltas[n] ?? 0;
    busy += delta;
    micros.set(name, (micros.get(name) ?? 0) + delta);
  });
  const functions = [...micros]
    .sort((a, b) => b[1] - a[1])
    .map(([name, spent]) => [name, spent / busy] as const);
  return { busySeconds: busy / 1e6, functions };
}
