import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { isHostName, isNetwork } from '../adapters/http/address-policy.ts';
import { type PostgresServer, parsePostgresUrl } from '../adapters/postgres/postgres-server.ts';
import { present } from '../core/assert.ts';
import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { nearestHint, nearestName } from '../core/nearest-name.ts';
import type { OptionSpec, ParsedArguments } from './console/command.ts';
import { LOG_LEVELS } from './log.ts';

/** What the processes of a cluster have in common. */
export interface ClusterConfig {
  /** Addresses of the members of the etcd cluster that has the tenants' logs. */
  readonly etcd: readonly string[];
  /** The Redis server that tells subscribers of other processes, as its setting writes it. */
  readonly redis: { readonly url: string; readonly from: string };
  /** A folder that all processes reach: the installation's secret, archived segments of logs. Absolute. */
  readonly shared: string;
  /** Brokers of Kafka, `HOST:PORT`, in whose group the workers find each other; null: `workers` says who they are. */
  readonly kafka: readonly string[] | null;
  /** Addresses of all workers; empty with `kafka`. */
  readonly workers: readonly string[];
  /** Under which address this process is reached, if it is a worker. */
  readonly advertise: string | null;
}

/** The configuration of `ringwatch serve` and `ringwatch worker`, checked. */
export interface ServeConfig {
  /** Null: one process alone. */
  readonly cluster: ClusterConfig | null;
  /** Absolute. */
  readonly data: string;
  /** The PostgreSQL server that has the catalog; null: it is in the data folder. */
  readonly catalog: PostgresServer | null;
  readonly host: string;
  /** 0 takes one that is free. */
  readonly port: number;
  /** How browsers and callers reach the service, without a path at its end; null: by the address that it listens on. */
  readonly publicUrl: string | null;
  readonly adminToken: 'auto' | 'on' | 'off';
  readonly logLevel: string;
  /** Bytes of a body of rows, unpacked. */
  readonly bodyBytesMax: number;
  /** Requests a second of one credential that are refused for a wrong document or body, and WebSockets that are refused, before further ones wait. */
  readonly refusalsPerSecond: number;
  /** Bytes that all tenants together may hold in memory; null: as much as there is. */
  readonly memoryMax: number | null;
  readonly metrics: 'auto' | 'open' | 'off';
  readonly metricsToken: string | null;
  /** Whether /metrics may name tenants and their graph views. */
  readonly metricsViews: boolean;
  /** Whether the GraphQL contract may be asked for. */
  readonly introspection: boolean;
  /** Private hosts, addresses and networks that webhooks may be sent to. */
  readonly webhookAllow: readonly string[];
  /** Whether webhooks may go over http to public addresses; to those above they always may. */
  readonly webhookHttp: boolean;
  /** Where traces are sent (OTLP over HTTP); null: none are made. */
  readonly otlpEndpoint: string | null;
  /** Headers that are sent along with them. */
  readonly otlpHeaders: Readonly<Record<string, string>>;
}

/** One setting: by flag, environment (RINGWATCH_ and its name in capitals) or the file. */
interface Setting {
  readonly flag: string;
  /** What follows the flag. */
  readonly value: string;
  readonly text: string;
  /** Null: none. */
  readonly otherwise: string | null;
  /** Not by flag, since others on the machine see those; never printed. */
  readonly secret?: true;
}

