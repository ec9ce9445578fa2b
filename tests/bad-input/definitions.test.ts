import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkDefinitions } from '../../language/compile.ts';
import { checkCommand } from '../../main/commands/check.ts';
import { parseCommandLine } from '../../main/console/arguments.ts';
import { recordingTerminal } from '../../main/console/recording-terminal.ts';
import { DEFINITION_CASES } from './definition-cases.ts';

const GOOD = `CREATE SOURCE s (id TEXT PRIMARY KEY, n INTEGER);
CREATE RULE r ON s WHEN n > 1 DO ALERT 'x';`;

describe('a definition text is refused with its code and place when it holds', () => {
  test.each(DEFINITION_CASES)('$title', ({ text, code, at }) => {
    const { program, errors } = checkDefinitions(text);
    expect(program).toBeNull();
    const [first] = errors;
    expect({ code: first?.code, at: `${first?.position?.line}:${first?.position?.column}` }).toEqual({
      code,
      at,
    });
    expect(first?.mend).not.toBe('');
    // What stood before it and what comes after it are not harmed.
    expect(checkDefinitions(GOOD).program?.rules.map(({ name }) => name)).toEqual(['r']);
  });
});

describe('the command check', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-check-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const check = async (bytes: string | Uint8Array) => {
    const file = path.join(folder, 'rules.sql');
    writeFileSync(file, bytes);
    const terminal = recordingTerminal();
    const exit = await checkCommand.run(parseCommandLine(checkCommand, [file]), terminal);
    return { exit, said: terminal.errLines.join('\n'), file };
  };

  // A file cannot hold a lone surrogate, and a large one is refused by its size.
  const inFiles = DEFINITION_CASES.filter(
    ({ text, code }) => !text.includes('\ud800') && code !== 'TEXT_TOO_LARGE',
  );
  test.each(inFiles)('says where and what: $title', async ({ text, code, at }) => {
    const { exit, said, file } = await check(text);
    expect(exit).toBe(1);
    expect(said).toContain(`${file}:${at}`);
    expect(said).toContain(code);
  });

  test('refuses bytes that are no UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(GOOD), Buffer.from([0x2d, 0x2d, 0x20, 0xc3, 0x28])]);
    await expect(check(bytes)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  test('refuses a text of 1 MB without reading it', async () => {
    await expect(check(`-- ${'x'.repeat(1_000_000)}`)).rejects.toMatchObject({ code: 'TEXT_TOO_LARGE' });
  });

  test('accepts a byte order mark, carriage returns, and letters of any script in texts', async () => {
    expect(
      (await check(`\ufeff${GOOD.replaceAll('\n', '\r\n').replace("'x'", "'Überweisung 环'")}`)).exit,
    ).toBe(0);
  });
});

test('nothing of all that has changed what objects are', () => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
