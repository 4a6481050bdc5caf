/**
 * Round trips: at most one open trade an instrument, opened by the fill that leaves the flat state and closed by the one that returns to
 * it. A fill that flips the position closes one trade and opens the next; its fee is split pro rata, the two parts summing exactly.
 *
 * Invariant (held by a property test against `Portfolio`): net P&L of all closed trades + `openPnlAtoms` = change of equity, to the atom.
 * Funding that arrives while the instrument is flat (a venue may send its streams out of order) belongs to the trade closed last; before
 * the first trade it waits and joins the next one.
 */
import { assert, type Checkpointable, divRound, type EpochUs, minBig, stateRecord } from '#core';
import type { FillEvent, FundingPaymentEvent, InstrumentIx, InstrumentTable } from '#domain';
import type { Trade } from './trade.ts';
import type { FillOutcome } from './view.ts';

/** What a fill did to the trades of its instrument. */
export interface TradeChange {
  /** The trade that the fill belongs to; for a flip the one it opened. */
  readonly trade: Trade;
  /** The trade that the fill closed, `null` when it closed none. Equals `trade` unless the fill was a flip. */
  readonly closed: Trade | null;
  /** True when `trade` was opened by this fill. */
  readonly isOpened: boolean;
}

/** An open trade, or the last closed one of an instrument, as it is kept inside. */
interface OpenTrade {
  tradeId: number;
  isShort: boolean;
  isForced: boolean;
  entryUs: EpochUs;
  exitUs: EpochUs | null;
  lots: number;
  costTickLots: bigint;
  qtyLotsMax: number;
  enteredLots: number;
  exitedLots: number;
  entryAtoms: bigint;
  exitAtoms: bigint;
  grossAtoms: bigint;
  feesAtoms: bigint;
  fundingAtoms: bigint;
  /** Price most against the position since the last fill. */
  worstTicks: number;
  /** Lowest gross P&L, realised and unrealised, up to the last fill. */
  worstGrossAtoms: bigint;
  equityAtEntryAtoms: bigint;
}

/** Keeps the round trips of an account; flat memory: one open and one closed trade an instrument, and totals. */
export class TradeBook implements Checkpointable {
  readonly #atomsPerTickLot: readonly bigint[];
  readonly #open: (OpenTrade | null)[];
  readonly #last: (OpenTrade | null)[];
  readonly #earlyFunding: bigint[];
  #nextTradeId = 1;
  #closedNet = 0n;
  #openNet = 0n;
  #closedCount = 0;
  #consecutiveLosses = 0;
  #consecutiveWins = 0;

  constructor(instruments: InstrumentTable) {
    this.#atomsPerTickLot = instruments.all.map((instrument) => BigInt(instrument.atomsPerTickLot));
    this.#open = instruments.all.map(() => null);
    this.#last = instruments.all.map(() => null);
    this.#earlyFunding = instruments.all.map(() => 0n);
  }

  /** Sum of net P&L over closed trades. */
  get closedNetAtoms(): bigint {
    return this.#closedNet;
  }
  /** How many trades were closed. */
  get closedCount(): number {
    return this.#closedCount;
  }
  /** Trades closed at a loss since the last one that was not. */
  get consecutiveLosses(): number {
    return this.#consecutiveLosses;
  }
  /** Trades closed with a gain since the last one that was not. */
  get consecutiveWins(): number {
    return this.#consecutiveWins;
  }

  /** Returns the P&L of what is open: realised so far - fees + funding of open trades, + `unrealisedAtoms` of the account. */
  openPnlAtoms(unrealisedAtoms: bigint): bigint {
    return this.#openNet + unrealisedAtoms;
  }

