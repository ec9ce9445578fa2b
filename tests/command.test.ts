import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { inTemporaryFolder, REPOSITORY, runRules, spawnRingwatch } from './tools/spawn-ringwatch.ts';

jest.setTimeout(120_000);

const RULES = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
  WATERMARK FOR at AS at);
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
CREATE RULE big ON transfers WHEN amount > 100 DO ALERT 'Big' KEY (payer);
`;

interface Expectation {
  readonly title: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly says: readonly RegExp[];
}

const WRONG: readonly Expectation[] = [
  { title: 'no command', args: [], code: 2, says: [] },
  { title: 'an unknown command', args: ['rnu'], code: 2, says: [/COMMAND_UNKNOWN/, /Did you mean run\?/] },
  {
    title: 'an unknown option',
    args: ['run', 'rules.sql', '--dta', 'x'],
    code: 2,
    says: [/OPTION_UNKNOWN/, /Did you mean --data\?/],
  },
  {
    title: 'a missing argument',
    args: ['check'],
    code: 2,
    says: [/ARGUMENT_MISSING/, /needs a definition file/],
  },
  {
    title: 'a missing definition file',
    args: ['check', 'none.sql'],
    code: 1,
    says: [/FILE_NOT_FOUND: there is no file none\.sql/],
  },
  {
    title: 'a folder for a definition file',
    args: ['check', 'folder'],
    code: 1,
    says: [/FILE_UNREADABLE: .*it is a folder/],
  },
  {
    title: 'a definition file that is no UTF-8',
    args: ['check', 'latin.sql'],
    code: 1,
    says: [/FILE_UNREADABLE: .*no UTF-8/],
  },
  {
    title: 'an input without a name',
    args: ['run', 'rules.sql', '--input', 'transfers.csv'],
    code: 2,
    says: [/OPTION_INVALID: .*not of the form NAME=FILE/],
  },
  {
    title: 'an input for an unknown relation',
    args: ['run', 'rules.sql', '--input', 'transfer=transfers.csv'],
    code: 1,
    says: [/UNKNOWN_NAME: there is no source or table named transfer/, /Did you mean transfers\?/],
  },
  {
    title: 'an input file that is not there',
    args: ['run', 'rules.sql', '--input', 'transfers=none.csv'],
    code: 1,
    says: [/FILE_NOT_FOUND: there is no file none\.csv/],
  },
  {
    title: 'an input of an unknown format',
    args: ['run', 'rules.sql', '--input', 'transfers=rules.sql'],
    code: 2,
    says: [/OPTION_INVALID: .*\.csv, \.ndjson and \.jsonl/],
  },
  {
    title: 'alerts into a folder that is not there',
    args: ['run', 'rules.sql', '--input', 'transfers=transfers.csv', '--alerts', 'nowhere/a.jsonl'],
    code: 1,
    says: [/FILE_UNWRITABLE/],
  },
  {
    title: 'a data folder that is a file',
    args: ['run', 'rules.sql', '--input', 'transfers=transfers.csv', '--data', 'rules.sql'],
    code: 1,
    says: [/rules\.sql/],
  },
  {
    title: 'the state of a folder that is not there',
    args: ['state', 'none'],
    code: 1,
    says: [/DATA_FOLDER_NOT_FOUND/],
  },
  {
    title: 'the state of some other folder',
    args: ['state', 'folder'],
    code: 1,
    says: [/DATA_FOLDER_NOT_FOUND/],
  },
  {
    title: 'a query of a folder that is not there',
    args: ['query', 'none', 'q'],
    code: 1,
    says: [/DATA_FOLDER_NOT_FOUND/],
  },
  {
    title: 'a batch of none',
    args: ['run', 'rules.sql', '--batch', '0'],
    code: 2,
    says: [/OPTION_INVALID: .*--batch/],
  },
  {
    title: 'an unknown log level',
    args: ['run', 'rules.sql', '--log-level', 'loud'],
    code: 2,
    says: [/OPTION_INVALID: .*--log-level/],
  },
];

function hasText(file: string): boolean {
  return existsSync(file) && statSync(file).size > 0;
}

async function inPreparedFolder(work: (folder: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    writeFileSync(path.join(folder, 'rules.sql'), RULES);
    writeFileSync(path.join(folder, 'latin.sql'), Buffer.from('-- caf\xe9', 'latin1'));
    writeFileSync(
      path.join(folder, 'transfers.csv'),
      'id,payer,payee,amount,at\na,x,y,150,2026-01-01T00:00:00Z\nb,x,y,much,2026-01-01T00:01:00Z\nc,x,y,200,2025-12-01T00:00:00Z\n',
    );
    mkdirSync(path.join(folder, 'folder'));
    await work(folder);
  });
}

describe('a wrong command line', () => {
  it('is answered with a code, what is wrong and what to do', async () => {
    await inPreparedFolder(async (folder) => {
      for (const { title, args, code, says } of WRONG) {
        const finished = await spawnRingwatch(args, folder);
        expect([title, finished.code]).toEqual([title, code]);
        for (const pattern of says) expect(finished.stderr).toMatch(pattern);
        if (says.length > 0) expect(finished.stderr).toContain('what to do: ');
        expect(finished.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
      }
    });
  });
});

describe('help', () => {
  it('is there for the program and each command, and the version is the package’s', async () => {
    const general = await spawnRingwatch(['--help']);
    expect(general).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['demo', 'check', 'run', 'state', 'query']) {
      expect(general.stdout).toMatch(new RegExp(`^ +${command} `, 'm'));
      const { code, stdout } = await spawnRingwatch([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^Usage: ringwatch ${command}`));
    }
    const { stdout } = await spawnRingwatch(['--version']);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('ringwatch check', () => {
  it('says every error with its place, and ends with 1', async () => {
    await inPreparedFolder(async (folder) => {
      writeFileSync(
        path.join(folder, 'wrong.sql'),
        `${RULES}CREATE VIEW v AS SELECT paye FROM transfers;\nCREATE TABL x;\n`,
      );
      const { code, stderr, stdout } = await spawnRingwatch(['check', 'wrong.sql'], folder);
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^wrong\.sql:5:25: UNKNOWN_NAME: .*paye/m);
      expect(stderr).toMatch(/hint: .*paye[re]/);
      expect(stderr).toMatch(/^wrong\.sql:6:8: SYNTAX/m);
      expect(stderr).toMatch(/^wrong\.sql: 2 errors$/m);
    });
  });
});

