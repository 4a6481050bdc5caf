/**
 * Records of a REST answer as text by name, numbers with the digits that the venue wrote. For lists of instruments, which have a hundred fields of
 * which a dozen matter; not for anything that comes often.
 */
import { FrameFault, type JsonCursor } from './json-cursor.ts';

/** Members of one record, those of its inner records included. */
export const RECORD_FIELDS_MAX = 1_024;
const DEPTH_MAX = 8;
const TRUE = 0x74;
const FALSE = 0x66;
const NULL = 0x6e;

/** Text by name; what is `null`, an array or nested too deep is absent; members of inner records are named `outer.inner`. */
export type TextRecord = ReadonlyMap<string, string>;

/** Reads an object as text by name. @throws FrameFault */
export function readRecord(cursor: JsonCursor): TextRecord {
  const record = new Map<string, string>();
  readInto(cursor, record, '', 1);
  return record;
}

/** Reads a list of records, in order. @throws FrameFault */
export function readRecords(cursor: JsonCursor): readonly TextRecord[] {
  const records: TextRecord[] = [];
  cursor.beginArray();
  while (cursor.nextItem()) records.push(readRecord(cursor));
  return records;
}

function readInto(cursor: JsonCursor, record: Map<string, string>, prefix: string, depth: number): void {
  cursor.beginObject();
  while (cursor.nextKey()) {
    const name = prefix + cursor.text();
    const first = cursor.peek();
    if (cursor.isObject && depth < DEPTH_MAX) readInto(cursor, record, `${name}.`, depth + 1);
    else if (cursor.isObject || cursor.isArray || first === NULL) cursor.skip();
    else if (first === TRUE || first === FALSE) record.set(name, String(cursor.readBoolean()));
    else record.set(name, cursor.scalarText());
    if (record.size > RECORD_FIELDS_MAX) {
      throw new FrameFault(`a record has at most ${RECORD_FIELDS_MAX} members`, cursor.at);
    }
  }
}
