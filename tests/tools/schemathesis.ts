import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ERRORS } from '../../core/errors.ts';
import { ringOf } from '../api/sample-definitions.ts';
import { MORE_BYTES_MAX, startHostile } from '../security/hostile-service.ts';

/**
 * `npm run test:security [-- --output FILE.json] [--seed N] [--examples N]`: schemathesis (PyPI) asks the built service random operations
 * of its GraphQL contract. It is installed, as pinned, into a folder beside the checkout that is removed again; the run is seeded, and
 * bounded in examples and time. Ends with `N passed, N failed`, an operation of the contract each, and 1 where any failed.
 */
const FOLDER = path.resolve('tests/security/schemathesis');
const EXAMPLES = 12;
const SECONDS_MAX = 230;

interface Options {
  readonly output: string | null;
  readonly seed: string;
  readonly examples: string;
}

function readOptions(given: readonly string[]): Options {
  const value = (name: string): string | null => {
    const at = given.indexOf(`--${name}`);
    return at < 0 ? null : (given[at + 1] ?? null);
  };
  return {
    output: value('output'),
    seed: value('seed') ?? '20261122',
    examples: value('examples') ?? String(EXAMPLES),
  };
}

/** Runs a command to its end; what it says goes to standard error. Resolves with its exit code, or null where the time is over. */
function run(
  command: string,
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly secondsMax?: number;
  } = {},
): Promise<number | null> {
  const { env = {}, cwd = process.cwd(), secondsMax = 600 } = options;
  const child = spawn(command, args, { stdio: ['ignore', 2, 2], cwd, env: { ...process.env, ...env } });
  const timer = setTimeout(() => child.kill('SIGKILL'), secondsMax * 1000);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

async function install(folder: string): Promise<string> {
  const environment = path.join(folder, 'python');
  const steps = [
    ['python3', ['-m', 'venv', environment]],
    [
      path.join(environment, 'bin/pip'),
      [
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--requirement',
        path.join(FOLDER, 'requirements.txt'),
      ],
    ],
  ] as const;
  for (const [command, args] of steps) {
    const code = await run(command, args);
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  }
  return path.join(environment, 'bin/schemathesis');
}

/** Operations that JUnit's report calls passed and failed. */
function countsIn(report: string): { readonly passed: number; readonly failed: number } {
  const cases = report.match(/<testcase\b[\s\S]*?(?:\/>|<\/testcase>)/g) ?? [];
  const failed = cases.filter((one) => /<(failure|error)\b/.test(one)).length;
  return { passed: cases.length - failed, failed };
}

async function main(): Promise<void> {
  const { output, seed, examples } = readOptions(process.argv.slice(2));
  const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-schemathesis-'));
  try {
    const schemathesis = await install(folder);
    const service = await startHostile();
    const counts = { passed: 0, failed: 0 };
    try {
      await service.attacker.data(
        'mutation ($events: [Row!]!) { ingest(input: { source: "transfers", events: $events }) { result { accepted } } }',
        { events: ringOf('x', 0) },
      );
      const report = path.join(folder, 'report.xml');
      let code: number | null = null;
      const more = await service.growth(async () => {
        const args = [
          ...[
            'run',
            `${service.address}/graphql`,
            '--header',
            `Authorization: Bearer ${service.attacker.token}`,
          ],
          ...[
            '--checks',
            'coded_answers',
            '--max-examples',
            examples,
            '--seed',
            seed,
            '--no-shrink',
            '--continue-on-failure',
          ],
          ...[
            '--request-timeout',
            '60',
            '--report',
            'junit',
            '--report-junit-path',
            report,
            '--no-color',
            '--warnings',
            'off',
          ],
        ];
        code = await run(schemathesis, args, {
          // It keeps what it has found beside where it runs.
          cwd: folder,
          secondsMax: SECONDS_MAX,
          env: {
            SCHEMATHESIS_HOOKS: path.join(FOLDER, 'hooks.py'),
            RINGWATCH_ERROR_CODES: Object.keys(ERRORS).join(','),
          },
        });
      });
      if (code === null) throw new Error(`schemathesis was not done after ${SECONDS_MAX} s`);
      Object.assign(counts, countsIn(readFileSync(report, 'utf8')));
      if (more > MORE_BYTES_MAX) throw new Error(`the service took ${more} bytes more`);
      await service.expectHealthy();
      if (code !== 0 && counts.failed === 0) throw new Error(`schemathesis ended with ${code}`);
    } finally {
      await service.end();
    }
    if (output !== null) writeFileSync(output, JSON.stringify(counts));
    console.log(`${counts.passed} passed, ${counts.failed} failed`);
    process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