const SETTINGS = {
  data: {
    flag: 'data',
    value: 'DIR',
    text: 'the data folder, made if it is not there\n(default ./ringwatch-data)',
    otherwise: 'ringwatch-data',
  },
  mode: {
    flag: 'mode',
    value: 'embedded|cluster',
    text: 'embedded: one process alone; cluster: a gateway, beside\nworkers (default embedded)',
    otherwise: 'embedded',
  },
  etcd: {
    flag: 'etcd',
    value: 'LIST',
    text: "addresses of the members of the etcd cluster that has the\ntenants' logs, separated by commas; of a cluster",
    otherwise: '',
  },
  redis: {
    flag: 'redis',
    value: 'URL',
    text: 'redis://user:password@host:port, by which subscribers\nhear of other processes; of a cluster',
    otherwise: null,
    secret: true,
  },
  shared: {
    flag: 'shared',
    value: 'DIR',
    text: 'a folder that all processes of a cluster reach: the\nsecret key, archived segments of logs',
    otherwise: null,
  },
  kafka: {
    flag: 'kafka',
    value: 'LIST',
    text: 'brokers of Kafka, HOST:PORT separated by commas, in whose\ngroup the workers of a cluster find each other',
    otherwise: '',
  },
  workers: {
    flag: 'workers',
    value: 'LIST',
    text: 'addresses of all workers of a cluster, http://HOST:PORT\nseparated by commas; instead of --kafka',
    otherwise: '',
  },
  advertise: {
    flag: 'advertise',
    value: 'URL',
    text: 'the address by which gateways reach this worker',
    otherwise: null,
  },
  catalog: {
    flag: 'catalog',
    value: 'URL',
    text: 'postgresql://user:password@host:port/database of the\ncatalog, instead of one in the data folder',
    otherwise: null,
    secret: true,
  },
  host: {
    flag: 'host',
    value: 'ADDRESS',
    text: 'the address to listen on (default 127.0.0.1)',
    otherwise: '127.0.0.1',
  },
  port: { flag: 'port', value: 'N', text: 'the port; 0 takes a free one (default 8080)', otherwise: '8080' },
  publicUrl: {
    flag: 'public-url',
    value: 'URL',
    text: 'how browsers reach the service, if through a proxy;\nwith https, cookies are for https alone',
    otherwise: null,
  },
  adminToken: {
    flag: 'admin-token',
    value: 'auto|on|off',
    text: 'the operator token of this start: auto is on where\nthe address is of this machine and NODE_ENV is not\nproduction (default auto)',
    otherwise: 'auto',
  },
  logLevel: {
    flag: 'log-level',
    value: 'LEVEL',
    text: `logs to standard error: ${LOG_LEVELS.join(', ')}\n(default info)`,
    otherwise: 'info',
  },
  bodyBytesMax: {
    flag: 'body-bytes-max',
    value: 'N',
    text: 'bytes of a body of rows, unpacked (default 1 GiB)',
    otherwise: String(LIMITS.bodyBytesDefault),
  },
  refusalsPerSecond: {
    flag: 'refusals-per-second',
    value: 'N',
    text: 'requests of a credential that are refused for a wrong\ndocument or body before further ones wait (default 10)',
    otherwise: String(LIMITS.refusalsPerSecondDefault),
  },
  memoryMax: {
    flag: 'memory-max',
    value: 'N|auto|none',
    text: 'bytes that all tenants together may hold in memory: auto\nis 3/4 of what the process may use (default auto)',
    otherwise: 'auto',
  },
  metrics: {
    flag: 'metrics',
    value: 'auto|open|off',
    text: '/metrics: auto is open on an address of this machine,\nelse takes RINGWATCH_METRICS_TOKEN (default auto)',
    otherwise: 'auto',
  },
  metricsToken: {
    flag: 'metrics-token',
    value: 'TOKEN',
    text: 'what /metrics takes as a Bearer token',
    otherwise: null,
    secret: true,
  },
  metricsViews: {
    flag: 'metrics-views',
    value: 'on|off',
    text: 'whether /metrics tells the memory of the largest graph\nviews by tenant and name (default off)',
    otherwise: 'off',
  },
  introspection: {
    flag: 'introspection',
    value: 'on|off',
    text: 'whether the GraphQL schema may be asked for (default on)',
    otherwise: 'on',
  },
  webhookAllow: {
    flag: 'webhook-allow',
    value: 'LIST',
    text: 'private hosts, addresses and networks (CIDR) that\nwebhooks may go to, separated by commas',
    otherwise: '',
  },
  webhookHttp: {
    flag: 'webhook-http',
    value: 'on|off',
    text: 'whether webhooks may go over http, which is not\nencrypted, to public addresses (default off)',
    otherwise: 'off',
  },
  otlpEndpoint: {
    flag: 'otlp-endpoint',
    value: 'URL',
    text: 'sends traces there (OTLP over HTTP)',
    otherwise: null,
  },
  otlpHeaders: {
    flag: 'otlp-headers',
    value: 'LIST',
    text: 'headers for it, `name=value` separated by commas',
    otherwise: '',
    secret: true,
  },
} as const satisfies Record<string, Setting>;

