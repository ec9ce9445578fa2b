import type { FastifyRequest } from 'fastify';
import type { BodyFormat } from '../../core/ports/body-encoder.ts';
import { BodyBytes } from './body-bytes.ts';
import { encodingOf, formatOf } from './body-format.ts';

/** A request's body of rows, not read yet, and how they are written. Throws MEDIA_TYPE_UNKNOWN, ENCODING_UNKNOWN. */
export function rowBodyOf(
  request: FastifyRequest,
  bytesMax: number,
): { readonly format: BodyFormat; readonly body: BodyBytes } {
  const format = formatOf(
    request.headers['content-type'],
    ['ndjson', 'csv'],
    'application/x-ndjson or text/csv',
  );
  const encoding = encodingOf(request.headers['content-encoding']);
  return { format, body: new BodyBytes(request.raw, encoding, { bytesMax }) };
}
