/** A conditional order as the venue's algo service keeps it, its triggers, and its forms in replies and events. */
import type { EpochUs } from '#core';
import type { Instrument, PositionSide, Side } from '#domain';
import { msOf, priceText, qtyText } from './market-forms.ts';
import { fixedText } from './number-text.ts';
import { averageText, type OrderRecord, type OrderTif, type StpMode } from './order-record.ts';

/** The types that wait for a price. */
export type AlgoType = 'STOP' | 'STOP_MARKET' | 'TAKE_PROFIT' | 'TAKE_PROFIT_MARKET' | 'TRAILING_STOP_MARKET';

/** The states of a conditional order. */
export type AlgoState = 'NEW' | 'TRIGGERING' | 'TRIGGERED' | 'FINISHED' | 'CANCELED' | 'REJECTED' | 'EXPIRED';

/** What a conditional order asks for. */
export interface AlgoWish {
  readonly instrument: Instrument;
  readonly side: Side;
  /** `both` in one-way mode. */
  readonly positionSide: PositionSide;
  readonly type: AlgoType;
  readonly timeInForce: OrderTif;
  /** Milliseconds; 0 = it waits without end. */
  readonly goodTillMs: number;
  /** 0 with `closePosition`. */
  readonly qtyLots: number;
  readonly priceTicks: number | null;
  /** 0 for a trailing stop, which finds its own. */
  readonly triggerTicks: number;
  readonly workingType: 'CONTRACT_PRICE' | 'MARK_PRICE';
  readonly closePosition: boolean;
  readonly reduceOnly: boolean;
  readonly clientAlgoId: string | null;
  readonly stpMode: StpMode;
  /** From where on a trailing stop trails; `null` = at once. */
  readonly activateTicks: number | null;
  /** Distance of a trailing stop in tenths of a percent; 0 for the others. */
  readonly callbackTenths: number;
}

/** A conditional order of an account. */
export interface AlgoRecord extends Omit<AlgoWish, 'clientAlgoId'> {
  readonly algoId: number;
  readonly clientAlgoId: string;
  readonly createdUs: EpochUs;
  state: AlgoState;
  updatedUs: EpochUs;
  triggeredUs: EpochUs;
  order: OrderRecord | null;
  /** Trailing: the best price since it is active; `NaN` before. */
  extremeTicks: number;
  /** Why it was rejected; empty when it was not. */
  reason: string;
}

/** True while it waits for its price. */
export function isWaiting(record: AlgoRecord): boolean {
  return record.state === 'NEW';
}

/** True when the trigger lies above the price that it waits for. */
export function isRisingTrigger(wish: Pick<AlgoWish, 'side' | 'type'>): boolean {
  return wish.type.startsWith('TAKE_PROFIT') ? wish.side === 'sell' : wish.side === 'buy';
}

/** Takes a price of its kind; returns whether it triggers. A trailing stop follows the price meanwhile. */
export function isTriggered(record: AlgoRecord, ticks: number): boolean {
  if (record.type !== 'TRAILING_STOP_MARKET')
    return isRisingTrigger(record) ? ticks >= record.triggerTicks : ticks <= record.triggerTicks;
  const isSell = record.side === 'sell';
  if (Number.isNaN(record.extremeTicks)) {
    const { activateTicks } = record;
    const isActive = activateTicks === null || (isSell ? ticks >= activateTicks : ticks <= activateTicks);
    if (!isActive) return false;
    record.extremeTicks = ticks;
  }
  record.extremeTicks = isSell ? Math.max(record.extremeTicks, ticks) : Math.min(record.extremeTicks, ticks);
  // In thousandths, so that the comparison is exact.
  const limit =
    record.extremeTicks * (isSell ? 1_000 - record.callbackTenths : 1_000 + record.callbackTenths);
  return isSell ? ticks * 1_000 <= limit : ticks * 1_000 >= limit;
}

/** Returns a conditional order as replies and queries tell it. */
export function algoForm(record: AlgoRecord): Record<string, unknown> {
  const { instrument, order } = record;
  const price = (ticks: number): string => priceText(instrument, ticks);
  return {
    algoId: record.algoId,
    clientAlgoId: record.clientAlgoId,
    algoType: 'CONDITIONAL',
    orderType: record.type,
    symbol: instrument.symbol,
    side: record.side.toUpperCase(),
    positionSide: record.positionSide.toUpperCase(),
    timeInForce: record.timeInForce,
    quantity: qtyText(instrument, record.qtyLots),
    algoStatus: record.state,
    actualOrderId: order === null ? '' : String(order.orderId),
    actualPrice: order === null ? '0.00000' : averageText(order),
    triggerPrice: price(record.triggerTicks),
    price: price(record.priceTicks ?? 0),
    icebergQuantity: null,
    tpTriggerPrice: price(0),
    tpPrice: price(0),
    slTriggerPrice: price(0),
    slPrice: price(0),
    tpOrderType: '',
    selfTradePreventionMode: record.stpMode,
    workingType: record.workingType,
    priceMatch: 'NONE',
    closePosition: record.closePosition,
    priceProtect: false,
    reduceOnly: record.reduceOnly,
    ...trailingForm(record),
    createTime: msOf(record.createdUs),
    updateTime: msOf(record.updatedUs),
    triggerTime: msOf(record.triggeredUs),
    goodTillDate: record.goodTillMs,
  };
}

function trailingForm(record: AlgoRecord): Record<string, unknown> {
  if (record.type !== 'TRAILING_STOP_MARKET') return {};
  return {
    activatePrice: record.activateTicks === null ? '' : priceText(record.instrument, record.activateTicks),
    callbackRate: fixedText(record.callbackTenths, 1),
  };
}

/** Returns an `ALGO_UPDATE`. */
export function algoUpdate(record: AlgoRecord, nowUs: EpochUs): object {
  const { instrument, order } = record;
  const actual =
    order === null
      ? { ai: '' }
      : {
          ai: String(order.orderId),
          ap: averageText(order),
          aq: qtyText(instrument, order.filledLots),
          act: order.type,
        };
  return {
    e: 'ALGO_UPDATE',
    T: msOf(nowUs),
    E: msOf(nowUs),
    o: {
      caid: record.clientAlgoId,
      aid: record.algoId,
      at: 'CONDITIONAL',
      o: record.type,
      s: instrument.symbol,
      S: record.side.toUpperCase(),
      ps: record.positionSide.toUpperCase(),
      f: record.timeInForce,
      q: qtyText(instrument, record.qtyLots),
      X: record.state,
      ...actual,
      tp: priceText(instrument, record.triggerTicks),
      p: priceText(instrument, record.priceTicks ?? 0),
      V: record.stpMode,
      wt: record.workingType,
      pm: 'NONE',
      cp: record.closePosition,
      pP: false,
      R: record.reduceOnly,
      tt: msOf(record.triggeredUs),
      gtd: record.goodTillMs,
      rm: record.reason,
    },
  };
}
