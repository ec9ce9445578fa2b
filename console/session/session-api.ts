import { RequestError, readProblem, unreachable, unreadable } from '../graphql/request-error.ts';

/** A session of this browser. Its token is in a cookie that no script can read; `csrf` shows that a request is of this page. */
export interface OpenSession {
  readonly csrf: string;
  /** How long it lasts yet, in milliseconds by the service's clock; this machine's may be wrong. */
  readonly lastsMs: number;
}

/** Where sessions are opened and ended. */
const PATH = '/v1/session';

/** Signs in with an API key or an operator's token. Throws RequestError, UNAUTHENTICATED among them. */
export async function openSession(base: string, token: string): Promise<OpenSession> {
  return readSession(await ask(base, 'POST', { authorization: `Bearer ${token}` }));
}

/** The session that the browser's cookie is of; null where there is none. Throws RequestError. */
export async function resumeSession(base: string): Promise<OpenSession | null> {
  try {
    const answer = await ask(base, 'GET', {});
    return answer.body === null ? null : readSession(answer);
  } catch (error) {
    if (error instanceof RequestError && error.code === 'UNAUTHENTICATED') return null;
    throw error;
  }
}

/** Ends the session on the service. Throws RequestError. */
export async function closeSession(base: string, csrf: string): Promise<void> {
  await ask(base, 'DELETE', { 'x-ringwatch-csrf': csrf });
}

interface Answer {
  readonly body: unknown;
  /** When the service answered, by its clock. */
  readonly nowMs: number;
}

async function ask(base: string, method: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`${base}${PATH}`, { method, headers, credentials: 'same-origin' });
  } catch {
    throw unreachable();
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return { body, nowMs: Date.parse(response.headers.get('date') ?? '') || Date.now() };
  throw readProblem(body) ?? unreadable(response.status);
}

function readSession({ body, nowMs }: Answer): OpenSession {
  const { csrf, expiresAt } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof csrf !== 'string' || typeof expiresAt !== 'string') throw unreadable(200);
  return { csrf, lastsMs: Date.parse(expiresAt) - nowMs };
}
