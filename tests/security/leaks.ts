import { MARK, type Rival } from './rival-tenants.ts';

/** What of the tenant may stand in no answer to another: its mark, and the ids of its things. */
export function secretsOf({ tenant, ids, alertId, session, slug }: Rival): readonly string[] {
  const locals = Object.entries(ids).flatMap(([type, id]) => {
    const local = localOf(id);
    // Numbers and `self` are of every tenant.
    return type === 'Tenant' || /^\d+$/.test(local) ? [id] : [id, local];
  });
  return [MARK, slug, tenant.id, alertId, session.csrf, session.cookie.split('=')[1] as string, ...locals];
}

/** A thing's own id within its tenant. */
export function localOf(nodeId: string): string {
  return decoded(nodeId).split(':').slice(2).join(':');
}

/** The same thing's id, as if it were of another tenant. */
export function movedTo(nodeId: string, tenant: string): string {
  const [type, , ...local] = decoded(nodeId).split(':');
  return Buffer.from(`${type}:${tenant}:${local.join(':')}`).toString('base64url');
}

/**
 * The secrets that a text holds, openly or in parts that are base64url. Words that stood in `sent` are no leak: whoever asked knows them.
 */
export function leaksIn(text: string, secrets: readonly string[], sent: readonly string[]): string[] {
  const known = new Set(sent.flatMap((one) => [one, ...wordsOf(one), ...wordsOf(decoded(one))]));
  // Errors quote the beginning of what was given.
  for (const one of sent) for (const length of [64, 100, 200]) known.add(one.slice(0, length));
  const unknown = (found: string): boolean => !known.has(found);
  const open = [text, ...wordsOf(text).map(decoded)];
  return secrets.filter((secret) =>
    open.some((part) => wordsOf(part).some((word) => word.includes(secret) && unknown(word))),
  );
}

/** All texts in a value, keys of objects included. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}

function wordsOf(text: string): string[] {
  return text.match(/[\w-]+(\.[\w-]+)*/g) ?? [];
}

function decoded(word: string): string {
  return word.length < 8 ? '' : Buffer.from(word, 'base64url').toString('utf8');
}
