/** Which instrument of one venue is compared with which of another. */
import { XylenError } from '#core';
import type { FollowedInstrument } from './frame-source.ts';
import type { InstrumentPair } from './row-table.ts';

/**
 * Pairs instruments: in their order where the symbols of the other venue were stated, else by name, or one with one.
 * @throws XY_USAGE naming an instrument without a counterpart.
 */
export function pairedInstruments(
  own: readonly FollowedInstrument[],
  other: readonly FollowedInstrument[] | null,
  isInOrder: boolean,
): readonly InstrumentPair[] {
  if (other === null) return own.map((instrument, ix) => ({ ix, own: instrument, other: null }));
  if (isInOrder && own.length !== other.length) {
    const message = `--other-symbol: expected ${own.length}, one for each of --symbol, found ${other.length}`;
    throw new XylenError('XY_USAGE', message, { fields: { option: '--other-symbol' } });
  }
  return own.map((instrument, ix) => {
    const at = isInOrder ? ix : counterpartOf(instrument, own, other);
    const counterpart = other[at];
    if (counterpart !== undefined)
      return { ix, own: instrument, other: { ix: own.length + at, instrument: counterpart } };
    const { symbol } = instrument;
    const names = other.map((one) => one.symbol).join(', ');
    const message = `--other-symbol: expected one for each symbol, found none for ${symbol} (the other venue has ${names})`;
    throw new XylenError('XY_USAGE', message, { fields: { option: '--other-symbol', symbol } });
  });
}

function counterpartOf(
  { symbol }: FollowedInstrument,
  own: readonly FollowedInstrument[],
  other: readonly FollowedInstrument[],
): number {
  if (own.length === 1 && other.length === 1) return 0;
  return other.findIndex((candidate) => plain(candidate.symbol) === plain(symbol));
}

/** Letters and digits alone: `BTC-USD`, `btc/usd` and `BTCUSD` are one market to whoever types them. */
function plain(symbol: string): string {
  return symbol.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
