import { AssertionError } from '../../core/assert.ts';

/** PostgreSQL's OIDs (pg_type) of what neither client reads as the port wants it. */
const INT8 = 20;
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;

/** How columns are read, by OID, where PGlite or `pg` would read them otherwise: see SqlRow. */
export const COLUMN_PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [INT8]: (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw new AssertionError(`the BIGINT ${text} is beyond 2^53`);
    return value;
  },
  [TIMESTAMPTZ]: (text) => new Date(text).toISOString(),
  [DATE]: (text) => text,
  [TIMESTAMP]: (text) => text,
};
