/**
 * Reads an order from its parameters and holds it against the filters of its symbol, in the venue's order: parameters, filters; margin and
 * market are asked later. A refusal is the venue's own.
 */
import { type EpochUs, US_PER_SECOND } from '#core';
import type { Instrument, PositionSide, Side } from '#domain';
import type { PositionMode } from '#sim';
import type { ApiParams } from './api-params.ts';
import { type ApiRefusal, refuse } from './api-refusal.ts';
import { notionalText, PERCENT_PRICE_PPM, PRICE_TICKS_MAX } from './exchange-info.ts';
import type { MarketBoard, SymbolBoard } from './market-board.ts';
import { msOf, priceText } from './market-forms.ts';
import { type OrderTif, type OrderWish, STP_MODES, type StpMode } from './order-record.ts';

/** The conditional types, which have a service of their own. */
export const ALGO_TYPES = [
  'STOP',
  'STOP_MARKET',
  'TAKE_PROFIT',
  'TAKE_PROFIT_MARKET',
  'TRAILING_STOP_MARKET',
] as const;

const POSITION_SIDES = { BOTH: 'both', LONG: 'long', SHORT: 'short' } as const;
const TIFS = ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'] as const;
const CLIENT_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/;
const GTD_AHEAD_US = 600 * US_PER_SECOND;
const GTD_MAX_MS = 253_402_300_799_000;
const PPM = 1_000_000;
/** Which level of which side a matched price is: own side for QUEUE, the other one for OPPONENT. */
const PRICE_MATCH = /^(OPPONENT|QUEUE)(?:_(5|10|20))?$/;

/** Reads an order. */
export function readOrder(
  params: ApiParams,
  board: MarketBoard,
  mode: PositionMode,
  nowUs: EpochUs,
): OrderWish | ApiRefusal {
  const symbol = readSymbol(params, board);
  checkTrading(params, board);
  const side = readSide(params);
  const type = params.need('type').toUpperCase();
  if (params.fault !== null || symbol === undefined) return params.fault ?? refuse('-1121');
  if ((ALGO_TYPES as readonly string[]).includes(type)) return refuse('-4120');
  if (type !== 'LIMIT' && type !== 'MARKET') return refuse('-1116');
  const positionSide = readPositionSide(params, mode);
  const { instrument } = symbol;
  const timeInForce = type === 'LIMIT' ? readTif(params) : 'GTC';
  if (type === 'MARKET')
    for (const name of ['price', 'timeInForce', 'priceMatch']) refuseIfSent(params, name);
  const qtyLots = readQuantity(params, instrument);
  const priceTicks = type === 'LIMIT' ? readPrice(params, symbol, side) : null;
  const goodTillMs = readGoodTill(params, timeInForce, nowUs);
  const clientOrderId = readClientId(params, 'newClientOrderId');
  const stpMode: StpMode = params.choice('selfTradePreventionMode', STP_MODES);
  const priceMatch = params.text('priceMatch')?.toUpperCase() ?? 'NONE';
  const reduceOnly = readReduceOnly(params, mode);
  if (params.has('stopPrice') || params.flag('closePosition')) params.refuse(refuse('-4120'));
  if (params.fault !== null) return params.fault;
  const wish = { instrument, side, positionSide, type, timeInForce, qtyLots, priceTicks } as const;
  return { ...wish, reduceOnly, clientOrderId, stpMode, priceMatch, goodTillMs, origin: null };
}

/** Reads the symbol; notes a fault where it is none. */
export function readSymbol(params: ApiParams, board: MarketBoard): SymbolBoard | undefined {
  const name = params.need('symbol');
  const symbol = board.find(name);
  if (symbol === undefined) params.refuse(refuse('-1121'));
  return symbol;
}

/** Notes a fault where nothing can be traded any more. */
export function checkTrading(params: ApiParams, board: MarketBoard): void {
  if (board.isEnded) params.refuse(refuse('-4108'));
}

/** Reads the side. */
export function readSide(params: ApiParams): Side {
  params.need('side');
  return params.choice('side', ['BUY', 'SELL'], '-1117') === 'BUY' ? 'buy' : 'sell';
}

/** Reads the side of the position that is meant; notes a fault for one that the mode does not have, `BOTH` where none was sent. */
export function readPositionSide(params: ApiParams, mode: PositionMode): PositionSide {
  const side = params.choice('positionSide', ['BOTH', 'LONG', 'SHORT'], '-4060');
  if ((side === 'BOTH') !== (mode === 'one-way')) params.refuse(refuse('-4061'));
  return POSITION_SIDES[side];
}

