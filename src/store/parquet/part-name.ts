/**
 * Names of parts: `2024-05-01T13.part-3fa9c1d2-0000000000000123-0000000000000456.parquet`. A part holds the rows of one data set and one
 * partition that came from records [123, 456) of the event log whose id starts with the tag. The name is the recorder's proof that
 * these records are in the archive: it becomes valid with the rename that puts the part in its place.
 */

/** Extension of archive files. */
export const PARQUET_SUFFIX = '.parquet';

/** What a part is made of. */
export interface PartName {
  /** Name of the partition. */
  readonly partition: string;
  /** Beginning of the log's id: offsets of another log mean nothing. */
  readonly logTag: string;
  readonly fromOffset: number;
  readonly toOffset: number;
}

const TAG_DIGITS = 8;
const OFFSET_DIGITS = 16;
const PART_NAME = /^(\d{4}-\d{2}(?:-\d{2}(?:T\d{2})?)?)\.part-([0-9a-z]{8})-(\d{16})-(\d{16})\.parquet$/;

/** Returns the tag of a log's id. */
export function logTagOf(logId: string): string {
  return logId
    .toLowerCase()
    .replaceAll(/[^0-9a-z]/g, '')
    .padEnd(TAG_DIGITS, '0')
    .slice(0, TAG_DIGITS);
}

/** Returns the file name of a part. */
export function formatPartName({ fromOffset, logTag, partition, toOffset }: PartName): string {
  const digits = (offset: number): string => String(offset).padStart(OFFSET_DIGITS, '0');
  return `${partition}.part-${logTag}-${digits(fromOffset)}-${digits(toOffset)}${PARQUET_SUFFIX}`;
}

/** Returns what a file name says of a part; `null` when it is the name of none. */
export function parsePartName(name: string): PartName | null {
  const match = PART_NAME.exec(name);
  if (match === null) return null;
  const [, partition = '', logTag = '', from, to] = match;
  return { partition, logTag, fromOffset: Number(from), toOffset: Number(to) };
}
