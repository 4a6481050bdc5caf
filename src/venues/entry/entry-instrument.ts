/** The instruments of order entry: their names in requests, the scale of their numbers, and what their rules need on the wire. */
import type { FeedInstrument } from '../market/index.ts';

/** An instrument as order entry needs it; its `wireSymbol` is the name in private messages, its lots are of the base currency. */
export interface EntryInstrument extends FeedInstrument {
  /** Name in requests where it differs from `wireSymbol`. */
  readonly restSymbol: string;
  readonly kind: 'perpetual' | 'spot';
  readonly baseAsset: string;
  readonly quoteAsset: string;
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
