/**
 * Reads `exchangeInfo`: what can be traded and by which rules. Steps come from the filters, never from the precision fields, which are finer or
 * coarser than the grid. A symbol that lacks a filter is refused, not guessed. Dated futures are passed over: they are no perpetuals.
 *
 * Books hold prices and quantities that are finer than the filters of today, left from before a step was made coarser: spot BTCUSDT has a lot of
 * 0.00001 and levels like 25.426189. So an instrument gets more decimals than its steps need. USD-M writes its steps with the decimals of its
 * messages (`0.10`, `0.00100`): those are taken. Spot pads everything to eight; there price and quantity get digits in turn as long as
 * they fit (`roomyDecimals`).
 */
import { decimalsOf, formatDecimal, messageOf, parseDecimal, XylenError } from '#core';
import { ATOM_DECIMALS_MAX, type InstrumentSpec } from '#domain';
import type { ListedInstrument } from '../market/index.ts';
import type { BinanceMarket } from './market.ts';

/** A symbol that is listed but cannot be used, and why. */
export interface RefusedSymbol {
  readonly symbol: string;
  readonly reason: string;
}

/** What `exchangeInfo` lists. */
export interface Listing {
  readonly listed: readonly ListedInstrument[];
  readonly refused: readonly RefusedSymbol[];
}

/** A refusal on its way out of the reading of one symbol. */
class SymbolRefusal extends Error {}

type Json = Readonly<Record<string, unknown>>;

const PERPETUAL = ['PERPETUAL', 'TRADIFI_PERPETUAL'];
const SPOT_DECIMALS_MAX = 8;
/** Digits of price beyond the tick's: the step of a price is made coarser once or twice in the life of a symbol. */
const PRICE_DIGITS_MORE = 2;
/** Largest order in lots that leaves room below the safe integers for the volume of a week. */
const ORDER_LOTS_MAX = 1e12;
const PPM_PER_PERCENT_DECIMALS = 4;
const PPM = 1_000_000;
/** Where the venue does not say: no leverage, and a margin that is more than it asks of any large symbol. */
const MAINTENANCE_PPM_DEFAULT = 25_000;
const HALTED = ['PENDING_TRADING', 'PRE_TRADING', 'BREAK', 'HALT', 'AUCTION_MATCH', 'POST_TRADING'];
const TEXT = new TextDecoder('utf-8', { fatal: true });

/** Reads the body of `exchangeInfo`. @throws XY_VENUE_REPLY when it is not a list of symbols */
export function readListing(market: BinanceMarket, body: Uint8Array): Listing {
  const listed: ListedInstrument[] = [];
  const refused: RefusedSymbol[] = [];
  for (const entry of symbolsOf(market, body)) {
    if (market.kind === 'perpetual' && !PERPETUAL.includes(String(entry.contractType))) continue;
    try {
      listed.push(listedOf(market, entry));
    } catch (thrown) {
      if (!(thrown instanceof SymbolRefusal)) throw thrown;
      refused.push({ symbol: String(entry.symbol), reason: thrown.message });
    }
  }
  return { listed, refused };
}

function symbolsOf(market: BinanceMarket, body: Uint8Array): readonly Json[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(TEXT.decode(body));
  } catch (cause) {
    throw badReply(market, messageOf(cause), cause);
  }
  const symbols = isJson(parsed) ? parsed.symbols : undefined;
  if (!Array.isArray(symbols) || !symbols.every(isJson))
    throw badReply(market, "expected a list 'symbols'", undefined);
  return symbols;
}

function badReply(market: BinanceMarket, found: string, cause: unknown): XylenError {
  return new XylenError('XY_VENUE_REPLY', `${market.venue} exchangeInfo: ${found}`, {
    cause,
    fields: { venue: market.venue },
  });
}

function listedOf(market: BinanceMarket, entry: Json): ListedInstrument {
  const symbol = textOf(entry, 'symbol');
  const spec = specOf(market, entry, symbol);
  return { spec, wireSymbol: symbol, restSymbol: symbol, status: statusOf(textOf(entry, 'status')) };
}

function specOf(market: BinanceMarket, entry: Json, symbol: string): InstrumentSpec {
  const filters = filtersOf(entry);
  const tickSize = stepOf(filters, 'PRICE_FILTER', 'tickSize');
  const lotSize = stepOf(filters, 'LOT_SIZE', 'stepSize');
  const lot = filterOf(filters, 'LOT_SIZE');
  const decimals =
    market.kind === 'perpetual'
      ? { price: writtenDecimals(tickSize), qty: writtenDecimals(lotSize) }
      : roomyDecimals(decimalsOf(tickSize), decimalsOf(lotSize), Number(textOf(lot, 'maxQty')));
  return {
    venue: market.venue,
    symbol,
    baseAsset: textOf(entry, 'baseAsset'),
    quoteAsset: textOf(entry, 'quoteAsset'),
    kind: market.kind,
    priceDecimals: decimals.price,
    qtyDecimals: decimals.qty,
    tickSize,
    lotSize,
    ...orderSizes(filters, lotSize, decimals.qty),
    notionalMin: notionalOf(filters),
    ...marginOf(market, entry),
    rulesFrom: 'venue',
  };
}