type SettingName = keyof typeof SETTINGS;
const NAMES = Object.keys(SETTINGS) as SettingName[];

const NAME_WIDTH = Math.max(...NAMES.map((name) => name.length));

/** Where a value came from, as it is said. */
interface Given {
  readonly text: string;
  readonly from: string;
}

/** The flags of `ringwatch serve`. */
export const SERVE_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  config: { value: 'FILE.json', text: 'settings as a JSON object; flags and environment go before it' },
  ...Object.fromEntries(
    NAMES.flatMap((name) => {
      const setting: Setting = SETTINGS[name];
      return setting.secret ? [] : [[setting.flag, { value: setting.value, text: setting.text }]];
    }),
  ),
  'print-config': { value: null, text: 'prints the effective configuration and ends' },
};

/** Environment variables and what they are for, for the help. */
export function environmentHelp(): string {
  const rows = NAMES.map((name): [string, string] => {
    const setting: Setting = SETTINGS[name];
    return [variableOf(name), setting.secret ? setting.text : `as --${setting.flag}`];
  });
  rows.push(['RINGWATCH_CONFIG', 'as --config']);
  const width = Math.max(...rows.map(([variable]) => variable.length));
  return rows.map(([variable, text]) => `  ${variable.padEnd(width)} ${text}`).join('\n');
}

