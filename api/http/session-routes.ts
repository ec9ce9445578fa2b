import type { FastifyInstance, FastifyReply } from 'fastify';
import { RingwatchError } from '../../core/errors.ts';
import type { OpenedSession, TenantDirectory } from '../../tenants/tenant-directory.ts';
import { CSRF_HEADER, credentialsOf, SESSION_COOKIE, showsNothing } from './credentials.ts';

export interface SessionRoutesOptions {
  readonly tenants: TenantDirectory;
  /** Whether browsers reach the service by https alone. */
  readonly secureCookies: boolean;
}

/**
 * Sessions of consoles: `POST /v1/session` opens one for a token and sets its cookie, which no script can read; `GET` tells
 * what a page that is loaded again needs, or with 204 that there is none; `DELETE` ends it.
 */
export function registerSessionRoutes(
  app: FastifyInstance,
  { tenants, secureCookies }: SessionRoutesOptions,
): void {
  const setCookie = (reply: FastifyReply, value: string, seconds: number): void => {
    const secure = secureCookies ? '; Secure' : '';
    reply.header(
      'set-cookie',
      `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`,
    );
  };

  app.post('/v1/session', async (request, reply) => {
    const credentials = credentialsOf(request.raw);
    // A session cannot be made of a session: it would never end.
    if (credentials.byCookie) throw new RingwatchError('UNAUTHENTICATED');
    const session = await tenants.openSession(credentials.token);
    const seconds = Math.max(0, Math.floor((Date.parse(session.expiresAt) - Date.now()) / 1000));
    setCookie(reply, session.token, seconds);
    return answerOf(session);
  });
  app.get('/v1/session', async (request, reply) => {
    // A browser that nobody has signed in with asks too: that it has no session is an answer, not an error.
    if (showsNothing(request.raw)) return await reply.code(204).send();
    const credentials = credentialsOf(request.raw);
    if (!credentials.byCookie) throw new RingwatchError('UNAUTHENTICATED');
    try {
      return answerOf(await tenants.resumeSession(credentials.token));
    } catch (error) {
      if (error instanceof RingwatchError && error.code === 'UNAUTHENTICATED') setCookie(reply, '', 0);
      throw error;
    }
  });
  app.delete('/v1/session', async (request, reply) => {
    const credentials = credentialsOf(request.raw);
    if (!credentials.byCookie) throw new RingwatchError('UNAUTHENTICATED');
    const csrf = request.headers[CSRF_HEADER];
    if (!tenants.checkCsrf(credentials.token, typeof csrf === 'string' ? csrf : '')) {
      throw new RingwatchError('CROSS_SITE');
    }
    await tenants.closeSession(credentials.token);
    setCookie(reply, '', 0);
    return {};
  });
}

function answerOf({ csrf, expiresAt }: OpenedSession): { csrf: string; expiresAt: string } {
  return { csrf, expiresAt };
}
