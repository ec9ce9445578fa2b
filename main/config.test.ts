import { describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { inTemporaryFolder } from '../tests/tools/spawn-ringwatch.ts';
import { serveCommand } from './commands/serve.ts';
import { readConfig } from './config.ts';
import { parseCommandLine } from './console/arguments.ts';
import { commandHelp } from './console/help.ts';

type Environment = Readonly<Record<string, string>>;

function read(args: readonly string[], environment: Environment = {}) {
  return readConfig(parseCommandLine(serveCommand, args), environment);
}

describe('the configuration of the service', () => {
  it('has defaults that are safe', () => {
    const { config, warnings } = read([]);
    expect(config).toMatchObject({
      data: path.resolve('ringwatch-data'),
      host: '127.0.0.1',
      port: 8080,
      publicUrl: null,
      adminToken: 'auto',
      introspection: expect.any(Boolean),
      logLevel: 'info',
      bodyBytesMax: 1024 ** 3,
      refusalsPerSecond: 10,
      metrics: 'auto',
      metricsToken: null,
      webhookAllow: [],
      webhookHttp: false,
      otlpEndpoint: null,
      otlpHeaders: {},
    });
    expect(warnings).toEqual([]);
  });

  it('bounds memory by what the process may use, by a number or not at all', () => {
    const auto = read([]).config.memoryMax ?? 0;
    expect(auto).toBeGreaterThan(0);
    expect(auto).toBeLessThanOrEqual(0.75 * totalmem());
    expect(read(['--memory-max', '2000000000']).config.memoryMax).toBe(2_000_000_000);
    expect(read(['--memory-max', 'none']).config.memoryMax).toBeNull();
    expect(() => read(['--memory-max', '12 GB'])).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('takes flags before environment before the file before defaults', async () => {
    await inTemporaryFolder(async (folder) => {
      const file = path.join(folder, 'config.json');
      writeFileSync(
        file,
        JSON.stringify({ port: 1, host: 'a', logLevel: 'warn', webhookAllow: ['10.0.0.0/8', 'b'] }),
      );
      const environment = { RINGWATCH_CONFIG: file, RINGWATCH_PORT: '2', RINGWATCH_HOST: 'b' };
      const { config, lines } = read(['--port', '3'], environment);
      expect(config).toMatchObject({
        port: 3,
        host: 'b',
        logLevel: 'warn',
        webhookAllow: ['10.0.0.0/8', 'b'],
      });
      expect(lines.find((line) => line.startsWith('port'))).toMatch(/ 3 {2}\(--port\)$/);
      expect(lines.find((line) => line.startsWith('host'))).toMatch(/ b {2}\(RINGWATCH_HOST\)$/);
      expect(lines.find((line) => line.startsWith('logLevel'))).toContain(`(${file})`);
      // A flag names the file before the environment does.
      writeFileSync(path.join(folder, 'other.json'), '{}');
      expect(read(['--config', path.join(folder, 'other.json')], environment).config.logLevel).toBe('info');
    });
  });

  it('is told with secrets masked, which no flag takes', () => {
    const secret = 'a-secret-that-nobody-sees';
    const { config, lines } = read([], {
      RINGWATCH_METRICS_TOKEN: secret,
      RINGWATCH_OTLP_HEADERS: `x-key=${secret}`,
    });
    expect(config).toMatchObject({ metricsToken: secret, otlpHeaders: { 'x-key': secret } });
    expect(lines.join('\n')).not.toContain(secret);
    expect(lines.filter((line) => line.includes('***'))).toHaveLength(2);
    expect(() => read(['--metrics-token', secret])).toThrow(
      expect.objectContaining({ code: 'OPTION_UNKNOWN' }),
    );
    const help = commandHelp(serveCommand);
    expect(help).toContain('RINGWATCH_METRICS_TOKEN');
    expect(help).not.toContain('--metrics-token');
  });

  it.each<[Environment, string]>([
    [
      { RINGWATCH_PORT: '65536' },
      "the setting port (RINGWATCH_PORT) is wrong: '65536' is no whole number from 0 to 65535",
    ],
    [{ RINGWATCH_PORT: '-1' }, "'-1' is no whole number"],
    [{ RINGWATCH_HOST: ' ' }, "' ' is empty"],
    [{ RINGWATCH_LOG_LEVEL: 'loud' }, "'loud' is none of trace"],
    [{ RINGWATCH_ADMIN_TOKEN: 'yes' }, "'yes' is none of auto, on, off"],
    [{ RINGWATCH_PUBLIC_URL: 'example.com' }, 'is no http or https address'],
    [{ RINGWATCH_PUBLIC_URL: 'https://a:b@example.com' }, 'without credentials'],
    [{ RINGWATCH_OTLP_ENDPOINT: 'ftp://x' }, 'is no http or https address'],
    [{ RINGWATCH_BODY_BYTES_MAX: '1e9' }, 'is no whole number'],
    [{ RINGWATCH_METRICS_TOKEN: 'short' }, 'it is not 16 to 512 printable ASCII characters'],
    [{ RINGWATCH_OTLP_HEADERS: 'novalue' }, 'it is no list of name=value'],
  ])('%j is refused with where and why', (environment, message) => {
    expect(() => read([], environment)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it('never says a secret that is wrong', () => {
    try {
      read([], { RINGWATCH_METRICS_TOKEN: 'gänseblümchen-und-mehr' });
      throw new Error('nothing was thrown');
    } catch (error) {
      expect((error as Error).message).not.toContain('nseblümchen');
    }
  });

  it.each<[string, string, string | null]>([
    ['{', 'it is no JSON', null],
    ['[]', 'it is no JSON object', null],
    ['{"prot":1}', 'there is no such setting', 'Did you mean port?'],
    ['{"port":{}}', 'it is no text, number or list of texts', null],
    ['{"port":"x"}', 'is no whole number', null],
  ])('a file that holds %s is refused', async (text, reason, hint) => {
    await inTemporaryFolder(async (folder) => {
      const file = path.join(folder, 'config.json');
      writeFileSync(file, text);
      expect(() => read(['--config', file])).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message: expect.stringContaining(reason),
          hint,
        }),
      );
    });
  });

  it('warns of variables that look like settings', () => {
    expect(read([], { RINGWATCH_PROT: '1', RINGWATCH_PORT: '1', OTHER: 'x' }).warnings).toEqual([
      'the variable RINGWATCH_PROT is no setting; did you mean RINGWATCH_PORT?',
    ]);
    expect(() => read(['--config', '/nowhere.json'])).toThrow(
      expect.objectContaining({ code: 'FILE_NOT_FOUND' }),
    );
  });
});

describe('the configuration of a cluster', () => {
  const CLUSTER: Environment = {
    RINGWATCH_MODE: 'cluster',
    RINGWATCH_ETCD: 'http://a:2379, http://b:2379/',
    RINGWATCH_CATALOG: 'postgres://u:p@c/db',
    RINGWATCH_REDIS: 'redis://r',
    RINGWATCH_SHARED: 'shared',
    RINGWATCH_WORKERS: 'http://d:7480,http://e:7480',
  };

  it('names the servers, the folder and the workers that all processes have in common', () => {
    expect(read([], CLUSTER).config.cluster).toEqual({
      etcd: ['http://a:2379', 'http://b:2379'],
      redis: { url: 'redis://r', from: 'RINGWATCH_REDIS' },
      shared: path.resolve('shared'),
      kafka: null,
      workers: ['http://d:7480', 'http://e:7480'],
      advertise: null,
    });
    expect(read([]).config.cluster).toBeNull();
  });

  it('names the brokers by which workers find each other, or the workers', () => {
    const { RINGWATCH_WORKERS: _, ...others } = CLUSTER;
    const kafka = { ...others, RINGWATCH_KAFKA: 'f:9092, [::1]:9093', RINGWATCH_ADVERTISE: 'http://g:7480' };
    expect(read([], kafka).config.cluster).toMatchObject({
      kafka: ['f:9092', '[::1]:9093'],
      workers: [],
      advertise: 'http://g:7480',
    });
    expect(() => read([], { ...kafka, RINGWATCH_WORKERS: 'http://d:7480' })).toThrow(/need not be named/);
    expect(() => read([], { ...kafka, RINGWATCH_KAFKA: 'http://f:9092' })).toThrow(/is no HOST:PORT/);
  });

  it.each(['ETCD', 'CATALOG', 'REDIS', 'SHARED', 'WORKERS'])('is refused without %s', (name) => {
    const { [`RINGWATCH_${name}`]: _, ...given } = CLUSTER;
    expect(() => read([], given)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(new RegExp(`${name.toLowerCase()}.*a cluster needs it`)),
      }),
    );
  });

  it.each([
    ['ADVERTISE', 'http://f:7480', 'is none of the workers http://d:7480, http://e:7480'],
    ['ETCD', 'http://a:2379/path', 'has more than http://HOST:PORT'],
    ['WORKERS', 'd:7480', 'is no http or https address'],
    ['MODE', 'clustre', 'clustre'],
  ])('is refused where %s is %s', (name, value, reason) => {
    expect(() => read([], { ...CLUSTER, [`RINGWATCH_${name}`]: value })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(reason) }),
    );
  });
});
