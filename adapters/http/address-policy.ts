import { BlockList, isIP } from 'node:net';
import { RingwatchError } from '../../core/errors.ts';

/** What an operator allows beyond public addresses and https. */
export interface AddressAllowance {
  /** Addresses or networks (`10.1.0.0/16`, `::1`) that may be sent to although they are not public. */
  readonly networks: readonly string[];
  /** Names that may be sent to whatever addresses they have: who answers for a name is the operator's business. */
  readonly hosts: readonly string[];
  /** Whether http, without TLS, is allowed to public addresses too; to allowed networks it always is. */
  readonly plainHttp: boolean;
}

/** IPv4 that is not globally reachable (IANA special-purpose registry, RFC 6890), multicast and reserved included. */
const CLOSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Of global unicast (2000::/3; all else is closed): what embeds IPv4 addresses, and what is no one's. */
const CLOSED_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];
const GLOBAL_IPV6 = '2000::/3';

/**
 * Which addresses messages may go to. Public ones only, unless the operator allows more: what a tenant names must not
 * reach the machine, its network or a cloud's metadata service through this one.
 */
export class AddressPolicy {
  readonly #closed = new BlockList();
  readonly #global = new BlockList();
  readonly #allowed = new BlockList();
  readonly #hosts: ReadonlySet<string>;
  readonly #plainHttp: boolean;

  /** The networks have to be some (isNetwork). */
  constructor(allowance: AddressAllowance) {
    for (const network of [...CLOSED_IPV4, ...CLOSED_IPV6]) addNetwork(this.#closed, network);
    addNetwork(this.#global, GLOBAL_IPV6);
    for (const network of allowance.networks) addNetwork(this.#allowed, network);
    this.#hosts = new Set(allowance.hosts.map((host) => host.toLowerCase()));
    this.#plainHttp = allowance.plainHttp;
  }

  /** Whether the host (as a URL has it) is allowed by its name. */
  isAllowedHost(host: string): boolean {
    return this.#hosts.has(host.replace(/\.$/, ''));
  }

  /** The URL, when nothing in it is refused before its name is resolved. Throws ADDRESS_REFUSED. */
  checkUrl(text: string): URL {
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      throw refused('it is no URL');
    }
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused('only https may be used');
    if (url.username !== '' || url.password !== '') throw refused('it carries a user name or password');
    if (url.hostname === '') throw refused('it names no host');
    const host = hostOf(url);
    if (this.isAllowedHost(host)) return url;
    if (isIP(host) !== 0) this.checkAddress(host, url.protocol);
    else if (url.protocol === 'http:' && !this.#plainHttp && !this.#mayBeAllowed()) throw plain();
    return url;
  }

  /** Throws ADDRESS_REFUSED unless messages may go to the address (IPv4 or IPv6, as the system writes it). */
  checkAddress(address: string, protocol: string): void {
    const bare = address.replace(/%.*$/, '');
    const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(bare) === 0) throw refused(`${bare} is no address`);
    if (this.#allowed.check(bare, family)) return;
    if (family === 'ipv6' && !this.#global.check(bare, 'ipv6')) throw closed(bare);
    if (this.#closed.check(bare, family)) throw closed(bare);
    if (protocol === 'http:' && !this.#plainHttp) throw plain();
  }

  /** Whether a name may turn out to be an allowed address, for which http is good enough. */
  #mayBeAllowed(): boolean {
    return this.#allowed.rules.length > 0;
  }
}

/** The host without the brackets of an IPv6 literal. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

/** Whether the text is the name of a host; a name with digits alone is an address to some, and no name. */
export function isHostName(text: string): boolean {
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  return text.length <= 253 && new RegExp(`^(?:${label}\\.)*(?=.*[a-z])${label}$`, 'i').test(text);
}

/** Whether the text is an address or a network with its prefix length. */
export function isNetwork(text: string): boolean {
  const [address, prefix, ...more] = text.split('/');
  const version = isIP(address ?? '');
  if (version === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', prefix] = network.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  list.addSubnet(address, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family);
}

function closed(address: string): RingwatchError {
  return refused(`${address} is not a public address`);
}

function plain(): RingwatchError {
  return refused('it uses http, which is not encrypted');
}

function refused(reason: string): RingwatchError {
  return new RingwatchError('ADDRESS_REFUSED', { reason });
}
