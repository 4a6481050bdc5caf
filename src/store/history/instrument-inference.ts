/**
 * Trading rules of an instrument whose data are at hand, and the decimals its data are handed out in. Prices are never rounded.
 * Quantities are exact too, as long as price and quantity decimals together fit the ledger (12); where a spot venue of old wrote
 * eight of each, quantities are rounded down to what is left: less volume is the safe side.
 */
import { formatDecimal, XylenError } from '#core';
import { ATOM_DECIMALS_MAX, type InstrumentSpec, type VenueId } from '#domain';
import type { Decimals } from './columns.ts';

/** Quote currencies a symbol without separator may end in, longest first, and the smallest notional to assume for each. */
const QUOTES: readonly (readonly [asset: string, notionalMin: string])[] = [
  ['FDUSD', '10'],
  ['USDT', '10'],
  ['USDC', '10'],
  ['BUSD', '10'],
  ['TUSD', '10'],
  ['USD', '10'],
  ['EUR', '10'],
  ['BTC', '0.0002'],
  ['XBT', '0.0002'],
  ['ETH', '0.003'],
];

/** Quotes of Binance alone: in a symbol of any other venue the letters before USD belong to the base (`XBTUSD`, `DOTUSD`, `BNBUSD`). */
const BINANCE_QUOTES: readonly string[] = ['FDUSD', 'BUSD', 'TUSD'];

/** Leverage to assume for a perpetual whose tiers are not known. */
const LEVERAGE_MAX_INFERRED = 20;
/** Maintenance margin to assume for a perpetual whose tiers are not known: 0.5 %. */
const MAINTENANCE_PPM_INFERRED = 5_000;

/** Returns the decimals in which the data of an instrument are handed out, given what they need and the rules that are known. */
export function decimalsForData(data: Decimals, known: InstrumentSpec | undefined): Decimals {
  const priceDecimals = Math.max(data.priceDecimals, known?.priceDecimals ?? 0);
  const wanted = Math.max(data.qtyDecimals, known?.qtyDecimals ?? 0);
  return { priceDecimals, qtyDecimals: Math.max(0, Math.min(wanted, ATOM_DECIMALS_MAX - priceDecimals)) };
}

/**
 * Returns the rules to trade an instrument by: those known (config or venue), with data decimals widened to what its data need, else
 * rules guessed from the data. @throws XY_INSTRUMENT_UNKNOWN when the symbol has no readable quote, is an inverse contract, or its
 * decimals do not fit the ledger.
 */
export function specForData(
  venue: VenueId,
  symbol: string,
  data: Decimals,
  known: InstrumentSpec | undefined,
): InstrumentSpec {
  const decimals = decimalsForData(data, known);
  if (known === undefined) return inferredSpec(venue, symbol, decimals);
  if (decimals.qtyDecimals < known.qtyDecimals) {
    throw unknownInstrument(
      venue,
      symbol,
      `its data need ${decimals.priceDecimals} price decimals and its rules ${known.qtyDecimals} quantity decimals, together at most ${ATOM_DECIMALS_MAX}`,
    );
  }
  return { ...known, ...decimals };
}

function inferredSpec(venue: VenueId, symbol: string, decimals: Decimals): InstrumentSpec {
  if (/_PERP$/i.test(symbol) || /USD:[A-Z]/i.test(symbol) || isInverseByName(venue, symbol)) {
    throw unknownInstrument(
      venue,
      symbol,
      'inverse contracts (sized in USD, margined in coin) are not supported',
    );
  }
  const { baseAsset, quoteAsset, notionalMin } = splitSymbol(venue, symbol);
  const kind = isFuturesVenue(venue) || symbol.includes(':') ? 'perpetual' : 'spot';
  const lotSize = formatDecimal(1, decimals.qtyDecimals);
  return {
    venue,
    symbol,
    baseAsset,
    quoteAsset,
    kind,
    ...decimals,
    tickSize: formatDecimal(1, decimals.priceDecimals),
    lotSize,
    qtyMin: lotSize,
    // The largest power of ten that is a safe integer of lots, but no more than a billion.
    qtyMax: `1${'0'.repeat(Math.min(9, 15 - decimals.qtyDecimals))}`,
    notionalMin,
    leverageMax: kind === 'perpetual' ? LEVERAGE_MAX_INFERRED : 1,
    maintenanceMarginPpm: kind === 'perpetual' ? MAINTENANCE_PPM_INFERRED : 0,
    rulesFrom: 'inferred',
  };
}

/** Kraken's PI_ and FI_ contracts and KuCoin's USDM ones (margined in coin; its linear ones end in USDTM or USDCM). */
function isInverseByName(venue: VenueId, symbol: string): boolean {
  if (venue === 'kraken-futures') return /^[PF]I_/i.test(symbol);
  return venue === 'kucoin-futures' && /USDM$/i.test(symbol);
}

/** Base and quote together, without what a venue adds for the kind of contract. */
function pairOf(venue: VenueId, symbol: string): string {
  const plain = symbol.toUpperCase().replace(/:.*$/, '');
  if (venue === 'kraken-futures') return plain.replace(/^PF_/, '');
  return venue === 'kucoin-futures' ? plain.replace(/M$/, '') : plain;
}

function isFuturesVenue(venue: VenueId): boolean {
  return venue === 'binance-usdm' || venue.endsWith('-futures');
}

function splitSymbol(
  venue: VenueId,
  symbol: string,
): { baseAsset: string; quoteAsset: string; notionalMin: string } {
  const plain = pairOf(venue, symbol);
  const parted = /^(.+)[-/_](.+)$/.exec(plain);
  for (const [quote, notionalMin] of QUOTES) {
    if (parted !== null) {
      if (parted[2] === quote) return { baseAsset: parted[1]!, quoteAsset: quote, notionalMin };
    } else if (plain.length > quote.length && plain.endsWith(quote) && isQuoteOf(venue, quote)) {
      return { baseAsset: plain.slice(0, -quote.length), quoteAsset: quote, notionalMin };
    }
  }
  const quotes = QUOTES.map(([quote]) => quote).join(', ');
  throw unknownInstrument(
    venue,
    symbol,
    `its quote currency is none of ${quotes}; name its rules in the configuration`,
  );
}

function isQuoteOf(venue: VenueId, quote: string): boolean {
  return /^(ccxt:)?binance/.test(venue) || !BINANCE_QUOTES.includes(quote);
}

function unknownInstrument(venue: VenueId, symbol: string, why: string): XylenError {
  return new XylenError('XY_INSTRUMENT_UNKNOWN', `${venue} ${symbol}: ${why}`, { fields: { venue, symbol } });
}
