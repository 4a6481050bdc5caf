/**
 * A round trip as a value: from the fill that left the flat state to the fill that returned to it. The exact figures of a `trades` row.
 */
import { divRound, type EpochUs } from '#core';
import type { Instrument, InstrumentIx } from '#domain';

/** How a round trip stands or ended; `LIQUIDATED` = the venue took part in closing it by force. */
export type TradeStatus = 'OPEN' | 'CLOSED' | 'LIQUIDATED';

/** One round trip. While `OPEN` the P&L figures are those realised so far, without the unrealised part. */
export interface Trade {
  /** 1, 2, 3, ... in order of opening over the whole account. */
  readonly tradeId: number;
  readonly instrumentIx: InstrumentIx;
  readonly side: 'LONG' | 'SHORT';
  readonly status: TradeStatus;
  readonly entryUs: EpochUs;
  /** `null` while open. */
  readonly exitUs: EpochUs | null;
  /** Largest open quantity. */
  readonly qtyLotsMax: number;
  /** Lots bought into and sold out of the trade so far (in the trade's own direction). */
  readonly enteredLots: number;
  readonly exitedLots: number;
  readonly entryNotionalAtoms: bigint;
  readonly exitNotionalAtoms: bigint;
  /** Realised so far, before fees and funding; exit - entry notional (mirrored when short) once closed. */
  readonly grossAtoms: bigint;
  readonly feesAtoms: bigint;
  /** Received (positive) or paid. */
  readonly fundingAtoms: bigint;
  /** gross - fees + funding. */
  readonly netAtoms: bigint;
  /** Deepest gross loss, realised and unrealised together, at any mark or fill; >= 0. */
  readonly maxAdverseAtoms: bigint;
  /** Equity of the account just before the first fill. */
  readonly equityAtEntryAtoms: bigint;
}

/** Readable figures of a trade, doubles in ticks and fractions. */
export interface TradeFigures {
  /** Average entry price in ticks, and to the nearest tick. */
  readonly entryTicks: number;
  readonly entryTicksRounded: number;
  /** Average exit price in ticks; `null` when nothing was closed yet. */
  readonly exitTicks: number | null;
  /** Net P&L as a fraction of the entry notional. */
  readonly netFraction: number;
  /** Deepest adverse excursion as a fraction of the entry notional. */
  readonly maxAdverseFraction: number;
  /** Entry notional as a fraction of the equity at entry. */
  readonly exposureFraction: number;
  /** Time from first to last fill; `null` while open. */
  readonly holdUs: number | null;
}

/** Returns the readable figures of a trade. */
export function tradeFigures(trade: Trade, instrument: Instrument): TradeFigures {
  const perTickLot = BigInt(instrument.atomsPerTickLot);
  const entryTickLots = trade.entryNotionalAtoms / perTickLot;
  const entryNotional = Number(trade.entryNotionalAtoms);
  const exitTickLots = Number(trade.exitNotionalAtoms / perTickLot);
  return {
    entryTicks: Number(entryTickLots) / trade.enteredLots,
    entryTicksRounded: Number(divRound(entryTickLots, BigInt(trade.enteredLots))),
    exitTicks: trade.exitedLots === 0 ? null : exitTickLots / trade.exitedLots,
    netFraction: Number(trade.netAtoms) / entryNotional,
    maxAdverseFraction: Number(trade.maxAdverseAtoms) / entryNotional,
    exposureFraction: entryNotional / Number(trade.equityAtEntryAtoms),
    holdUs: trade.exitUs === null ? null : trade.exitUs - trade.entryUs,
  };
}
