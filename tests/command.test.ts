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

const DECIDING = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
  WATERMARK FOR at AS at);
CREATE DECISION payment ON transfers OUTCOMES (deny, review, approve) DEFAULT approve;
CREATE RULE big ON transfers WHEN amount BETWEEN 10 AND 100 DO DECIDE review, WEBHOOK 'mail';
CREATE RULE huge ON transfers WHEN amount > 100 DO
  ALERT 'Huge' KEY (payer) SUPPRESS INTERVAL '1 day', DECIDE deny, WEBHOOK 'desk', WEBHOOK 'mail';
CREATE RULE own ON transfers WHEN payer = payee DO ALERT 'Own' KEY (payer), REFUSE;
`;

const COUNTING = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
  WATERMARK FOR at AS at);
CREATE VIEW counted AS SELECT id, payer, at, COUNT(*) OVER (PARTITION BY payer ORDER BY at
  RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW) AS n FROM transfers;
CREATE RULE many ON counted WHEN n > 0 DO ALERT 'Many' KEY (payer);
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
    title: 'a data folder where nothing can be made',
    args: ['run', 'rules.sql', '--data', '/proc/nope/state'],
    code: 1,
    says: [/FILE_UNWRITABLE: .*\/proc\/nope/],
  },
  {
    title: 'a demo where nothing can be made',
    args: ['demo', '--data', '/proc/nope'],
    code: 1,
    says: [/FILE_UNWRITABLE: .*\/proc\/nope/],
  },
  {
    title: 'an output over an input',
    args: ['run', 'rules.sql', '--input', 'transfers=transfers.csv', '--late', './transfers.csv'],
    code: 2,
    says: [/OPTION_INVALID: .*--late.*the file of --input too/],
  },
  {
    title: 'two outputs in one file',
    args: ['run', 'rules.sql', '--alerts', 'a.jsonl', '--decisions', 'folder/../a.jsonl'],
    code: 2,
    says: [/OPTION_INVALID: .*--decisions.*the file of --alerts too/],
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

  it('says which fields no column reads, and what could not be computed', async () => {
    await inPreparedFolder(async (folder) => {
      writeFileSync(
        path.join(folder, 'odd.ndjson'),
        '{"id":"a","amount":"1","at":"2026-01-01T00:00:00Z","amuont":"2"}\n{"id":"b","amount":"0","amuont":"2","at":"2026-01-01T00:00:01Z","x":1}\n',
      );
      writeFileSync(
        path.join(folder, 'odd.sql'),
        `${RULES}CREATE VIEW shares AS SELECT id, 100 / amount AS share FROM transfers;
         CREATE RULE any_share ON shares WHEN share > 0 DO ALERT 'Share' KEY (id);`,
      );
      const { code, stdout } = await spawnRingwatch(
        ['run', 'odd.sql', '--input', 'transfers=odd.ndjson'],
        folder,
      );
      expect(code).toBe(0);
      expect(stdout).toContain('fields that no column reads: transfers.amuont 2, transfers.x 1\n');
      expect(stdout).toContain('values that could not be computed and are NULL: DIVISION_BY_ZERO 1\n');
    });
  });

  it('says what was decided and asked for, and keeps both files to what the log says', async () => {
    await inTemporaryFolder(async (folder) => {
      const file = (name: string): string => path.join(folder, name);
      const read = (name: string): string[] => readFileSync(file(name), 'utf8').trimEnd().split('\n');
      writeFileSync(file('rules.sql'), DECIDING);
      const rows = ['a,x,y,5', 'b,x,y,50', 'c,y,x,500', 'd,x,x,7', 'e,y,x,600'];
      const csv = (count: number): string =>
        ['id,payer,payee,amount,at']
          .concat(rows.slice(0, count).map((row, n) => `${row},2026-01-01T00:0${n}:00Z`))
          .map((line) => `${line}\n`)
          .join('');
      const run = async (name: string, options: readonly string[]): Promise<string> => {
        const outputs = ['alerts', 'decisions', 'webhooks'].flatMap((kind) => [
          `--${kind}`,
          `${name}-${kind}.jsonl`,
        ]);
        const args = ['run', 'rules.sql', '--input', 'transfers=transfers.csv', '--report', `${name}.json`];
        const finished = await spawnRingwatch([...args, ...outputs, ...options], folder);
        expect([finished.code, finished.stderr.includes('what to do')]).toEqual([0, false]);
        return finished.stdout;
      };
      writeFileSync(file('transfers.csv'), csv(5));
      const said = await run('whole', []);
      expect(said).toContain('decision payment: deny 2, review 1, approve 1, refused 1\n');
      expect(said).toContain('webhooks: desk 1, mail 2\n');
      expect(JSON.parse(readFileSync(file('whole.json'), 'utf8'))).toMatchObject({
        decisions: { payment: { deny: 2, review: 1, approve: 1, refused: 1 } },
        webhooks: { desk: 1, mail: 2 },
      });
      const alerts = read('whole-alerts.jsonl').map((line) => JSON.parse(line) as Record<string, unknown>);
      const decided = read('whole-decisions.jsonl').map(
        (line) => JSON.parse(line) as Record<string, unknown>,
      );
      expect(decided.map(({ key, outcome, rules }) => [key, outcome, rules])).toEqual([
        ['a', 'approve', []],
        ['b', 'review', ['big']],
        ['c', 'deny', ['huge']],
        ['d', 'refused', ['own']],
        ['e', 'deny', ['huge']],
      ]);
      expect(Object.keys(decided[2] ?? {})).toEqual(
        'id position source key decision outcome rules alerts time'.split(' '),
      );
      expect(decided[2]).toMatchObject({
        position: 4,
        source: 'transfers',
        time: '2026-01-01T00:02:00.000Z',
      });
      for (const { position, alerts: ids } of decided) {
        expect(ids).toEqual(alerts.filter((alert) => alert.position === position).map(({ id }) => id));
      }
      expect(decided.map(({ alerts: ids }) => (ids as unknown[]).length)).toEqual([0, 0, 1, 1, 0]);
      expect(read('whole-webhooks.jsonl').map((line) => JSON.parse(line))).toMatchObject([
        { position: 3, rule: 'big', endpoint: 'mail', alert: null },
        { position: 4, rule: 'huge', endpoint: 'desk', alert: alerts[0]?.id },
        { position: 4, rule: 'huge', endpoint: 'mail', alert: alerts[0]?.id },
      ]);

      for (const [step, count] of [1, 3, 5].entries()) {
        writeFileSync(file('transfers.csv'), csv(count));
        await run('parts', ['--data', 'state', ...(count === 5 ? ['--final'] : [])]);
        // What a killed run could leave: lines too many, too few, and one cut short.
        if (step === 0) writeFileSync(file('parts-decisions.jsonl'), '{"id":"other"}\n'.repeat(40));
        if (step === 1)
          writeFileSync(file('parts-decisions.jsonl'), `${read('parts-decisions.jsonl')[0]}\n{"i`);
        if (step === 1) writeFileSync(file('parts-webhooks.jsonl'), '');
      }
      for (const kind of ['alerts', 'decisions', 'webhooks']) {
        expect(read(`parts-${kind}.jsonl`)).toEqual(read(`whole-${kind}.jsonl`));
      }
      const state = await spawnRingwatch(['state', 'state'], folder);
      expect(state.stdout).toMatch(/^payment +refused +1$/m);
      expect(state.stdout).toMatch(/^mail +2$/m);
    });
  });

  it('says what a changed text changes, which state is kept, filled and begins empty', async () => {
    await inTemporaryFolder(async (folder) => {
      const file = (name: string): string => path.join(folder, name);
      const rows = Array.from({ length: 4 }, (_, n) => `${n},x,y,5,2026-01-01T00:0${n}:00Z\n`);
      writeFileSync(file('transfers.csv'), `id,payer,payee,amount,at\n${rows.slice(0, 3).join('')}`);
      writeFileSync(file('first.sql'), COUNTING);
      const run = (rules: string, ...more: string[]) =>
        spawnRingwatch(
          [
            'run',
            rules,
            '--input',
            'transfers=transfers.csv',
            '--data',
            'state',
            '--alerts',
            'a.jsonl',
            ...more,
          ],
          folder,
        );
      const first = await run('first.sql');
      expect([first.code, first.stderr.includes('definitions change')]).toEqual([0, false]);

      const second = COUNTING.replace('1 hour', '2 hours')
        .replace('WHEN n > 0', 'WHEN n > 1')
        .concat(
          "CREATE VIEW ever WITH (backfill = 'log') AS SELECT id, payer, at, COUNT(*) OVER (PARTITION BY payer " +
            "ORDER BY at RANGE UNBOUNDED PRECEDING) AS n FROM transfers; CREATE RULE all_of ON ever DO ALERT 'x' KEY (n);",
        );
      const said = [
        'added view ever',
        'changed view counted',
        'added rule all_of (version 1)',
        'changed rule many (version 2)',
        'window (OVER) of view counted starts empty',
        'window (OVER) of view ever is filled from the log',
      ];
      const linesOf = (text: string): string[] => text.trimEnd().split('\n').sort();
      writeFileSync(file('second.sql'), second);
      const dry = await spawnRingwatch(['check', 'second.sql', '--data', 'state'], folder);
      expect([dry.code, linesOf(dry.stdout)]).toEqual([0, [...said].sort()]);
      writeFileSync(file('transfers.csv'), `id,payer,payee,amount,at\n${rows.join('')}`);
      const changed = await run('second.sql');
      expect(changed.code).toBe(0);
      expect(changed.stderr).toContain('the definitions change at position 5:\n');
      for (const line of said) expect(changed.stderr).toContain(`  ${line}\n`);
      const alerts = readFileSync(file('a.jsonl'), 'utf8').trimEnd().split('\n');
      const last = alerts.map((line) => JSON.parse(line) as { rule: string; key: unknown }).at(-1);
      expect([alerts.length, last]).toMatchObject([4, { rule: 'all_of', key: { n: '4' } }]);
      expect((await run('second.sql')).stderr).not.toContain('definitions change');

      writeFileSync(file('less.sql'), COUNTING.replace('at TIMESTAMPTZ', 'at TIMESTAMPTZ NOT NULL'));
      const state = async () => (await spawnRingwatch(['state', 'state', '--json'], folder)).stdout;
      const before = JSON.parse(await state()) as { stateHash: string; log: unknown };
      const less = await run('less.sql');
      expect(less.code).toBe(1);
      expect(less.stderr).toContain('  dropped view ever (needs --allow-drop)\n');
      expect(less.stderr).toMatch(/INCOMPATIBLE_CHANGE: .*at would refuse NULL/);
      writeFileSync(file('less.sql'), COUNTING);
      expect((await run('less.sql')).stderr).toContain('DROP_NOT_ALLOWED');
      const { stateHash, log } = JSON.parse(await state()) as { stateHash: string; log: unknown };
      expect({ stateHash, log }).toEqual({ stateHash: before.stateHash, log: before.log });
      expect((await run('less.sql', '--allow-drop')).stderr).toContain('  dropped view ever\n');
    });
  });
});