describe('ringwatch run', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops cleanly at %s, and a later run completes what it began',
    async (signal) => {
      const rules = path.join(REPOSITORY, 'examples/anti-cashout/rules.sql');
      const transfers = path.join(REPOSITORY, 'examples/anti-cashout/data/transfers.csv');
      await inTemporaryFolder(async (folder) => {
        const whole = await runRules(folder, rules, { transfers }, []);
        const data = path.join(folder, 'data');
        const alerts = path.join(folder, 'stopped.jsonl');
        const args = [
          'run',
          rules,
          '--input',
          `transfers=${transfers}`,
          '--data',
          data,
          '--alerts',
          alerts,
          '--batch',
          '5',
        ];
        const stopped = await spawnRingwatch(args, folder, { signal, when: () => hasText(alerts) });
        expect([stopped.code, stopped.signal]).toEqual([signal === 'SIGINT' ? 130 : 143, null]);
        expect(stopped.stderr).toContain(`stopped by ${signal}`);
        const before = readFileSync(alerts, 'utf8');
        expect(before.length).toBeLessThan(whole.alertBytes.length);
        expect(whole.alertBytes.startsWith(before)).toBe(true);

        const rest = await runRules(folder, rules, { transfers }, ['--data', data, '--final']);
        expect(rest.alertBytes).toBe(whole.alertBytes);
        expect(rest.report.stateHash).toBe(whole.report.stateHash);
      });
    },
  );

  it('has its data folder alone', async () => {
    await inPreparedFolder(async (folder) => {
      const args = ['run', 'rules.sql', '--input', 'transfers=transfers.csv', '--data', 'data'];
      expect((await spawnRingwatch(args, folder)).code).toBe(0);
      const rules = path.join(REPOSITORY, 'examples/anti-cashout/rules.sql');
      const transfers = path.join(REPOSITORY, 'examples/anti-cashout/data/transfers.csv');
      const alerts = path.join(folder, 'long.jsonl');
      const long = [
        'run',
        rules,
        '--input',
        `transfers=${transfers}`,
        '--data',
        'long',
        '--alerts',
        alerts,
        '--batch',
        '1',
      ];
      let inUse = { code: null as number | null, stderr: '' };
      const first = await spawnRingwatch(long, folder, {
        signal: 'SIGTERM',
        when: async () => {
          if (!hasText(alerts)) return false;
          inUse = await spawnRingwatch(['state', 'long'], folder);
          return true;
        },
      });
      expect(first.code).toBe(143);
      expect(inUse.code).toBe(1);
      expect(inUse.stderr).toMatch(/DATA_FOLDER_IN_USE/);
      const state = await spawnRingwatch(['state', 'long', '--json'], folder);
      expect(JSON.parse(state.stdout)).toMatchObject({
        recovery: expect.stringContaining('from the checkpoint'),
      });
    });
  });

  it('keeps what it could not use beside what it used', async () => {
    await inPreparedFolder(async (folder) => {
      const args = ['run', 'rules.sql', '--input', 'transfers=transfers.csv', '--alerts', 'alerts.jsonl'];
      const finished = await spawnRingwatch(
        [...args, '--rejects', 'rejects.jsonl', '--late', 'late.jsonl'],
        folder,
      );
      expect(finished.code).toBe(0);
      expect(finished.stdout).toMatch(/^3 events, 2 accepted, 1 rejected, 1 late, 1 alert$/m);
      const rejects = readFileSync(path.join(folder, 'rejects.jsonl'), 'utf8').trim().split('\n');
      expect(rejects).toHaveLength(1);
      expect(JSON.parse(rejects[0] as string)).toMatchObject({
        relation: 'transfers',
        code: 'VALUE_INVALID',
      });
      const late = readFileSync(path.join(folder, 'late.jsonl'), 'utf8').trim().split('\n');
      expect(late).toHaveLength(1);
      expect(late[0]).toContain('"c"');
    });
  });
});
