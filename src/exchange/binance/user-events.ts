/** The events of a user stream in the form of the venue, made of records of the exchange. */
import type { EpochUs } from '#core';
import { msOf, priceText, qtyText } from './market-forms.ts';
import { fixedText } from './number-text.ts';
import { averageText, type OrderRecord } from './order-record.ts';
import type { PositionFigures } from './position-figures.ts';

/** One fill of an order. */
export interface UserFill {
  readonly tradeId: number;
  readonly orderId: number;
  readonly record: OrderRecord;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly feeAtoms: bigint;
  readonly realisedAtoms: bigint;
  readonly isMaker: boolean;
  readonly tsUs: EpochUs;
}

/** What happened to an order, on the wire. */
export type ExecutionKind = 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED' | 'AMENDMENT' | 'CALCULATED';

/** Returns an `ORDER_TRADE_UPDATE`. */
export function orderTradeUpdate(
  record: OrderRecord,
  execution: ExecutionKind,
  fill: UserFill | null,
  nowUs: EpochUs,
): object {
  const { instrument, origin } = record;
  const price = (ticks: number): string => priceText(instrument, ticks);
  const qty = (lots: number): string => qtyText(instrument, lots);
  const fee =
    fill === null ? {} : { N: instrument.quoteAsset, n: fixedText(fill.feeAtoms, instrument.atomDecimals) };
  return {
    e: 'ORDER_TRADE_UPDATE',
    T: msOf(nowUs),
    E: msOf(nowUs),
    o: {
      s: instrument.symbol,
      c: record.clientOrderId,
      S: record.side.toUpperCase(),
      o: record.type,
      f: record.timeInForce,
      q: qty(record.qtyLots),
      p: price(record.priceTicks ?? 0),
      ap: averageText(record),
      sp: price(origin?.triggerTicks ?? 0),
      x: execution,
      X: record.state,
      i: record.orderId,
      l: qty(fill?.qtyLots ?? 0),
      z: qty(record.filledLots),
      L: price(fill?.priceTicks ?? 0),
      ...fee,
      T: msOf(nowUs),
      t: fill?.tradeId ?? 0,
      b: '0',
      a: '0',
      m: fill?.isMaker ?? false,
      R: record.reduceOnly,
      wt: origin?.workingType ?? 'CONTRACT_PRICE',
      ot: origin?.type ?? record.type,
      ps: record.positionSide.toUpperCase(),
      cp: origin?.closePosition ?? false,
      rp: fixedText(fill?.realisedAtoms ?? 0n, instrument.atomDecimals),
      pP: false,
      si: 0,
      ss: 0,
      V: record.stpMode,
      pm: record.priceMatch,
      gtd: record.goodTillMs,
      er: '0',
    },
  };
}

/** Returns a `TRADE_LITE`. */
export function tradeLite(fill: UserFill): object {
  const { record } = fill;
  const { instrument } = record;
  return {
    e: 'TRADE_LITE',
    E: msOf(fill.tsUs),
    T: msOf(fill.tsUs),
    s: instrument.symbol,
    q: qtyText(instrument, record.qtyLots),
    p: priceText(instrument, record.priceTicks ?? 0),
    m: fill.isMaker,
    c: record.clientOrderId,
    S: record.side.toUpperCase(),
    L: priceText(instrument, fill.priceTicks),
    l: qtyText(instrument, fill.qtyLots),
    t: fill.tradeId,
    i: fill.orderId,
  };
}

/** Why balance or position changed, on the wire. */
export type AccountChange = 'ORDER' | 'FUNDING_FEE' | 'MARGIN_TRANSFER' | 'MARGIN_TYPE_CHANGE';

/** Returns an `ACCOUNT_UPDATE` of the one balance and at most one position. */
export function accountUpdate(change: {
  readonly reason: AccountChange;
  readonly asset: string;
  readonly walletText: string;
  readonly crossWalletText: string;
  readonly changeText: string;
  readonly position: PositionFigures | null;
  readonly nowUs: EpochUs;
}): object {
  const { asset, changeText, crossWalletText, nowUs, position, reason, walletText } = change;
  return {
    e: 'ACCOUNT_UPDATE',
    T: msOf(nowUs),
    E: msOf(nowUs),
    a: {
      m: reason,
      B: [{ a: asset, wb: walletText, cw: crossWalletText, bc: changeText }],
      P: position === null ? [] : [positionPart(position)],
    },
  };
}

function positionPart(position: PositionFigures): object {
  return {
    s: position.symbol,
    pa: position.amount,
    ep: position.entryPrice,
    bep: position.breakEvenPrice,
    cr: position.realised,
    up: position.unrealised,
    mt: position.isIsolated ? 'isolated' : 'cross',
    iw: position.isolatedWallet,
    ps: position.positionSide,
  };
}

/** Returns an `ACCOUNT_CONFIG_UPDATE` of a leverage. */
export function leverageUpdate(symbol: string, leverage: number, nowUs: EpochUs): object {
  return { e: 'ACCOUNT_CONFIG_UPDATE', E: msOf(nowUs), T: msOf(nowUs), ac: { s: symbol, l: leverage } };
}
