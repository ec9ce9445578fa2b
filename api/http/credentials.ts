import type { IncomingMessage } from 'node:http';
import { RingwatchError } from '../../core/errors.ts';
import type { Credentials } from '../request-context.ts';

/** The session of a console, as a cookie. */
export const SESSION_COOKIE = 'ringwatch_session';

/** Names the tenant, where the credentials are of none. */
export const TENANT_HEADER = 'x-ringwatch-tenant';

/** What a request with a session's cookie shows that the page of another site cannot. */
export const CSRF_HEADER = 'x-ringwatch-csrf';

export interface ShownCredentials extends Credentials {
  /** Whether the token came by itself, as a cookie: then the request may have been made by another site's page. */
  readonly byCookie: boolean;
}

/** Headers of which a second one is a trick. */
const SINGLE = new Set(['authorization', TENANT_HEADER, CSRF_HEADER, 'content-type', 'content-encoding']);

/** What the request shows of who asks. Throws UNAUTHENTICATED where it shows nothing, REQUEST_INVALID. */
export function credentialsOf(request: IncomingMessage): ShownCredentials {
  refuseDoubles(request.rawHeaders);
  const { authorization, cookie } = request.headers;
  const tenant = request.headers[TENANT_HEADER];
  const wantedTenant = typeof tenant === 'string' && tenant !== '' ? tenant : null;
  if (authorization !== undefined) {
    const token = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
    if (token === undefined) throw new RingwatchError('UNAUTHENTICATED');
    return { token, wantedTenant, byCookie: false };
  }
  const session = cookie === undefined ? null : cookieValue(cookie, SESSION_COOKIE);
  if (session === null) throw new RingwatchError('UNAUTHENTICATED');
  return { token: session, wantedTenant, byCookie: true };
}

/** Whether the request shows no credentials at all, be they good or not. */
export function showsNothing({ headers }: IncomingMessage): boolean {
  return headers.authorization === undefined && !(headers.cookie ?? '').includes(`${SESSION_COOKIE}=`);
}

/** Whether the request comes from a page of this very address: what a WebSocket by cookie has to show. */
export function isSameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || host === undefined) return false;
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function refuseDoubles(rawHeaders: readonly string[]): void {
  const seen = new Set<string>();
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = (rawHeaders[n] as string).toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) throw new RingwatchError('REQUEST_INVALID', { reason: `${name} is given twice` });
    seen.add(name);
  }
}

/** The value of one cookie; null where it is missing, or there twice. */
function cookieValue(header: string, name: string): string | null {
  const values = header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  return values.length === 1 && /^[\x21-\x7e]{1,512}$/.test(values[0] as string)
    ? (values[0] as string)
    : null;
}