/** Reads whether an order may only reduce; in hedge mode its sides say so and it may not be sent. */
export function readReduceOnly(params: ApiParams, mode: PositionMode): boolean {
  if (mode === 'hedge') refuseIfSent(params, 'reduceOnly');
  return params.flag('reduceOnly');
}

/** Reads a client's own id; `null` when none was sent. */
export function readClientId(params: ApiParams, name: string): string | null {
  const id = params.text(name);
  if (id === null || CLIENT_ID.test(id)) return id;
  params.refuse(id.length > 36 ? refuse('-4015') : refuse('-1100', name, '^[\\.A-Z\\:/a-z0-9_-]{1,36}$'));
  return null;
}

/** Reads the quantity and holds it against its filter; 0, with a fault, when it is missing. */
export function readQuantity(params: ApiParams, instrument: Instrument): number {
  params.need('quantity');
  const lots = params.decimal('quantity', instrument.qtyDecimals);
  if (lots === null) return 0;
  const { lotStep, qtyLotsMax, qtyLotsMin } = instrument;
  if (lots <= 0) params.refuse(refuse('-4003'));
  else if (lots < qtyLotsMin) params.refuse(refuse('-4004'));
  else if (lots > qtyLotsMax) params.refuse(refuse('-4005'));
  else if (lots % lotStep !== 0) params.refuse(refuse('-4023'));
  return lots;
}

/** Reads the limit price, or finds the one that is matched to the book. */
export function readPrice(params: ApiParams, symbol: SymbolBoard, side: Side): number | null {
  const match = params.text('priceMatch')?.toUpperCase() ?? 'NONE';
  if (match !== 'NONE') {
    const [, whose, depth] = PRICE_MATCH.exec(match) ?? [];
    if (whose === undefined) params.refuse(refuse('-1130', 'priceMatch'));
    refuseIfSent(params, 'price');
    const bookSide: Side = (whose === 'QUEUE') === (side === 'buy') ? 'buy' : 'sell';
    const ticks = symbol.levelTicks(bookSide, depth === undefined ? 0 : Number(depth) - 1);
    if (Number.isNaN(ticks)) params.refuse(refuse('-2010'));
    return ticks;
  }
  params.need('price');
  const ticks = params.decimal('price', symbol.instrument.priceDecimals);
  if (ticks === null) return null;
  const fault = priceFault(symbol, side, ticks);
  if (fault !== null) params.refuse(fault);
  return ticks;
}

/** Returns what is wrong with a limit price, `null` when nothing is. */
export function priceFault(symbol: SymbolBoard, side: Side, ticks: number): ApiRefusal | null {
  const { instrument, markTicks } = symbol;
  if (ticks < 0) return refuse('-4001');
  if (ticks < instrument.tickStep) return refuse('-4013');
  if (ticks > PRICE_TICKS_MAX) return refuse('-4002');
  if (ticks % instrument.tickStep !== 0) return refuse('-4014');
  const capTicks = Math.floor((markTicks * (PPM + PERCENT_PRICE_PPM)) / PPM);
  const floorTicks = Math.ceil((markTicks * (PPM - PERCENT_PRICE_PPM)) / PPM);
  if (side === 'buy' && ticks > capTicks) return refuse('-4016', priceText(instrument, capTicks));
  if (side === 'sell' && ticks < floorTicks) return refuse('-4024', priceText(instrument, floorTicks));
  return null;
}

/** Notes a fault for a parameter that has no place here. */
export function refuseIfSent(params: ApiParams, name: string): void {
  if (params.has(name)) params.refuse(refuse('-1106', name));
}

/** Returns the refusal of an order whose notional is too small. */
export function notionalRefusal(instrument: Instrument): ApiRefusal {
  return refuse('-4164', notionalText(instrument.notionalAtomsMin, instrument.atomDecimals));
}

function readTif(params: ApiParams): OrderTif {
  params.need('timeInForce');
  return params.choice('timeInForce', TIFS, '-1115');
}

/** Reads until when an order is good, milliseconds; 0 without `GTD`. */
export function readGoodTill(params: ApiParams, timeInForce: OrderTif, nowUs: EpochUs): number {
  if (timeInForce !== 'GTD') return 0;
  params.need('goodTillDate');
  const asked = params.integer('goodTillDate') ?? 0;
  // Kept to the second.
  const ms = asked - (asked % 1_000);
  if (ms <= msOf(nowUs + GTD_AHEAD_US) || ms >= GTD_MAX_MS) params.refuse(refuse('-5040'));
  return ms;
}
