/** The instruments of order entry: their names in requests, the scale of their numbers, and what their rules need on the wire. */
import type { InstrumentIx, VenueId } from '#domain';

/** An instrument as order entry needs it. */
export interface EntryInstrument {
  readonly ix: InstrumentIx;
  readonly venue: VenueId;
  /** Name in commands, files and columns. */
  readonly symbol: string;
  /** Name in private messages. */
  readonly wireSymbol: string;
  /** Name in requests where it differs from `wireSymbol`. */
  readonly restSymbol: string;
  readonly kind: 'perpetual' | 'spot';
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly priceDecimals: number;
  /** Decimals of lots, of the base currency. */
  readonly qtyDecimals: number;
  /** Where quantities on the wire count contracts: lots in one of them. Absent = they count the base currency. */
  readonly lotsPerContract?: number | undefined;
}

/** Finds instruments by the names that venues use. */
export class EntryInstruments {
  readonly all: readonly EntryInstrument[];
  readonly #byName = new Map<string, EntryInstrument>();

  constructor(instruments: readonly EntryInstrument[]) {
    this.all = instruments;
    for (const instrument of instruments) {
      this.#byName.set(instrument.wireSymbol, instrument);
      this.#byName.set(instrument.restSymbol, instrument);
    }
  }

  /** Returns the instrument that a message or a reply calls so; `undefined` for those that nobody here trades. */
  named(name: string): EntryInstrument | undefined {
    return this.#byName.get(name);
  }
}