/** The configuration, and how each of its settings came about. */
export interface EffectiveConfig {
  readonly config: ServeConfig;
  /** One line a setting: its name, value (secrets as `***`) and where it is from. */
  readonly lines: readonly string[];
  /** What looks like a mistake and is none for sure. */
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration: flags before environment before the file before defaults.
 * Throws CONFIG_INVALID naming the setting and where it was given, FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export function readConfig(
  parsed: ParsedArguments,
  environment: Readonly<Record<string, string | undefined>>,
): EffectiveConfig {
  const file = parsed.value('config') ?? environment.RINGWATCH_CONFIG ?? null;
  const fromFile = file === null ? new Map<string, Given>() : readFile(file);
  const given = new Map<SettingName, Given | null>();
  for (const name of NAMES) given.set(name, find(name, parsed, environment, fromFile));
  return {
    config: parse(given),
    lines: NAMES.map((name) => describe(name, given.get(name) ?? null)),
    warnings: unknownVariables(environment),
  };
}

function find(
  name: SettingName,
  parsed: ParsedArguments,
  environment: Readonly<Record<string, string | undefined>>,
  fromFile: ReadonlyMap<string, Given>,
): Given | null {
  const setting: Setting = SETTINGS[name];
  const flag = setting.secret ? null : parsed.value(setting.flag);
  if (flag !== null) return { text: flag, from: `--${setting.flag}` };
  const variable = variableOf(name);
  const value = environment[variable];
  if (value !== undefined && value !== '') return { text: value, from: variable };
  const filed = fromFile.get(name);
  if (filed !== undefined) return filed;
  return setting.otherwise === null ? null : { text: setting.otherwise, from: 'default' };
}

/** `RINGWATCH_BODY_BYTES_MAX` for bodyBytesMax. */
function variableOf(name: SettingName): string {
  return `RINGWATCH_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function readFile(file: string): Map<string, Given> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new RingwatchError('FILE_NOT_FOUND', { path: file }, { cause: error });
    throw new RingwatchError('FILE_UNREADABLE', { path: file, reason: String(code) }, { cause: error });
  }
  const wrong = (setting: string, reason: string, hint: string | null = null): RingwatchError =>
    new RingwatchError('CONFIG_INVALID', { setting, from: file, reason }, { hint });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw wrong('file', `it is no JSON: ${(error as Error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw wrong('file', 'it is no JSON object');
  }
  const given = new Map<string, Given>();
  for (const [name, value] of Object.entries(json)) {
    if (!Object.hasOwn(SETTINGS, name)) {
      throw wrong(name, 'there is no such setting', nearestHint(name, NAMES));
    }
    if (value === null) continue;
    const list = Array.isArray(value) && value.every((each) => typeof each === 'string');
    if (!list && !['string', 'number', 'boolean'].includes(typeof value)) {
      throw wrong(name, 'it is no text, number or list of texts');
    }
    given.set(name, { text: list ? value.join(',') : String(value), from: file });
  }
  return given;
}

function parse(given: ReadonlyMap<SettingName, Given | null>): ServeConfig {
  const parseAs = <T>(name: SettingName, read: (text: string) => T): T | null => {
    const found = given.get(name) ?? null;
    if (found === null) return null;
    try {
      return read(found.text);
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      const { secret }: Setting = SETTINGS[name];
      const reason = secret ? error.message : `'${found.text}' ${error.message}`;
      throw new RingwatchError('CONFIG_INVALID', { setting: name, from: found.from, reason });
    }
  };
  const required = <T>(name: SettingName, read: (text: string) => T): T => parseAs(name, read) as T;
  const mode = required('mode', (text) => oneOf(text, ['embedded', 'cluster']));
  return {
    cluster: mode === 'cluster' ? clusterOf(given, parseAs) : null,
    data: path.resolve(required('data', someText)),
    catalog: parseAs('catalog', (text) => parsePostgresUrl(text, given.get('catalog')?.from ?? '')),
    host: required('host', someText),
    port: required('port', (text) => wholeNumber(text, 0, 65_535)),
    publicUrl: parseAs('publicUrl', (text) => httpUrl(text).replace(/\/+$/, '')),
    adminToken: required('adminToken', (text) => oneOf(text, ['auto', 'on', 'off'])),
    logLevel: required('logLevel', (text) => oneOf(text, LOG_LEVELS)),
    bodyBytesMax: required('bodyBytesMax', (text) => wholeNumber(text, 1024, 1024 ** 4)),
    refusalsPerSecond: required('refusalsPerSecond', (text) => wholeNumber(text, 1, 1_000_000)),
    memoryMax: required('memoryMax', memoryBytes),
    metrics: required('metrics', (text) => oneOf(text, ['auto', 'open', 'off'])),
    metricsToken: parseAs('metricsToken', token),
    metricsViews: required('metricsViews', (text) => oneOf(text, ['on', 'off'])) === 'on',
    introspection: required('introspection', (text) => oneOf(text, ['on', 'off'])) === 'on',
    webhookAllow: required('webhookAllow', hostsAndNetworks),
    webhookHttp: required('webhookHttp', (text) => oneOf(text, ['on', 'off'])) === 'on',
    otlpEndpoint: parseAs('otlpEndpoint', httpUrl),
    otlpHeaders: required('otlpHeaders', headers),
  };
}

/** Throws CONFIG_INVALID where something is missing that a cluster cannot do without. */
function clusterOf(
  given: ReadonlyMap<SettingName, Given | null>,
  parseAs: <T>(name: SettingName, read: (text: string) => T) => T | null,
): ClusterConfig {
  const needed = <T>(name: SettingName, read: (text: string) => T): T => {
    const text = given.get(name)?.text ?? '';
    const value = text === '' ? null : parseAs(name, read);
    if (value !== null) return value;
    const setting: Setting = SETTINGS[name];
    const from = setting.secret ? variableOf(name) : `--${setting.flag} or ${variableOf(name)}`;
    throw new RingwatchError('CONFIG_INVALID', { setting: name, from, reason: 'a cluster needs it' });
  };
  const addresses = (text: string): string[] => text.split(',').map((each) => plainAddress(each.trim()));
  needed('catalog', someText);
  const etcd = needed('etcd', addresses);
  needed('redis', someText);
  const redis = present(given.get('redis'), 'the setting');
  const advertise = parseAs('advertise', plainAddress);
  const isNamed = (name: SettingName): boolean => (given.get(name)?.text ?? '') !== '';
  const kafka = isNamed('kafka') ? needed('kafka', brokers) : null;
  if (kafka !== null && isNamed('workers')) {
    const reason = 'workers find each other by --kafka, and need not be named';
    throw new RingwatchError('CONFIG_INVALID', {
      setting: 'workers',
      from: given.get('workers')?.from ?? '',
      reason,
    });
  }
  const workers = kafka === null ? needed('workers', addresses) : [];
  if (kafka === null && advertise !== null && !workers.includes(advertise)) {
    const from = given.get('advertise')?.from ?? '';
    const reason = `'${advertise}' is none of the workers ${workers.join(', ')}`;
    throw new RingwatchError('CONFIG_INVALID', { setting: 'advertise', from, reason });
  }
  return {
    etcd,
    redis: { url: redis.text, from: redis.from },
    shared: path.resolve(needed('shared', someText)),
    kafka,
    workers,
    advertise,
  };
}

function describe(name: SettingName, given: Given | null): string {
  const setting: Setting = SETTINGS[name];
  const shown = given === null || given.text === '' ? '-' : setting.secret ? '***' : given.text;
  return `${name.padEnd(NAME_WIDTH)} ${shown}  (${given?.from ?? 'default'})`;
}

/** Variables that begin like ours and are none: nearly always a slip. */
function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = [...NAMES.map(variableOf), 'RINGWATCH_CONFIG', 'RINGWATCH_API_KEY'];
  return Object.keys(environment)
    .filter((name) => name.startsWith('RINGWATCH_') && !known.includes(name))
    .map((name) => {
      const near = nearestName(name, known);
      return `the variable ${name} is no setting${near === null ? '' : `; did you mean ${near}?`}`;
    });
}

/** Says of a value what is wrong with it, as what follows the value in a sentence. */
class WrongValue extends Error {
  override readonly name = 'WrongValue';
}

function someText(text: string): string {
  if (text.trim() !== '') return text;
  throw new WrongValue('is empty');
}

function wholeNumber(text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new WrongValue(`is no whole number from ${min} to ${max}`);
}

function memoryBytes(text: string): number | null {
  if (text === 'none') return null;
  if (text !== 'auto') return wholeNumber(text, 1024 ** 2, 1024 ** 5);
  const constrained = process.constrainedMemory();
  const memory = totalmem();
  // Without a bound for the process a number beyond all memory is told, or 0.
  return Math.floor(0.75 * (constrained > 0 ? Math.min(constrained, memory) : memory));
}

function oneOf<T extends string>(text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw new WrongValue(`is none of ${values.join(', ')}`);
}

function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const http = url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
  if (http && url.username === '' && url.password === '') return text;
  throw new WrongValue('is no http or https address without credentials');
}

