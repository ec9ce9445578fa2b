/**
 * What a key or a member may be allowed to do. Scopes do not contain one another: `admin` (members, keys, settings,
 * endpoints) neither reads alerts nor publishes.
 */
export const SCOPES = ['ingest', 'decide', 'query', 'define', 'publish', 'alerts', 'admin', 'audit'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a member's role allows. A key of a member never allows more than the member's roles do. */
export const ROLE_SCOPES = {
  admin: ['admin', 'query', 'alerts'],
  analyst: ['alerts', 'query'],
  engineer: ['define', 'query', 'ingest', 'decide'],
  publisher: ['publish', 'query'],
  auditor: ['audit', 'query'],
} as const satisfies Record<string, readonly Scope[]>;
export type Role = keyof typeof ROLE_SCOPES;

/** Whether the text names a scope. */
export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}

/** Whether the text names a role. */
export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLE_SCOPES, text);
}

/** The scopes of all the roles together, in the order of SCOPES. */
export function scopesOfRoles(roles: readonly Role[]): readonly Scope[] {
  const held = new Set<Scope>(roles.flatMap((role) => ROLE_SCOPES[role]));
  return SCOPES.filter((scope) => held.has(scope));
}
