/** The instruments of a decoder by the names of either stream. */
import { type FeedInstrument, WireSymbols } from '#venues/market';
import { legacyPair } from './asset-names.ts';

const BACKSLASH = 0x5c;
const TEXT = new TextDecoder();

/** Finds instruments by the bytes of a name on the wire. */
export class SpotSymbols {
  readonly #current: WireSymbols;
  readonly #legacy: WireSymbols;

  constructor(instruments: readonly FeedInstrument[]) {
    this.#current = new WireSymbols(instruments);
    const legacy = new Map<string, FeedInstrument>();
    for (const instrument of instruments) legacy.set(legacyPair(instrument.wireSymbol), instrument);
    // A name given in the old spelling stands for itself, also beside the new one.
    for (const instrument of instruments) legacy.set(instrument.wireSymbol, instrument);
    this.#legacy = new WireSymbols(
      [...legacy].map(([wireSymbol, instrument]) => ({ ...instrument, wireSymbol })),
    );
  }

  /** Returns the instrument of a name in the new stream. */
  find(bytes: Uint8Array, start: number, end: number): FeedInstrument | undefined {
    return found(this.#current, bytes, start, end);
  }

  /** Returns the instrument of a name in the old stream. */
  findLegacy(bytes: Uint8Array, start: number, end: number): FeedInstrument | undefined {
    return found(this.#legacy, bytes, start, end);
  }
}

/** Names may be written with escapes (`XBT\/USD`), which are the same name in other bytes. */
function found(
  symbols: WireSymbols,
  bytes: Uint8Array,
  start: number,
  end: number,
): FeedInstrument | undefined {
  const instrument = symbols.find(bytes, start, end);
  if (instrument !== undefined || bytes.subarray(start, end).indexOf(BACKSLASH) < 0) return instrument;
  return symbols.named(JSON.parse(`"${TEXT.decode(bytes.subarray(start, end))}"`) as string);
}
