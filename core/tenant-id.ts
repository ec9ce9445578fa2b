import { randomBytes } from 'node:crypto';

declare const tenantBrand: unique symbol;

/** The id of a tenant: `ten_` and 26 characters of a ULID (Crockford's base32, upper case). Names a folder as it is. */
export type TenantId = string & { readonly [tenantBrand]: true };

const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const PATTERN = /^ten_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** A new id; ids made later sort behind, down to the millisecond. */
export function newTenantId(nowMs: number = Date.now()): TenantId {
  return `ten_${newUlid(nowMs)}` as TenantId;
}

/** Whether the text is written as an id of a tenant is; not whether there is one. */
export function isTenantId(text: string): text is TenantId {
  return PATTERN.test(text);
}

/** A ULID: 48 bits of milliseconds and 80 random bits as 26 characters (github.com/ulid/spec). */
export function newUlid(nowMs: number = Date.now()): string {
  let text = '';
  let time = nowMs;
  for (let n = 0; n < 10; n++) {
    text = BASE32[time % 32] + text;
    time = Math.floor(time / 32);
  }
  for (const byte of randomBytes(16)) text += BASE32[byte & 31];
  return text;
}

/** When a ULID says that it was made: milliseconds since 1970, by the clock of whoever made it. */
export function ulidMs(ulid: string): number {
  return [...ulid.slice(0, 10)].reduce((ms, digit) => ms * 32 + BASE32.indexOf(digit), 0);
}