/** `HOST:PORT`, several separated by commas. */
function brokers(text: string): string[] {
  return text.split(',').map((each) => {
    const address = each.trim();
    if (!/^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/.test(address))
      throw new WrongValue('is no HOST:PORT');
    return address;
  });
}

/** An address alone: no path, no slash at its end. */
function plainAddress(text: string): string {
  const url = new URL(httpUrl(text));
  if (url.pathname === '/' && url.search === '' && url.hash === '') return url.origin;
  throw new WrongValue('has more than http://HOST:PORT');
}

function token(text: string): string {
  if (/^[\x21-\x7e]{16,512}$/.test(text)) return text;
  throw new WrongValue('it is not 16 to 512 printable ASCII characters');
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function hostsAndNetworks(text: string): readonly string[] {
  const all = list(text);
  const wrong = all.find((each) => !isNetwork(each) && !isHostName(each));
  if (wrong === undefined) return all;
  throw new WrongValue(`has ${wrong}, which is no host, address or network such as 10.1.0.0/16`);
}

function headers(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    list(text).map((each) => {
      const [, name, value] = /^([\w-]+)=(.*)$/.exec(each) ?? [];
      if (name === undefined || value === undefined) throw new WrongValue('it is no list of name=value');
      return [name, value];
    }),
  );
}