  /** Books a fill with its outcome (of `Portfolio.applyFill`); `equityBeforeAtoms` is the account's equity before the fill. */
  applyFill(fill: FillEvent, outcome: FillOutcome, equityBeforeAtoms: bigint): TradeChange {
    const ix = fill.instrumentIx;
    const current = this.#open[ix];
    if (current === undefined) assert(false, `fill names a known instrument, was ${ix}`);
    assert((current?.lots ?? 0) === outcome.positionLotsBefore, 'trade and portfolio hold the same position');
    const { closedLots, openedLots } = outcome;
    const closeFee = divRound(fill.feeAtoms * BigInt(closedLots), BigInt(fill.qtyLots));
    let closed: Trade | null = null;
    if (closedLots > 0) {
      assert(current !== null, 'a closing fill has an open trade');
      this.#reduce(current, fill, outcome, closeFee);
      if (outcome.isFlat || outcome.isFlip) closed = this.#close(ix, current, fill.tsLocalUs);
      if (openedLots === 0) {
        return { trade: closed ?? this.#viewOf(ix, current), closed, isOpened: false };
      }
    }
    const isOpened = this.#open[ix] === null;
    const trade = this.#open[ix] ?? this.#begin(fill, equityBeforeAtoms);
    this.#enlarge(trade, fill, outcome, fill.feeAtoms - closeFee);
    return { trade: this.#viewOf(ix, trade), closed, isOpened };
  }

  /** Books a funding payment; returns the trade it belongs to (open, or closed last), `null` when there was none yet. */
  applyFunding(payment: FundingPaymentEvent): Trade | null {
    const ix = payment.instrumentIx;
    if (!(ix >= 0 && ix < this.#open.length)) assert(false, `payment names a known instrument, was ${ix}`);
    const open = this.#open[ix]!;
    const last = this.#last[ix]!;
    if (open !== null) {
      open.fundingAtoms += payment.amountAtoms;
      this.#openNet += payment.amountAtoms;
      return this.#viewOf(ix, open);
    }
    if (last !== null) {
      last.fundingAtoms += payment.amountAtoms;
      this.#closedNet += payment.amountAtoms;
      return this.#viewOf(ix, last);
    }
    this.#earlyFunding[ix] = this.#earlyFunding[ix]! + payment.amountAtoms;
    this.#openNet += payment.amountAtoms;
    return null;
  }

  /** Takes a price of an instrument for the adverse excursion; O(1), allocates nothing. Call it for a bar's low and high alike. */
  mark(instrumentIx: InstrumentIx, priceTicks: number): void {
    const trade = this.#open[instrumentIx];
    if (trade === null || trade === undefined) return;
    if (trade.isShort ? priceTicks > trade.worstTicks : priceTicks < trade.worstTicks) {
      trade.worstTicks = priceTicks;
    }
  }

  /** Returns the open trade of an instrument, or `null`. */
  openTrade(instrumentIx: InstrumentIx): Trade | null {
    const trade = this.#open[instrumentIx] ?? null;
    return trade === null ? null : this.#viewOf(instrumentIx, trade);
  }

  /** Returns all open trades in order of instrument. */
  openTrades(): readonly Trade[] {
    return this.#open.flatMap((trade, ix) => (trade === null ? [] : [this.#viewOf(ix, trade)]));
  }

  saveState(): unknown {
    return structuredClone({
      open: this.#open,
      last: this.#last,
      earlyFunding: this.#earlyFunding,
      nextTradeId: this.#nextTradeId,
      closedNet: this.#closedNet,
      openNet: this.#openNet,
      closedCount: this.#closedCount,
      consecutiveLosses: this.#consecutiveLosses,
      consecutiveWins: this.#consecutiveWins,
    });
  }

  loadState(state: unknown): void {
    const saved = stateRecord(structuredClone(state), 'TradeBook');
    const open = saved.open as (OpenTrade | null)[];
    const last = saved.last as (OpenTrade | null)[];
    assert(open.length === this.#open.length, `saved trade book has ${this.#open.length} instruments`);
    for (let ix = 0; ix < open.length; ix++) {
      this.#open[ix] = open[ix]!;
      this.#last[ix] = last[ix]!;
      this.#earlyFunding[ix] = (saved.earlyFunding as bigint[])[ix]!;
    }
    this.#nextTradeId = saved.nextTradeId as number;
    this.#closedNet = saved.closedNet as bigint;
    this.#openNet = saved.openNet as bigint;
    this.#closedCount = saved.closedCount as number;
    this.#consecutiveLosses = saved.consecutiveLosses as number;
    this.#consecutiveWins = saved.consecutiveWins as number;
  }

  #begin(fill: FillEvent, equityAtEntryAtoms: bigint): OpenTrade {
    const trade: OpenTrade = {
      tradeId: this.#nextTradeId++,
      isShort: fill.side === 'sell',
      isForced: false,
      entryUs: fill.tsLocalUs,
      exitUs: null,
      lots: 0,
      costTickLots: 0n,
      qtyLotsMax: 0,
      enteredLots: 0,
      exitedLots: 0,
      entryAtoms: 0n,
      exitAtoms: 0n,
      grossAtoms: 0n,
      feesAtoms: 0n,
      fundingAtoms: this.#earlyFunding[fill.instrumentIx]!,
      worstTicks: fill.priceTicks,
      worstGrossAtoms: 0n,
      equityAtEntryAtoms,
    };
    this.#earlyFunding[fill.instrumentIx] = 0n;
    this.#open[fill.instrumentIx] = trade;
    return trade;
  }

  #enlarge(trade: OpenTrade, fill: FillEvent, outcome: FillOutcome, feeAtoms: bigint): void {
    const perTickLot = this.#atomsPerTickLot[fill.instrumentIx]!;
    const { openedLots } = outcome;
    foldExcursion(trade, fill.priceTicks, perTickLot);
    trade.lots = outcome.positionLots;
    trade.costTickLots = outcome.costTickLots;
    trade.enteredLots += openedLots;
    trade.entryAtoms += BigInt(openedLots) * BigInt(fill.priceTicks) * perTickLot;
    trade.qtyLotsMax = Math.max(trade.qtyLotsMax, Math.abs(trade.lots));
    trade.feesAtoms += feeAtoms;
    this.#openNet -= feeAtoms;
  }

  #reduce(trade: OpenTrade, fill: FillEvent, outcome: FillOutcome, feeAtoms: bigint): void {
    const perTickLot = this.#atomsPerTickLot[fill.instrumentIx]!;
    const { closedLots } = outcome;
    foldExcursion(trade, fill.priceTicks, perTickLot);
    trade.lots += trade.isShort ? closedLots : -closedLots;
    trade.costTickLots = trade.lots === 0 ? 0n : outcome.costTickLots;
    trade.exitedLots += closedLots;
    trade.exitAtoms += BigInt(closedLots) * BigInt(fill.priceTicks) * perTickLot;
    trade.grossAtoms += outcome.realisedAtoms;
    trade.feesAtoms += feeAtoms;
    trade.isForced ||= fill.isLiquidation;
    this.#openNet += outcome.realisedAtoms - feeAtoms;
  }

  #close(ix: InstrumentIx, trade: OpenTrade, tsUs: EpochUs): Trade {
    assert(trade.lots === 0 && trade.enteredLots === trade.exitedLots, 'a closed trade sold what it bought');
    const moved = trade.exitAtoms - trade.entryAtoms;
    assert(trade.grossAtoms === (trade.isShort ? -moved : moved), 'gross P&L = exit - entry notional');
    trade.exitUs = tsUs;
    this.#open[ix] = null;
    this.#last[ix] = trade;
    const closed = this.#viewOf(ix, trade);
    this.#openNet -= closed.netAtoms;
    this.#closedNet += closed.netAtoms;
    this.#closedCount++;
    this.#consecutiveLosses = closed.netAtoms < 0n ? this.#consecutiveLosses + 1 : 0;
    this.#consecutiveWins = closed.netAtoms > 0n ? this.#consecutiveWins + 1 : 0;
    return closed;
  }

  #viewOf(instrumentIx: InstrumentIx, trade: OpenTrade): Trade {
    const worstAtoms = worstGross(trade, this.#atomsPerTickLot[instrumentIx]!);
    const closedStatus = trade.isForced ? 'LIQUIDATED' : 'CLOSED';
    return {
      tradeId: trade.tradeId,
      instrumentIx,
      side: trade.isShort ? 'SHORT' : 'LONG',
      status: trade.exitUs === null ? 'OPEN' : closedStatus,
      entryUs: trade.entryUs,
      exitUs: trade.exitUs,
      qtyLotsMax: trade.qtyLotsMax,
      enteredLots: trade.enteredLots,
      exitedLots: trade.exitedLots,
      entryNotionalAtoms: trade.entryAtoms,
      exitNotionalAtoms: trade.exitAtoms,
      grossAtoms: trade.grossAtoms,
      feesAtoms: trade.feesAtoms,
      fundingAtoms: trade.fundingAtoms,
      netAtoms: trade.grossAtoms - trade.feesAtoms + trade.fundingAtoms,
      maxAdverseAtoms: worstAtoms < 0n ? -worstAtoms : 0n,
      equityAtEntryAtoms: trade.equityAtEntryAtoms,
    };
  }
}

/** Returns the lowest gross P&L of a trade so far, the time since its last fill included. */
function worstGross(trade: OpenTrade, atomsPerTickLot: bigint): bigint {
  const openTickLots = BigInt(trade.lots) * BigInt(trade.worstTicks) - trade.costTickLots;
  return minBig(trade.worstGrossAtoms, trade.grossAtoms + openTickLots * atomsPerTickLot);
}

/** Books the worst price since the last fill before a fill changes the position; the fill's own price counts too. */
function foldExcursion(trade: OpenTrade, fillTicks: number, atomsPerTickLot: bigint): void {
  if (trade.isShort ? fillTicks > trade.worstTicks : fillTicks < trade.worstTicks)
    trade.worstTicks = fillTicks;
  trade.worstGrossAtoms = worstGross(trade, atomsPerTickLot);
  trade.worstTicks = fillTicks;
}