/** Whole steps that orders of any type may have: the market order's bounds count where they are narrower; its zeros mean that there is none. */
function orderSizes(
  filters: ReadonlyMap<string, Json>,
  lotSize: string,
  decimals: number,
): Pick<InstrumentSpec, 'qtyMin' | 'qtyMax'> {
  const rules = [filterOf(filters, 'LOT_SIZE'), filters.get('MARKET_LOT_SIZE')].filter(
    (rule) => rule !== undefined,
  );
  const minima = rules.map((rule) => lotsOf(rule, 'minQty', decimals)).filter((lots) => lots > 0);
  const maxima = rules.map((rule) => lotsOf(rule, 'maxQty', decimals)).filter((lots) => lots > 0);
  if (minima.length === 0 || maxima.length === 0)
    throw new SymbolRefusal('its quantities have no smallest or no largest');
  const step = parseDecimal(lotSize, decimals);
  return {
    qtyMin: formatDecimal(Math.ceil(Math.max(...minima) / step) * step, decimals),
    qtyMax: formatDecimal(Math.floor(Math.min(...maxima) / step) * step, decimals),
  };
}

/** Returns a quantity in lots, rounded down: bounds of market orders are written finer than the step. */
function lotsOf(rule: Json, name: string, decimals: number): number {
  const text = textOf(rule, name);
  const cut = text.includes('.') ? text.slice(0, text.indexOf('.') + 1 + decimals).replace(/\.$/, '') : text;
  const lots = parseDecimal(cut, decimals);
  if (Number.isNaN(lots) || decimalsOf(text) < 0)
    throw new SymbolRefusal(`${name} '${text}' is no quantity of this program`);
  return lots;
}

function notionalOf(filters: ReadonlyMap<string, Json>): string {
  const rule = filters.get('NOTIONAL') ?? filterOf(filters, 'MIN_NOTIONAL');
  return decimalText(rule, 'minNotional' in rule ? 'minNotional' : 'notional');
}

/**
 * The margin that `exchangeInfo` states for the first tier of all symbols (5 % and 2.5 %): stricter than the tiers of large ones, which only an
 * account can ask for.
 */
function marginOf(
  market: BinanceMarket,
  entry: Json,
): Pick<InstrumentSpec, 'leverageMax' | 'maintenanceMarginPpm'> {
  if (market.kind === 'spot') return { leverageMax: 1, maintenanceMarginPpm: 0 };
  const initialPpm = ppmOf(entry.requiredMarginPercent);
  const maintenancePpm = ppmOf(entry.maintMarginPercent);
  return {
    leverageMax: initialPpm > 0 ? Math.max(1, Math.floor(PPM / initialPpm)) : 1,
    maintenanceMarginPpm:
      maintenancePpm > 0 && maintenancePpm < PPM ? maintenancePpm : MAINTENANCE_PPM_DEFAULT,
  };
}

function ppmOf(percent: unknown): number {
  const ppm = typeof percent === 'string' ? parseDecimal(percent, PPM_PER_PERCENT_DECIMALS) : Number.NaN;
  return Number.isNaN(ppm) ? 0 : ppm;
}

/**
 * Gives price and quantity digits in turn beyond those of their steps: at most eight (the venue writes no more), at most so many together as an
 * account can book, and of quantity so many that the largest order stays below 10^12 lots.
 */
function roomyDecimals(tick: number, lot: number, qtyMax: number): { price: number; qty: number } {
  let price = tick;
  let qty = lot;
  for (let turn = 0; turn < 2 * SPOT_DECIMALS_MAX; turn++) {
    if (price + qty >= ATOM_DECIMALS_MAX) break;
    if (turn % 2 === 0) {
      if (price < Math.min(SPOT_DECIMALS_MAX, tick + PRICE_DIGITS_MORE)) price++;
    } else if (qty < SPOT_DECIMALS_MAX && qtyMax * 10 ** (qty + 1) <= ORDER_LOTS_MAX) qty++;
  }
  return { price, qty };
}

function writtenDecimals(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? decimalsOf(text) : text.length - point - 1;
}

function statusOf(status: string): ListedInstrument['status'] {
  if (status === 'TRADING') return 'trading';
  return HALTED.includes(status) ? 'halted' : 'closed';
}

function filtersOf(entry: Json): ReadonlyMap<string, Json> {
  const { filters } = entry;
  if (!Array.isArray(filters)) throw new SymbolRefusal("it has no list 'filters'");
  return new Map(filters.filter(isJson).map((filter) => [String(filter.filterType), filter]));
}

function filterOf(filters: ReadonlyMap<string, Json>, type: string): Json {
  const filter = filters.get(type);
  if (filter === undefined) throw new SymbolRefusal(`it has no filter ${type}`);
  return filter;
}

/** Returns a step above 0: a step of 0 means that the filter is off. */
function stepOf(filters: ReadonlyMap<string, Json>, type: string, name: string): string {
  const text = decimalText(filterOf(filters, type), name);
  if (!(Number(text) > 0))
    throw new SymbolRefusal(`${name} of ${type} is '${text}', expected a step above 0`);
  return text;
}

function decimalText(entry: Json, name: string): string {
  const text = textOf(entry, name);
  if (decimalsOf(text) < 0 || text.startsWith('-'))
    throw new SymbolRefusal(`${name} '${text}' is no decimal`);
  return text;
}

function textOf(entry: Json, name: string): string {
  const value = entry[name];
  if (typeof value !== 'string' || value === '') throw new SymbolRefusal(`it has no text '${name}'`);
  return value;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
