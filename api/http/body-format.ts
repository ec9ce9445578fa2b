import { RingwatchError } from '../../core/errors.ts';
import type { BodyFormat } from '../../core/ports/body-encoder.ts';

const FORMATS: Readonly<Record<string, BodyFormat>> = {
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/csv': 'csv',
};

/** How the rows of a body are written. `expected` says in words what is `taken`. Throws MEDIA_TYPE_UNKNOWN. */
export function formatOf(
  contentType: string | undefined,
  taken: readonly BodyFormat[],
  expected: string,
): BodyFormat {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const format = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset='));
  const utf8 = charsets.every((charset) => /^charset="?utf-?8"?$/.test(charset));
  if (format !== undefined && taken.includes(format) && utf8) return format;
  throw new RingwatchError('MEDIA_TYPE_UNKNOWN', {
    found: contentType === undefined ? 'that is missing' : contentType.slice(0, 100),
    expected: `${expected}, in UTF-8`,
  });
}

/** How the bytes of a body are packed. Throws ENCODING_UNKNOWN. */
export function encodingOf(contentEncoding: string | undefined): 'identity' | 'gzip' {
  const encoding = (contentEncoding ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return 'identity';
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  throw new RingwatchError('ENCODING_UNKNOWN', { found: encoding.slice(0, 100) });
}
