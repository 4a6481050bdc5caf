/**
 * Markets of ccxt as instruments: spot and linear perpetuals. Their symbol is ccxt's unified one (`BTC/USDT`, `BTC/USDT:USDT`), on the wire and in requests
 * too. Quantities of contracts are contracts: where one is not one base unit (`contractSize`), it can be recorded, not traded.
 */
import { assert, decimalsOf, formatDecimal, parseDecimal, XylenError } from '#core';
import { ATOM_DECIMALS_MAX, type InstrumentSpec, type VenueId } from '#domain';
import type { ListedInstrument } from '../market/index.ts';
import type { CcxtExchange, CcxtMarket, CcxtNumber } from './exchange.ts';
import { decimalTextOf } from './numbers.ts';

/** ccxt's ways to state precision. */
const DECIMAL_PLACES = 2;
const SIGNIFICANT_DIGITS = 3;
const TICK_SIZE = 4;
/** Books hold prices that are finer than the step of today, left from before it was made coarser. */
const PRICE_DIGITS_MORE = 2;
/** Where digits of prices are significant ones, quantities have eight decimals at most (Bitfinex, Bithumb), and a price may fall to a tenth. */
const SIGNIFICANT_QTY_DECIMALS = 8;
const PPM = 1_000_000;

/** How fine a market's numbers are. */
interface Steps {
  readonly tickSize: string;
  readonly lotSize: string;
}

/**
 * Returns a market as an instrument. `lastPrice` is needed where precision counts significant digits. @throws XY_INSTRUMENT_UNKNOWN when the market is of
 * no kind that there is here, or states no precision
 */
export function listedOf(
  exchange: CcxtExchange,
  market: CcxtMarket,
  lastPrice: CcxtNumber,
): ListedInstrument {
  const { symbol } = market;
  const steps = stepsOf(exchange, market, lastPrice);
  const spec: InstrumentSpec = {
    venue: venueOf(exchange),
    symbol,
    baseAsset: market.base,
    quoteAsset: market.quote,
    kind: kindOf(exchange, market),
    ...decimalsOfSteps(steps),
    ...steps,
    ...sizesOf(market, steps),
    ...marginOf(market),
    rulesFrom: 'venue',
  };
  return {
    spec,
    wireSymbol: symbol,
    restSymbol: symbol,
    status: market.active === false ? 'halted' : 'trading',
    untradable: untradableOf(market),
  };
}

function untradableOf({ contractSize, spot }: CcxtMarket): string | undefined {
  if (spot === true) return undefined;
  const size = decimalTextOf(contractSize);
  if (size !== undefined && parseDecimal(size, 0) === 1) return undefined;
  return `its sizes are contracts of ${size ?? 'an unstated number of'} base units, which are not supported for trading`;
}

/** Returns the id of an exchange's venue. */
export function venueOf(exchange: CcxtExchange): VenueId {
  return `ccxt:${exchange.id}`;
}

/** True when the market's precision can be told only with a price. */
export function needsPrice(exchange: CcxtExchange): boolean {
  return exchange.precisionMode === SIGNIFICANT_DIGITS;
}

function kindOf(exchange: CcxtExchange, market: CcxtMarket): InstrumentSpec['kind'] {
  if (market.spot === true) return 'spot';
  if (market.swap === true && market.linear === true) return 'perpetual';
  throw refusal(exchange, market, 'neither spot nor a linear perpetual');
}

function stepsOf(exchange: CcxtExchange, market: CcxtMarket, lastPrice: CcxtNumber): Steps {
  const { amount, price } = market.precision;
  const step = (value: CcxtNumber): string => stepOf(exchange, market, value);
  if (exchange.precisionMode !== SIGNIFICANT_DIGITS) return { tickSize: step(price), lotSize: step(amount) };
  const last = Number(lastPrice);
  const digits = Number(price);
  if (!(last > 0) || !(digits >= 1))
    throw refusal(exchange, market, 'of significant digits, without a price');
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(last)));
  return { tickSize: formatDecimal(1, decimals), lotSize: formatDecimal(1, SIGNIFICANT_QTY_DECIMALS) };
}

/** A step as text, from a step or from a number of decimal places (negative: tens, hundreds). */
function stepOf(exchange: CcxtExchange, market: CcxtMarket, value: CcxtNumber): string {
  const text = decimalTextOf(value);
  if (exchange.precisionMode === TICK_SIZE && text !== undefined && Number(text) > 0) return text;
  const places = Number(text);
  if (exchange.precisionMode === DECIMAL_PLACES && Number.isInteger(places) && Math.abs(places) <= 15) {
    return places >= 0 ? formatDecimal(1, places) : `1${'0'.repeat(-places)}`;
  }
  throw refusal(exchange, market, `without a precision that can be read ('${value}')`);
}

/** Price and quantity have the decimals of their steps; the price some more as long as an account can book it. */
function decimalsOfSteps({ lotSize, tickSize }: Steps): { priceDecimals: number; qtyDecimals: number } {
  const qtyDecimals = decimalsOf(lotSize);
  const tickDecimals = decimalsOf(tickSize);
  const room = Math.max(0, ATOM_DECIMALS_MAX - qtyDecimals - tickDecimals);
  return { priceDecimals: tickDecimals + Math.min(PRICE_DIGITS_MORE, room), qtyDecimals };
}

function sizesOf(
  { limits }: CcxtMarket,
  { lotSize }: Steps,
): Pick<InstrumentSpec, 'qtyMin' | 'qtyMax' | 'notionalMin'> {
  const decimals = decimalsOf(lotSize);
  const lot = parseDecimal(lotSize, decimals);
  const size = (value: CcxtNumber, otherwise: string): string => {
    const text = decimalTextOf(value);
    return text !== undefined && parseDecimal(text, decimals) >= lot ? text : otherwise;
  };
  const cost = decimalTextOf(limits.cost?.min) ?? '0';
  return {
    qtyMin: size(limits.amount?.min, lotSize),
    qtyMax: size(limits.amount?.max, formatDecimal(Number.MAX_SAFE_INTEGER, decimals)),
    notionalMin: cost.startsWith('-') ? '0' : cost,
  };
}

/** ccxt does not say what margin is maintained: the whole initial margin ends a position no later than the venue would. */
function marginOf({
  limits,
  spot,
}: CcxtMarket): Pick<InstrumentSpec, 'leverageMax' | 'maintenanceMarginPpm'> {
  if (spot === true) return { leverageMax: 1, maintenanceMarginPpm: 0 };
  const stated = Math.floor(Number(limits.leverage?.max));
  const leverageMax = Number.isSafeInteger(stated) && stated >= 1 ? stated : 1;
  return { leverageMax, maintenanceMarginPpm: Math.min(PPM - 1, Math.ceil(PPM / leverageMax)) };
}

function refusal(exchange: CcxtExchange, { symbol }: CcxtMarket, why: string): XylenError {
  assert(symbol !== '', 'a market of ccxt has a symbol');
  return new XylenError('XY_INSTRUMENT_UNKNOWN', `ccxt:${exchange.id} ${symbol} is ${why}`, {
    fields: { exchange: exchange.id, symbol },
  });
}
