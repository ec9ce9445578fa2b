import { RingwatchError } from '../core/errors.ts';
import type { TenantId } from '../core/tenant-id.ts';
import type { InstallationKeys } from './installation-keys.ts';

/** What a cursor points at: the values that its list is ordered by, and where it is cut. */
export type CursorPlace = readonly (string | number | null)[];

/** Makes cursors that only this tenant can use, and only for the list that they were made for. */
export class CursorSeal {
  readonly #keys: InstallationKeys;
  readonly #tenant: TenantId;

  constructor(keys: InstallationKeys, tenant: TenantId) {
    this.#keys = keys;
    this.#tenant = tenant;
  }

  /** The same place gives the same text. */
  seal(list: string, place: CursorPlace): string {
    const body = Buffer.from(JSON.stringify(place), 'utf8').toString('base64url');
    return `${body}.${this.#keys.mark(this.#marked(list, body))}`;
  }

  /** Throws CURSOR_INVALID: not ours, another tenant's, another list's. */
  open(list: string, cursor: string): CursorPlace {
    const dot = cursor.indexOf('.');
    const body = cursor.slice(0, Math.max(dot, 0));
    if (
      dot < 1 ||
      cursor.length > 4096 ||
      !this.#keys.isMark(this.#marked(list, body), cursor.slice(dot + 1))
    ) {
      throw new RingwatchError('CURSOR_INVALID');
    }
    return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as CursorPlace;
  }

  #marked(list: string, body: string): string {
    return `cursor\0${this.#tenant}\0${list}\0${body}`;
  }
}
