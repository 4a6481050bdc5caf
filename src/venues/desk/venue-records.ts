/** Records of adapters in the words of the house: orders, events, accounts. Pure; exact, and where a number must be rounded it is against the account. */
import { divCeil, divFloor, divRound, type EpochUs } from '#core';
import {
  type FillEvent,
  isFinalStatus,
  type OrderRequest,
  type OrderStatus,
  type VenueOrder,
  type VenuePosition,
} from '#domain';
import {
  amountOf,
  type EntryInstrument,
  type EntryOrder,
  type FillRecord,
  type OrderRecord,
  type PositionRecord,
} from '../entry/index.ts';

/** Returns how far an order has come; it never goes back. */
export function progressOf(status: OrderStatus): number {
  if (isFinalStatus(status)) return 3;
  if (status === 'PARTIALLY_FILLED' || status === 'PENDING_CANCEL') return 2;
  return status === 'TRIGGERED' ? 1 : 0;
}

/** Returns why no venue is asked for an order, `null` when the venue's adapter decides: what cannot be said to it must not be dropped. */
export function unsaidOf({ selfTrade = 'refuse' }: OrderRequest): string | null {
  return selfTrade === 'refuse' ? null : `no venue is told how to prevent self-trades, was ${selfTrade}`;
}

/** Returns a request of the house as order entry takes it: unless it says otherwise, one-way mode and triggers by the last price. */
export function entryOrderOf(request: OrderRequest, instrument: EntryInstrument): EntryOrder {
  const { clientOrderId, priceTicks, qtyLots, reduceOnly, side, timeInForce, triggerTicks, type } = request;
  return {
    ...{ clientOrderId, instrument, side, type, priceTicks, triggerTicks, timeInForce, reduceOnly },
    qtyLots: request.closePosition === true ? null : qtyLots,
    triggerBy: request.triggerBy ?? 'last',
    callbackBps: request.callbackBps ?? null,
    positionSide: request.positionSide ?? 'both',
  };
}

/** Returns an order as reconciliation compares it. */
export function venueOrderOf(record: OrderRecord): VenueOrder {
  const { clientOrderId, filledLots, instrument, priceTicks, side, status, triggerTicks, type } = record;
  return {
    ...{ clientOrderId, filledLots, priceTicks, side, status, triggerTicks },
    venueOrderId: record.venueOrderId,
    instrumentIx: instrument.ix,
    type,
    qtyLots: record.qtyLots ?? 0,
    updatedUs: record.tsVenueUs,
  };
}

/** What a gateway knows of a fill beside the record. */
export interface FillFacts {
  readonly clientOrderId: string;
  readonly leavesLots: number;
  readonly feeAtoms: bigint;
  /** True when it was heard by asking. */
  readonly isRecalled: boolean;
}

/** Returns a fill as an event; `leavesLots` of its order, 0 where that is not known. */
export function fillEventOf(
  record: FillRecord,
  { isRecalled, ...told }: FillFacts,
  tsLocalUs: EpochUs,
): FillEvent {
  const { execId, forcedBy, instrument, liquidity, priceTicks, qtyLots, side, tsVenueUs, venueOrderId } =
    record;
  return {
    kind: 'fill',
    ...{ tsVenueUs, tsLocalUs, execId, side, priceTicks, qtyLots, liquidity, venueOrderId, ...told },
    instrumentIx: instrument.ix,
    isLiquidation: forcedBy === 'liquidation' || forcedBy === 'adl',
    ...(isRecalled ? { isRecalled } : {}),
  };
}

/** Digits behind the point of an average price that count; venues write up to 14. */
const AVERAGE_DECIMALS = 8;

/** Returns a position as reconciliation compares it; its cost is right within one tick x lot. */
export function venuePositionOf({ entryPrice, instrument, qtyLots }: PositionRecord): VenuePosition {
  if (qtyLots === 0 || entryPrice === null) return { instrumentIx: instrument.ix, qtyLots, costTickLots: 0n };
  const scaled = averageUnits(entryPrice, instrument.priceDecimals + AVERAGE_DECIMALS);
  const cost = scaled * BigInt(qtyLots);
  const unit = 10n ** BigInt(AVERAGE_DECIMALS);
  return { instrumentIx: instrument.ix, qtyLots, costTickLots: divRound(cost, unit) };
}

/** A decimal as a count of 10^-`decimals`, digits beyond them cut off. */
function averageUnits(text: string, decimals: number): bigint {
  const { decimals: own, units } = amountOf('', text);
  return own <= decimals ? units * 10n ** BigInt(decimals - own) : units / 10n ** BigInt(own - decimals);
}

/** Returns an amount in atoms of 10^-`atomDecimals`, rounded against the account: what is paid up, what is received down. */
export function atomsAgainst(
  { decimals, units }: { readonly units: bigint; readonly decimals: number },
  atomDecimals: number,
  isPaid: boolean,
): bigint {
  if (decimals <= atomDecimals) return units * 10n ** BigInt(atomDecimals - decimals);
  const unit = 10n ** BigInt(decimals - atomDecimals);
  return isPaid ? divCeil(units, unit) : divFloor(units, unit);
}
