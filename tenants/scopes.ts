/**
 * What a key or a member may be allowed to do. Scopes do not contain one another: `admin` (members, keys, settings,
 * endpoints) neither reads alerts nor publishes.
 */
export const SCOPES = ['ingest', 'decide', 'query', 'define', 'publish', 'alerts', 'admin', 'audit'] as const;
export type Scope = (typeof SCOPES)[number];

/** Whether the text names a scope. */
export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
