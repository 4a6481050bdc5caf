/** Sections about what is traded and where: `venues` with instruments and fees, `timeframes`. */
import { decimalsOf, US_PER_MINUTE } from '#core';
import { ATOM_DECIMALS_MAX, type InstrumentSpec, parseVenueId, VENUE_IDS, type VenueId } from '#domain';
import { key, keyOfRecords, mapped, section } from './key.ts';
import {
  bps,
  choice,
  count,
  duration,
  exactDecimal,
  fractionPpm,
  listOf,
  orNull,
  parsedText,
  text,
  type ValueType,
} from './value-type.ts';

const SYMBOLS_MAX = 500;
const TIMEFRAMES_MAX = 6;
const FEE_BPS = { min: -10, max: 1000 };
const QTY = { min: 0, max: 1_000_000_000, decimals: 12 };

/** The venue id of a section's `other`: every venue without a line of its own. */
export const OTHER_VENUE = 'other';

/** Returns the type of a venue id. */
export function venueId(): ValueType<VenueId> {
  return parsedText(
    { pattern: /^[a-z0-9:_-]{1,45}$/, allowed: `a venue id (${VENUE_IDS.join(', ')} or ccxt:NAME)` },
    parseVenueId,
  );
}

/** Returns the type of a symbol as the venue spells it. */
export function symbol(): ValueType<string> {
  return text({
    pattern: /^[A-Za-z0-9][A-Za-z0-9/:._-]{0,39}$/,
    allowed: 'a symbol of at most 40 characters as the venue spells it, such as BTCUSDT',
  });
}

const instrumentFields = section(
  'instrument',
  'Trading rules of one instrument, used instead of the built-in or inferred ones',
  {
    venue: key('venue', orNull(venueId(), 'the venue of `venues.id`'), {
      default: null,
      doc: 'Venue that the rules belong to',
    }),
    symbol: key('symbol', symbol(), { doc: 'Symbol that the rules belong to' }),
    base_asset: key('baseAsset', symbol(), { doc: 'Asset that is bought and sold' }),
    quote_asset: key('quoteAsset', symbol(), { default: 'USDT', doc: 'Asset that prices are in' }),
    kind: key('kind', choice(['perpetual', 'spot']), { default: 'perpetual', doc: 'Kind of contract' }),
    tick_size: key('tickSize', exactDecimal({ ...QTY, unit: 'quote currency' }), {
      doc: 'Smallest price step of an order',
    }),
    lot_size: key('lotSize', exactDecimal({ ...QTY, unit: 'base asset' }), {
      doc: 'Smallest quantity step of an order',
    }),
    price_decimals: key(
      'priceDecimals',
      orNull(count({ min: 0, max: ATOM_DECIMALS_MAX, unit: 'decimals' }), 'the decimals of tick_size'),
      { default: null, doc: 'Decimals of the finest price in market data' },
    ),
    qty_decimals: key(
      'qtyDecimals',
      orNull(count({ min: 0, max: ATOM_DECIMALS_MAX, unit: 'decimals' }), 'the decimals of lot_size'),
      { default: null, doc: 'Decimals of the finest quantity in market data' },
    ),
    qty_min: key('qtyMin', orNull(exactDecimal({ ...QTY, unit: 'base asset' }), 'lot_size'), {
      default: null,
      doc: 'Smallest quantity of one order',
    }),
    qty_max: key('qtyMax', exactDecimal({ ...QTY, unit: 'base asset' }), {
      doc: 'Largest quantity of one order',
    }),
    notional_min: key('notionalMin', exactDecimal({ ...QTY, decimals: 8, unit: 'quote currency' }), {
      default: 10,
      doc: 'Smallest notional of an opening order',
    }),
    leverage_max: key('leverageMax', count({ min: 1, max: 150, unit: 'times' }), {
      default: 20,
      doc: 'Largest leverage that the venue offers',
    }),
    maintenance_margin: key('maintenanceMarginPpm', fractionPpm({ min: 0, max: 0.5 }), {
      default: 0.025,
      doc: 'Maintenance margin as a part of the notional',
    }),
  },
  (rules, report) => {
    const priceDecimals = rules.priceDecimals ?? decimalsOf(rules.tickSize);
    const qtyDecimals = rules.qtyDecimals ?? decimalsOf(rules.lotSize);
    if (Number(rules.tickSize) === 0) report('tick_size', 'expected more than 0');
    if (Number(rules.lotSize) === 0) report('lot_size', 'expected more than 0');
    if (decimalsOf(rules.tickSize) > priceDecimals)
      report('price_decimals', `expected at least the ${decimalsOf(rules.tickSize)} decimals of tick_size`);
    for (const [name, value] of [
      ['lot_size', rules.lotSize],
      ['qty_min', rules.qtyMin ?? rules.lotSize],
      ['qty_max', rules.qtyMax],
    ] as const) {
      if (decimalsOf(value) > qtyDecimals)
        report(
          name,
          `expected at most the ${qtyDecimals} decimals of a quantity (qty_decimals, else those of lot_size)`,
        );
    }
    if (priceDecimals + qtyDecimals > ATOM_DECIMALS_MAX)
      report('tick_size', `expected price decimals + quantity decimals of at most ${ATOM_DECIMALS_MAX}`);
    if (rules.qtyMin !== null && Number(rules.qtyMin) === 0) report('qty_min', 'expected more than 0');
    if (Number(rules.qtyMax) < Number(rules.qtyMin ?? rules.lotSize))
      report('qty_max', 'expected at least qty_min');
  },
);

