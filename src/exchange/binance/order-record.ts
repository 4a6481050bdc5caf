/** An order as the venue keeps it, and its forms in replies. Its matching happens in the simulator, under ids of the exchange's own. */
import type { EpochUs } from '#core';
import type { Instrument, PositionSide, Side } from '#domain';
import { msOf, priceText, qtyText, quoteText } from './market-forms.ts';
import { fixedText, quotientText } from './number-text.ts';

/** The states of an order on the wire. */
export type OrderState =
  | 'NEW'
  | 'PARTIALLY_FILLED'
  | 'FILLED'
  | 'CANCELED'
  | 'EXPIRED'
  | 'EXPIRED_IN_MATCH'
  | 'REJECTED';

/** How long an order lives. */
export type OrderTif = 'GTC' | 'IOC' | 'FOK' | 'GTX' | 'GTD';

/** What happens when an order would trade with one of the same account. */
export const STP_MODES = ['EXPIRE_MAKER', 'EXPIRE_TAKER', 'EXPIRE_BOTH', 'NONE'] as const;

/** One of `STP_MODES`. */
export type StpMode = (typeof STP_MODES)[number];

/** What an order asks for. */
export interface OrderWish {
  readonly instrument: Instrument;
  readonly side: Side;
  /** `both` in one-way mode. */
  readonly positionSide: PositionSide;
  readonly type: 'LIMIT' | 'MARKET';
  readonly timeInForce: OrderTif;
  readonly qtyLots: number;
  /** `null` for market orders. */
  readonly priceTicks: number | null;
  readonly reduceOnly: boolean;
  /** Chosen by the client; `null` = the exchange names it. */
  readonly clientOrderId: string | null;
  readonly stpMode: StpMode;
  readonly priceMatch: string;
  /** Milliseconds; 0 = none. */
  readonly goodTillMs: number;
  /** What the conditional order was that this one comes of. */
  readonly origin: OrderOrigin | null;
}

/** The conditional order that an order comes of. */
export interface OrderOrigin {
  readonly type: string;
  readonly triggerTicks: number;
  readonly closePosition: boolean;
  readonly workingType: string;
}

/** An order of an account. */
export interface OrderRecord extends Omit<OrderWish, 'qtyLots' | 'priceTicks' | 'clientOrderId'> {
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly createdUs: EpochUs;
  qtyLots: number;
  priceTicks: number | null;
  filledLots: number;
  /** Sum of ticks x lots of its fills. */
  filledTickLots: bigint;
  state: OrderState;
  updatedUs: EpochUs;
  /** Under which id the simulator knows it. */
  simId: string;
  /** What a cancel by the simulator means for it. */
  cancelState: 'CANCELED' | 'EXPIRED' | 'EXPIRED_IN_MATCH';
  amendCount: number;
}

/** True for an order that can still trade. */
export function isOpen(record: OrderRecord): boolean {
  return record.state === 'NEW' || record.state === 'PARTIALLY_FILLED';
}

/** Returns the average price of what was filled, `0` with decimals when nothing was. */
export function averageText(record: OrderRecord): string {
  const { filledLots, filledTickLots, instrument } = record;
  const decimals = instrument.priceDecimals + 4;
  if (filledLots === 0) return fixedText(0, decimals);
  return quotientText(filledTickLots, BigInt(filledLots) * 10n ** BigInt(instrument.priceDecimals), decimals);
}

/** Returns what a reply says at once to place, cancel and amend: no average, no quote volume. */
export function ackForm(record: OrderRecord): Record<string, unknown> {
  const { instrument, origin } = record;
  const executed = qtyText(instrument, record.filledLots);
  return {
    orderId: record.orderId,
    symbol: instrument.symbol,
    status: record.state,
    clientOrderId: record.clientOrderId,
    price: priceText(instrument, record.priceTicks ?? 0),
    origQty: qtyText(instrument, record.qtyLots),
    executedQty: executed,
    cumQty: executed,
    timeInForce: record.timeInForce,
    type: record.type,
    reduceOnly: record.reduceOnly,
    closePosition: origin?.closePosition ?? false,
    side: record.side.toUpperCase(),
    positionSide: record.positionSide.toUpperCase(),
    stopPrice: priceText(instrument, origin?.triggerTicks ?? 0),
    workingType: origin?.workingType ?? 'CONTRACT_PRICE',
    priceProtect: false,
    origType: origin?.type ?? record.type,
    priceMatch: record.priceMatch,
    selfTradePreventionMode: record.stpMode,
    goodTillDate: record.goodTillMs,
    updateTime: msOf(record.updatedUs),
  };
}

/** Returns an order as queries answer it. */
export function queryForm(record: OrderRecord): Record<string, unknown> {
  const { cumQty, ...ack } = ackForm(record);
  return {
    ...ack,
    avgPrice: averageText(record),
    cumQuote: quoteText(record.instrument, record.filledTickLots),
    time: msOf(record.createdUs),
  };
}
