/** The synthetic market as a market to trade: invented, seeded, endless, and labelled so everywhere. */
import {
  assert,
  canonicalJson,
  type EpochUs,
  floorToTimeframe,
  sha256Hex,
  US_PER_DAY,
  US_PER_MS,
} from '#core';
import { type InstrumentSpec, InstrumentTable } from '#domain';
import {
  SYNTHETIC_SYMBOLS,
  type SyntheticMarketOptions,
  type SyntheticSymbol,
  sourceFrom,
  syntheticInstrument,
  syntheticMarket,
} from '#sim';
import type { XylenConfig } from '../config/schema.ts';
import type { PreparedMarket } from './history-market.ts';

/** A synthetic market with the trading rules of its instruments. */
export interface SyntheticPreparedMarket extends PreparedMarket {
  readonly specs: readonly InstrumentSpec[];
  readonly symbols: readonly string[];
}

/** Where trading in a synthetic market begins when no moment is named: fixed, so that one seed is one market. */
export const SYNTHETIC_TRADE_FROM_US = Date.UTC(2024, 0, 1) * US_PER_MS;

/** Far enough away that a program ends first: what an endless market has as its end. */
const ENDLESS_US = 100 * 365 * US_PER_DAY;
const DAYS_PER_YEAR = 365;

/** Where a synthetic market begins, is seen, traded and ends. */
export interface SyntheticRange {
  /** Begin of the market, rounded down to a day: prices start here. */
  readonly startUs: EpochUs;
  /** First moment that a run sees; everything before has happened unseen. Default: the begin. */
  readonly seenFromUs?: EpochUs;
  /** First moment of trading; everything before it is history. */
  readonly tradeFromUs: EpochUs;
  /** `null` = endless. */
  readonly endUs: EpochUs | null;
}

/** Prepares the market of the configuration. */
export function prepareSyntheticMarket(
  config: XylenConfig,
  seed: number,
  range: SyntheticRange,
): SyntheticPreparedMarket {
  const options = syntheticOptions(config, seed, range);
  const { barUs, symbols } = options;
  const startUs = floorToTimeframe(range.seenFromUs ?? options.startUs, US_PER_DAY);
  assert(
    options.startUs <= startUs && startUs <= range.tradeFromUs,
    'a market is seen from its begin on, and traded after',
  );
  const specs = symbols.map((symbol) => syntheticInstrument(symbol));
  return {
    specs,
    symbols: symbols.map((symbol) => symbol.symbol),
    instruments: new InstrumentTable(specs),
    source: sourceFrom(syntheticMarket(options), startUs),
    sourceTimeframeUs: barUs,
    timeframesUs: config.timeframesUs,
    startUs,
    endUs: range.endUs ?? startUs + ENDLESS_US,
    tradeFromUs: range.tradeFromUs,
    // Made, not recorded: whoever has the options has the data.
    dataHash: sha256Hex(canonicalJson({ synthetic: options, seenFromUs: startUs })),
    hasFunding: true,
    fundingMissing: [],
    dataSets: symbols.map((symbol) => `${symbol.symbol} synthetic`),
  };
}

/** Returns what the market of the configuration is made from. */
export function syntheticOptions(
  config: XylenConfig,
  seed: number,
  { endUs, startUs }: Pick<SyntheticRange, 'startUs' | 'endUs'>,
): SyntheticMarketOptions {
  const { barUs, markets, trendStrength } = config.synthetic;
  return {
    symbols: markets.map((market) => syntheticSymbol(market)),
    trendStrength,
    startUs: floorToTimeframe(startUs, US_PER_DAY),
    endUs,
    barUs,
    seed,
    feedLatencyUs: config.simulation.feedLatencyUs,
  };
}

/** A configured market: known names keep their decimals and sizes, others get some that fit their price. */
function syntheticSymbol(market: XylenConfig['synthetic']['markets'][number]): SyntheticSymbol {
  const known = SYNTHETIC_SYMBOLS.find((symbol) => symbol.symbol === market.symbol);
  const startPrice = Number(market.basePrice);
  const dailyVolatility = market.volatilityAnnual / Math.sqrt(DAYS_PER_YEAR);
  if (known !== undefined) return { ...known, startPrice, dailyVolatility };
  // Five significant digits of price, and lots worth about a tenth of a unit of currency.
  const priceDecimals = Math.min(7, Math.max(0, 4 - Math.floor(Math.log10(startPrice))));
  const qtyDecimals = Math.min(5, Math.max(0, Math.ceil(Math.log10(startPrice * 10))));
  return {
    symbol: market.symbol,
    baseAsset: market.symbol.replace(/USDT$/, '') || market.symbol,
    quoteAsset: 'USDT',
    startPrice,
    priceDecimals,
    qtyDecimals,
    dailyVolatility,
    minuteVolume: 5_000_000 / startPrice,
    marketLoading: 0.6,
  };
}
