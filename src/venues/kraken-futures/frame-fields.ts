/**
 * The members of a flat message by where they stand. Kraken futures does not promise an order of members (`feed` comes last in a ticker), and how a
 * number is read depends on the product; so a message is looked through once, its members noted, and then read.
 */
import { bytesOf, FrameFault, type JsonCursor } from '#venues/market';

/** Members that mean something to this program. */
const NAMES = [
  'feed',
  'event',
  'product_id',
  'product_ids',
  'message',
  'seq',
  'timestamp',
  'time',
  'side',
  'price',
  'qty',
  'type',
  'bids',
  'asks',
  'trades',
  'bid',
  'bid_size',
  'ask',
  'ask_size',
  'markPrice',
  'index',
  'openInterest',
  'relative_funding_rate',
  'next_funding_rate_time',
] as const;

/** Name of a member. */
export type FieldName = (typeof NAMES)[number];

interface Field {
  readonly slot: number;
  readonly word: Uint8Array;
}

const NULL = 0x6e;
const LENGTH_MAX = Math.max(...NAMES.map((name) => name.length));
const FIELDS: readonly Field[] = NAMES.map((name, slot) => ({ slot, word: bytesOf(name) }));
/** Fields by the length of their name. */
const BY_LENGTH: readonly (readonly Field[])[] = Array.from({ length: LENGTH_MAX + 1 }, (_, length) =>
  FIELDS.filter(({ word }) => word.length === length),
);
/** Places of the fields by name. */
const SLOTS = Object.fromEntries(NAMES.map((name, slot) => [name, slot])) as Readonly<
  Record<FieldName, number>
>;

/** Where the members of one object begin; -1 = absent, or `null`. */
export class FrameFields {
  readonly #cursor: JsonCursor;
  readonly #at = new Int32Array(NAMES.length).fill(-1);

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor;
  }

  /** Notes the members of the object at the cursor and leaves the cursor behind it. */
  scan(): void {
    const cursor = this.#cursor;
    const at = this.#at;
    at.fill(-1);
    cursor.beginObject();
    while (cursor.nextKey()) {
      const slot = slotOf(cursor);
      if (slot >= 0) at[slot] = cursor.peek() === NULL ? -1 : cursor.at;
      cursor.skip();
    }
  }

  /** True when the object has the member. */
  has(name: FieldName): boolean {
    return this.#at[SLOTS[name]]! >= 0;
  }

  /** Moves the cursor to a member's value. @throws FrameFault when it is absent */
  seek(name: FieldName): JsonCursor {
    const at = this.#at[SLOTS[name]]!;
    if (at < 0) throw new FrameFault(`expected '${name}' in the message`, 0);
    this.#cursor.at = at;
    return this.#cursor;
  }
}

function slotOf(cursor: JsonCursor): number {
  const fields = BY_LENGTH[cursor.textEnd - cursor.textStart];
  if (fields === undefined) return -1;
  for (let i = 0; i < fields.length; i++) if (cursor.textIs(fields[i]!.word)) return fields[i]!.slot;
  return -1;
}
