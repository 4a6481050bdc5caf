/** The instruments of a feed: found by the bytes of their name on the wire, told apart by a small integer. */
import { assert } from '#core';
import type { InstrumentIx, VenueId } from '#domain';

/** An instrument as a feed needs it: its names and the scale of its numbers. */
export interface FeedInstrument {
  readonly ix: InstrumentIx;
  readonly venue: VenueId;
  /** Name in commands, files and columns. */
  readonly symbol: string;
  /** Name in messages of the venue (`BTC/USD`, `PF_XBTUSD`); compared as written. */
  readonly wireSymbol: string;
  readonly priceDecimals: number;
  /** Decimals of lots, in which every quantity is told; of the base currency, but of the quote currency with inverse contracts. */
  readonly qtyDecimals: number;
  /** Where quantities on the wire count contracts: lots of 10^-`qtyDecimals` in one of them, an integer from 1. Absent = they count the currency. */
  readonly lotsPerContract?: number | undefined;
}

const SLOTS_MIN = 16;

/** Looks instruments up by the bytes of their wire name, without making text; open addressing, FNV-1a. */
export class WireSymbols {
  readonly all: readonly FeedInstrument[];
  readonly #slots: (FeedInstrument | undefined)[];
  readonly #names: (Uint8Array | undefined)[];
  readonly #mask: number;

  /** Wire names are distinct. */
  constructor(instruments: readonly FeedInstrument[]) {
    let size = SLOTS_MIN;
    while (size < instruments.length * 4) size *= 2;
    this.all = instruments;
    this.#mask = size - 1;
    this.#slots = new Array(size);
    this.#names = new Array(size);
    for (const instrument of instruments) this.#insert(instrument);
  }

  /** Returns the instrument whose wire name is `bytes[start, end)`, or `undefined`. */
  find(bytes: Uint8Array, start: number, end: number): FeedInstrument | undefined {
    let slot = hashOf(bytes, start, end) & this.#mask;
    while (true) {
      const name = this.#names[slot];
      if (name === undefined) return undefined;
      if (isEqual(name, bytes, start, end)) return this.#slots[slot];
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Returns the instrument of that wire name, or `undefined`. */
  named(wireSymbol: string): FeedInstrument | undefined {
    const name = new TextEncoder().encode(wireSymbol);
    return this.find(name, 0, name.length);
  }

  #insert(instrument: FeedInstrument): void {
    const name = new TextEncoder().encode(instrument.wireSymbol);
    assert(
      this.find(name, 0, name.length) === undefined,
      `wire symbol ${instrument.wireSymbol} is listed once`,
    );
    let slot = hashOf(name, 0, name.length) & this.#mask;
    while (this.#names[slot] !== undefined) slot = (slot + 1) & this.#mask;
    this.#names[slot] = name;
    this.#slots[slot] = instrument;
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

function isEqual(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
