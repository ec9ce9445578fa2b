import type { ByteReader, ByteWriter } from '../../core/bytes.ts';
import type { Value } from '../../core/types.ts';

const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const INTEGER = 3;
const DOUBLE = 4;
const TEXT = 5;

/** Writes a scalar so that it reads back without knowing its type. */
export function writeValue(writer: ByteWriter, value: Value): void {
  switch (typeof value) {
    case 'string':
      writer.u8(TEXT);
      writer.text(value);
      return;
    case 'number':
      if (Number.isSafeInteger(value)) {
        writer.u8(INTEGER);
        writer.integer(value);
      } else {
        writer.u8(DOUBLE);
        writer.f64(value);
      }
      return;
    case 'bigint':
      writer.u8(INTEGER);
      writer.integer(value);
      return;
    case 'boolean':
      writer.u8(value ? TRUE : FALSE);
      return;
    default:
      writer.u8(NULL);
  }
}

/** Reads what writeValue wrote. */
export function readValue(reader: ByteReader): Value {
  switch (reader.u8()) {
    case TEXT:
      return reader.text();
    case INTEGER:
      return reader.integer();
    case DOUBLE:
      return reader.f64();
    case TRUE:
      return true;
    case FALSE:
      return false;
    default:
      return null;
  }
}

/** Writes a list of scalars after their number. */
export function writeValues(writer: ByteWriter, values: readonly Value[]): void {
  writer.varint(values.length);
  for (const value of values) writeValue(writer, value);
}

/** Reads what writeValues wrote. */
export function readValues(reader: ByteReader): Value[] {
  const values: Value[] = [];
  for (let count = reader.varint(); count > 0; count--) values.push(readValue(reader));
  return values;
}
