import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { isScope, type Scope } from './scopes.ts';
import { storable } from './storable-text.ts';

/** The text without white space around it, 1 to `charsMax` characters and none of them a control. Throws FIELD_INVALID. */
export function checkName(field: string, text: string, charsMax: number = LIMITS.nameCharsMax): string {
  const trimmed = storable(text.trim());
  if (trimmed.length === 0) throw invalid(field, 'it is empty');
  if (trimmed.length > charsMax) throw invalid(field, `it has more than ${charsMax} characters`);
  if (/[\p{Cc}\uFFFD]/u.test(trimmed)) throw invalid(field, 'it has control characters');
  return trimmed;
}

/** A text of several lines, which may be empty. Throws FIELD_INVALID. */
export function checkText(field: string, text: string, charsMax: number = LIMITS.commentCharsMax): string {
  if (text.length > charsMax) throw invalid(field, `it has more than ${charsMax} characters`);
  if (storable(text) !== text) throw invalid(field, 'it has characters that are none');
  return text;
}

/** An address as mail knows them, roughly: whether it is one, only mail can tell. Throws FIELD_INVALID. */
export function checkEmail(field: string, text: string): string {
  const email = checkName(field, text, 254);
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw invalid(field, 'it is no e-mail address');
  return email;
}

/** A time in the form of ISO 8601, as UTC with milliseconds. Throws FIELD_INVALID. */
export function checkTime(field: string, text: string): string {
  const isoLike = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2}))?$/;
  const time = new Date(text);
  if (!isoLike.test(text) || Number.isNaN(time.getTime())) throw invalid(field, 'it is no time of ISO 8601');
  return time.toISOString();
}

/** Scopes, each once and at least one. Throws FIELD_INVALID. */
export function checkScopes(field: string, scopes: readonly string[]): readonly Scope[] {
  const known = [...new Set(scopes)].filter(isScope);
  if (known.length === 0 || known.length !== new Set(scopes).size) throw invalid(field, 'it names no scopes');
  return known;
}

/** Whether a text may be an id with that prefix; what may not is looked for nowhere. */
export function isId(prefix: string, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text.slice(prefix.length + 1));
}

/** The error for a field that is wrong. */
export function invalid(field: string, reason: string): RingwatchError {
  return new RingwatchError('FIELD_INVALID', { field, reason });
}

/** The error for what is not there, or another tenant's: no caller can tell which. */
export function notFound(what: string, id: string): RingwatchError {
  return new RingwatchError('NOT_FOUND', { what, id: id.slice(0, 64) });
}
