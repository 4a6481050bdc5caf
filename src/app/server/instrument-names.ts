/** What instruments are called on the dashboard: by their symbol, with the venue where two venues trade the same symbol. */
import type { Instrument } from '#domain';

/** Names the instruments of a run; every name is unique. */
export class InstrumentNames {
  readonly #names = new Map<string, string>();

  constructor(instruments: readonly Instrument[]) {
    const counts = new Map<string, number>();
    for (const { symbol } of instruments) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    for (const { symbol, venue } of instruments) {
      this.#names.set(keyOf(venue, symbol), counts.get(symbol) === 1 ? symbol : `${symbol} ${venue}`);
    }
  }

  /** Returns the name of an instrument. */
  of({ symbol, venue }: { readonly venue: string; readonly symbol: string }): string {
    return this.#names.get(keyOf(venue, symbol)) ?? symbol;
  }
}

function keyOf(venue: string, symbol: string): string {
  return `${venue}|${symbol}`;
}