/** An instrument of the file; `venue` null = the venue of `venues.id`, filled in by the section. */
const instrument = mapped(instrumentFields, (rules) => ({
  ...rules,
  priceDecimals: rules.priceDecimals ?? decimalsOf(rules.tickSize),
  qtyDecimals: rules.qtyDecimals ?? decimalsOf(rules.lotSize),
  qtyMin: rules.qtyMin ?? rules.lotSize,
  rulesFrom: 'config' as const,
}));

const fee = <const As extends string>(venue: As, maker: number, taker: number) =>
  section(venue, `Base fees of ${venue === OTHER_VENUE ? 'every venue without a line of its own' : venue}`, {
    maker_bps: key('makerPpm', bps(FEE_BPS), {
      default: maker,
      doc: 'Fee of an order that rested; negative = rebate',
    }),
    taker_bps: key('takerPpm', bps(FEE_BPS), { default: taker, doc: 'Fee of an order that took liquidity' }),
  });

const fees = section('fees', 'Fees in simulation and in the expected value of a trade', {
  'binance-usdm': fee('binance-usdm', 2, 5),
  'binance-spot': fee('binance-spot', 10, 10),
  'binanceus-spot': fee('binanceus-spot', 10, 10),
  coinbase: fee('coinbase', 60, 120),
  'kraken-spot': fee('kraken-spot', 25, 40),
  'kraken-futures': fee('kraken-futures', 2, 5),
  'kucoin-spot': fee('kucoin-spot', 10, 10),
  'kucoin-futures': fee('kucoin-futures', 2, 6),
  sim: fee('sim', 2, 5),
  [OTHER_VENUE]: fee(OTHER_VENUE, 60, 120),
});

const venuesFields = section(
  'venues',
  'What is traded and where',
  {
    id: key('id', venueId(), { default: 'binance-usdm', doc: 'Venue that is traded' }),
    symbols: key('symbols', listOf(symbol(), { min: 1, max: SYMBOLS_MAX }), {
      default: ['BTCUSDT'],
      doc: 'Symbols that are traded, all on one account',
    }),
    instruments: keyOfRecords('instruments', instrument, {
      default: [],
      max: SYMBOLS_MAX,
      doc: 'Trading rules that replace the built-in or inferred ones',
    }),
    fees,
  },
  (venues, report) => {
    const keys = venues.instruments.map(({ venue, symbol }) => `${venue ?? venues.id} ${symbol}`);
    const twice = keys.find((name, index) => keys.indexOf(name) !== index);
    if (twice !== undefined) report('instruments', `has two records of ${twice}`);
  },
);

/** `venues`: venue, symbols, trading rules and fees. */
export const venues = mapped(venuesFields, (values) => ({
  ...values,
  instruments: values.instruments.map(
    (rules): InstrumentSpec => ({ ...rules, venue: rules.venue ?? values.id }),
  ),
}));

const timeframeList = listOf(duration({ min: '1m', max: '1d' }), { min: 1, max: TIMEFRAMES_MAX });

/** `timeframes`: the first is the one that decisions are made on. */
export const timeframes = key(
  'timeframesUs',
  {
    ...timeframeList,
    schema: timeframeList.schema.superRefine((values, context) => {
      const first = values[0] ?? US_PER_MINUTE;
      values.forEach((us, index) => {
        const previous = values[index - 1] ?? 0;
        if (us % US_PER_MINUTE !== 0)
          context.addIssue({ code: 'custom', message: 'expected whole minutes', path: [index], input: us });
        else if (us <= previous)
          context.addIssue({
            code: 'custom',
            message: 'expected timeframes in rising order',
            path: [index],
            input: us,
          });
        else if (us % first !== 0)
          context.addIssue({
            code: 'custom',
            message: 'expected a multiple of the first timeframe',
            path: [index],
            input: us,
          });
      });
    }),
  },
  {
    default: ['5m', '15m', '1h'],
    doc: 'Candle lengths, rising, each a multiple of the first; decisions are made at the close of the first',
  },
);
