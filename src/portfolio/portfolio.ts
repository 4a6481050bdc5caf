/**
 * One account: cash, average-cost positions, marks, margin. Exact: prices are ticks, quantities lots, money bigint atoms; no float
 * enters a sum. Pure: no clock, no I/O. It does not decide anything and knows no orders.
 *
 * Invariants, asserted on every fill and payment:
 *  - cash = start + gross realised - fees + funding + adjustments;
 *  - per instrument: realised = money that came in by its fills + cost of what is open (an independent sum, so that a rounding slip shows);
 *  - a flat position costs nothing.
 * Rounding: a partial close takes cost x closed / open rounded up (signed), so realised P&L is never rounded in our favour; the
 * remainder stays in the cost, so realised + unrealised is exact at every moment.
 */
import {
  assert,
  assertSafeInteger,
  type Checkpointable,
  divCeil,
  type EpochUs,
  stateRecord,
  utcDay,
} from '#core';
import type { FillEvent, FundingPaymentEvent, Instrument, InstrumentIx, InstrumentTable } from '#domain';
import { DrawdownTracker } from './drawdown.ts';
import type { AccountSnapshot, FillOutcome, PortfolioView, PositionView } from './view.ts';

const PPM = 1_000_000n;

/** How a portfolio begins. */
export interface PortfolioOptions {
  readonly instruments: InstrumentTable;
  /** Cash at the start, > 0. */
  readonly startCashAtoms: bigint;
  readonly startUs: EpochUs;
  /** Leverage of the account, an integer >= 1; an instrument never gets more than its `leverageMax`. Default 1. */
  readonly leverage?: number;
}

/** Instruments that share leverage and maintenance rate: margin is a sum over groups, not over positions. */
interface MarginGroup {
  readonly leverage: bigint;
  readonly maintenancePpm: bigint;
  grossAtoms: bigint;
}

/** Returns a product of two safe integers, exact. */
function multiply(a: number, b: number): bigint {
  const product = a * b;
  return Number.isSafeInteger(product) ? BigInt(product) : BigInt(a) * BigInt(b);
}

/** Cash, positions and what follows from them; events come in the order of the engine's time. */
export class Portfolio implements Checkpointable, PortfolioView {
  readonly #instruments: InstrumentTable;
  readonly #atomsPerTickLot: readonly bigint[];
  readonly #groups: readonly MarginGroup[];
  readonly #groupOf: readonly MarginGroup[];
  readonly leverageMin: number;
  readonly #lots: Float64Array;
  readonly #marks: Float64Array;
  readonly #cost: bigint[];
  readonly #flow: bigint[];
  readonly #realisedTickLots: bigint[];
  readonly #startCash: bigint;
  readonly #drawdown: DrawdownTracker;
  #cash: bigint;
  #realised = 0n;
  #fees = 0n;
  #funding = 0n;
  #adjustments = 0n;
  #transfers = 0n;
  #costAtoms = 0n;
  #netAtoms = 0n;
  #equity: bigint;
  #day: number;
  #dayStartEquity: bigint;

  constructor(options: PortfolioOptions) {
    const { instruments, startCashAtoms, startUs, leverage = 1 } = options;
    assert(Number.isSafeInteger(leverage) && leverage >= 1, `leverage is an integer >= 1, was ${leverage}`);
    assertSafeInteger(startUs, 'startUs');
    this.#instruments = instruments;
    this.#atomsPerTickLot = instruments.all.map((instrument) => BigInt(instrument.atomsPerTickLot));
    [this.#groups, this.#groupOf] = marginGroups(instruments.all, leverage);
    this.leverageMin = Math.min(leverage, ...instruments.all.map((instrument) => instrument.leverageMax));
    this.#lots = new Float64Array(instruments.count);
    this.#marks = new Float64Array(instruments.count);
    this.#cost = instruments.all.map(() => 0n);
    this.#flow = instruments.all.map(() => 0n);
    this.#realisedTickLots = instruments.all.map(() => 0n);
    this.#startCash = startCashAtoms;
    this.#cash = startCashAtoms;
    this.#equity = startCashAtoms;
    this.#drawdown = new DrawdownTracker(startUs, startCashAtoms);
    this.#day = utcDay(startUs);
    this.#dayStartEquity = startCashAtoms;
  }

  /** Books a fill and returns what it did. The first fill of an instrument without a mark also marks it. */
  applyFill(fill: FillEvent): FillOutcome {
    const ix = fill.instrumentIx;
    if (!(ix >= 0 && ix < this.#lots.length)) assert(false, `fill names a known instrument, was ${ix}`);
    if (!(fill.qtyLots > 0 && Number.isSafeInteger(fill.qtyLots)))
      assert(false, `fill quantity > 0, was ${fill.qtyLots}`);
    if (!(fill.priceTicks > 0 && Number.isSafeInteger(fill.priceTicks)))
      assert(false, `price > 0, was ${fill.priceTicks}`);
    this.advance(fill.tsLocalUs);
    const sign = fill.side === 'buy' ? 1 : -1;
    const before = this.#lots[ix]!;
    const after = assertSafeInteger(before + sign * fill.qtyLots, 'position in lots');
    const isAgainst = before !== 0 && before > 0 !== sign > 0;
    const closedLots = isAgainst ? Math.min(Math.abs(before), fill.qtyLots) : 0;
    const openedLots = fill.qtyLots - closedLots;
    const realised = this.#book(ix, sign, fill.priceTicks, closedLots, openedLots);
    if (this.#marks[ix] === 0) this.#marks[ix] = fill.priceTicks;
    this.#moveExposure(ix, before, after, this.#marks[ix]!);
    this.#lots[ix] = after;
    assert(after !== 0 || this.#cost[ix] === 0n, 'a flat position costs nothing');
    this.#realised += realised;
    this.#fees += fill.feeAtoms;
    this.#addCash(realised - fill.feeAtoms, fill.tsLocalUs);
    return {
      instrumentIx: ix,
      tsUs: fill.tsLocalUs,
      openedLots,
      closedLots,
      realisedAtoms: realised,
      positionLotsBefore: before,
      positionLots: after,
      costTickLots: this.#cost[ix]!,
      isFlip: closedLots > 0 && openedLots > 0,
      isFlat: after === 0,
    };
  }

  /** Books a funding payment: positive amounts are received. */
  applyFunding(payment: FundingPaymentEvent): void {
    assert(
      payment.instrumentIx >= 0 && payment.instrumentIx < this.#lots.length,
      'payment names an instrument',
    );
    this.advance(payment.tsLocalUs);
    this.#funding += payment.amountAtoms;
    this.#addCash(payment.amountAtoms, payment.tsLocalUs);
  }

  /**
   * Books money that the venue has and no event has told of (positive = received). A transfer is no result: the day's start and the high-water mark
   * move with it. Anything else counts as won or lost.
   */
  applyAdjustment(amountAtoms: bigint, tsUs: EpochUs, isTransfer: boolean): void {
    this.advance(tsUs);
    this.#adjustments += amountAtoms;
    if (isTransfer) {
      this.#transfers += amountAtoms;
      this.#dayStartEquity += amountAtoms;
      this.#drawdown.shift(amountAtoms);
    }
    this.#addCash(amountAtoms, tsUs);
  }

  /** Values one instrument at a new price. O(1), free of allocation while the position is flat. */
  mark(instrumentIx: InstrumentIx, priceTicks: number, tsUs: EpochUs): void {
    if (!(priceTicks > 0 && Number.isSafeInteger(priceTicks)))
      assert(false, `mark is > 0 ticks, was ${priceTicks}`);
    if (!(instrumentIx >= 0 && instrumentIx < this.#lots.length))
      assert(false, `known instrument, was ${instrumentIx}`);
    this.advance(tsUs);
    const lots = this.#lots[instrumentIx]!;
    const previous = this.#marks[instrumentIx]!;
    this.#marks[instrumentIx] = priceTicks;
    if (lots === 0 || previous === priceTicks) return;
    const change = multiply(lots, priceTicks - previous) * this.#atomsPerTickLot[instrumentIx]!;
    this.#netAtoms += change;
    this.#groupOf[instrumentIx]!.grossAtoms += lots > 0 ? change : -change;
    this.#equity += change;
    this.#drawdown.observe(tsUs, this.#equity);
  }

  /** Lets time pass: at a UTC day boundary the equity known last becomes the new day's start. Time never goes back. */
  advance(tsUs: EpochUs): void {
    const day = utcDay(tsUs);
    if (day <= this.#day) return;
    this.#day = day;
    this.#dayStartEquity = this.#equity;
  }

  get startCashAtoms(): bigint {
    return this.#startCash;
  }
  get cashAtoms(): bigint {
    return this.#cash;
  }
  get equityAtoms(): bigint {
    return this.#equity;
  }
  get unrealisedAtoms(): bigint {
    return this.#netAtoms - this.#costAtoms;
  }
  /** Gross P&L realised so far, before fees and funding. */
  get realisedAtoms(): bigint {
    return this.#realised;
  }
  /** Fees paid so far, less rebates. */
  get feesAtoms(): bigint {
    return this.#fees;
  }
  /** Funding received so far, less funding paid. */
  get fundingAtoms(): bigint {
    return this.#funding;
  }
  /** Money booked because the venue had it and no event told of it, transfers included. */
  get adjustmentsAtoms(): bigint {
    return this.#adjustments;
  }
  /** The part of the adjustments that was moved in or out, and is no result. */
  get transfersAtoms(): bigint {
    return this.#transfers;
  }
  get netExposureAtoms(): bigint {
    return this.#netAtoms;
  }
  get grossExposureAtoms(): bigint {
    let sum = 0n;
    for (const group of this.#groups) sum += group.grossAtoms;
    return sum;
  }
  get marginUsedAtoms(): bigint {
    let sum = 0n;
    for (const group of this.#groups) sum += divCeil(group.grossAtoms, group.leverage);
    return sum;
  }
  /** Margin below which the venue liquidates, rounded up. */
  get maintenanceMarginAtoms(): bigint {
    let sum = 0n;
    for (const group of this.#groups) sum += divCeil(group.grossAtoms * group.maintenancePpm, PPM);
    return sum;
  }
  get highWaterAtoms(): bigint {
    return this.#drawdown.highWaterAtoms;
  }
  /** Present fall below the high-water mark, a fraction. */
  get drawdown(): number {
    return this.#drawdown.drawdownOf(this.#equity);
  }
  /** Deepest fall below the high-water mark so far, a fraction. */
  get maxDrawdown(): number {
    return this.#drawdown.maxDrawdown;
  }
  get day(): number {
    return this.#day;
  }
  get dayStartEquityAtoms(): bigint {
    return this.#dayStartEquity;
  }
  /** Change of equity since the UTC day began. */
  get dayPnlAtoms(): bigint {
    return this.#equity - this.#dayStartEquity;
  }

  positionLots(instrumentIx: InstrumentIx): number {
    return this.#lots[instrumentIx] ?? 0;
  }

  markTicks(instrumentIx: InstrumentIx): number {
    return this.#marks[instrumentIx] ?? 0;
  }

  leverageOf(instrumentIx: InstrumentIx): number {
    return Number(this.#groupOf[instrumentIx]?.leverage ?? 1n);
  }

  /** Returns the position of one instrument as a value. */
  position(instrumentIx: InstrumentIx): PositionView {
    if (!(instrumentIx >= 0 && instrumentIx < this.#lots.length))
      assert(false, `known instrument, was ${instrumentIx}`);
    const qtyLots = this.#lots[instrumentIx]!;
    const cost = this.#cost[instrumentIx]!;
    const perTickLot = this.#atomsPerTickLot[instrumentIx]!;
    const signed = multiply(qtyLots, this.#marks[instrumentIx]!) * perTickLot;
    return {
      instrumentIx,
      qtyLots,
      costTickLots: cost,
      entryTicks: qtyLots === 0 ? null : Number(cost) / qtyLots,
      markTicks: this.#marks[instrumentIx]!,
      notionalAtoms: signed < 0n ? -signed : signed,
      unrealisedAtoms: signed - cost * perTickLot,
      realisedAtoms: this.#realisedTickLots[instrumentIx]! * perTickLot,
    };
  }

  /** Returns the open positions in order of instrument. */
  openPositions(): readonly PositionView[] {
    return this.#instruments.all
      .filter((instrument) => this.#lots[instrument.ix] !== 0)
      .map((instrument) => this.position(instrument.ix));
  }

  /** Returns the whole account as a value. */
  snapshot(): AccountSnapshot {
    return {
      cashAtoms: this.#cash,
      equityAtoms: this.#equity,
      unrealisedAtoms: this.unrealisedAtoms,
      realisedAtoms: this.#realised,
      feesAtoms: this.#fees,
      fundingAtoms: this.#funding,
      dayPnlAtoms: this.dayPnlAtoms,
      maxDrawdown: this.maxDrawdown,
      positions: this.openPositions(),
    };
  }

  saveState(): unknown {
    return {
      lots: this.#lots.slice(),
      marks: this.#marks.slice(),
      cost: [...this.#cost],
      flow: [...this.#flow],
      realisedTickLots: [...this.#realisedTickLots],
      cash: this.#cash,
      realised: this.#realised,
      fees: this.#fees,
      funding: this.#funding,
      adjustments: this.#adjustments,
      transfers: this.#transfers,
      day: this.#day,
      dayStartEquity: this.#dayStartEquity,
      drawdown: this.#drawdown.saveState(),
    };
  }

  /** Loads a state saved by a portfolio of the same instruments, start and leverage; sums over positions are rebuilt, not trusted. */
  loadState(state: unknown): void {
    const saved = stateRecord(state, 'Portfolio');
    const lots = saved.lots as Float64Array;
    assert(lots.length === this.#lots.length, `saved portfolio has ${this.#lots.length} instruments`);
    this.#lots.set(lots);
    this.#marks.set(saved.marks as Float64Array);
    replace(this.#cost, saved.cost as bigint[]);
    replace(this.#flow, saved.flow as bigint[]);
    replace(this.#realisedTickLots, saved.realisedTickLots as bigint[]);
    this.#cash = saved.cash as bigint;
    this.#realised = saved.realised as bigint;
    this.#fees = saved.fees as bigint;
    this.#funding = saved.funding as bigint;
    // A state from before there were any has none.
    this.#adjustments = (saved.adjustments ?? 0n) as bigint;
    this.#transfers = (saved.transfers ?? 0n) as bigint;
    this.#day = saved.day as number;
    this.#dayStartEquity = saved.dayStartEquity as bigint;
    this.#drawdown.loadState(saved.drawdown);
    this.#sumPositions();
    this.#assertBalanced();
  }

  /** Moves cost and realised P&L of one instrument; returns the realised part in atoms. */
  #book(ix: InstrumentIx, sign: 1 | -1, priceTicks: number, closedLots: number, openedLots: number): bigint {
    const perTickLot = this.#atomsPerTickLot[ix]!;
    const costBefore = this.#cost[ix]!;
    let cost = costBefore;
    let realised = 0n;
    if (closedLots > 0) {
      const open = Math.abs(this.#lots[ix]!);
      const closedCost = closedLots === open ? cost : divCeil(cost * BigInt(closedLots), BigInt(open));
      realised = multiply(-sign * closedLots, priceTicks) - closedCost;
      cost -= closedCost;
    }
    if (openedLots > 0) cost += multiply(sign * openedLots, priceTicks);
    this.#cost[ix] = cost;
    this.#costAtoms += (cost - costBefore) * perTickLot;
    this.#flow[ix] = this.#flow[ix]! - multiply(sign * (closedLots + openedLots), priceTicks);
    this.#realisedTickLots[ix] = this.#realisedTickLots[ix]! + realised;
    assert(
      this.#realisedTickLots[ix] === this.#flow[ix]! + cost,
      `realised P&L of instrument ${ix} equals its cash flow plus its open cost`,
    );
    return realised * perTickLot;
  }

  #moveExposure(ix: InstrumentIx, before: number, after: number, markTicks: number): void {
    const perTickLot = this.#atomsPerTickLot[ix]!;
    this.#netAtoms += multiply(after - before, markTicks) * perTickLot;
    this.#groupOf[ix]!.grossAtoms += multiply(Math.abs(after) - Math.abs(before), markTicks) * perTickLot;
  }

  #addCash(amountAtoms: bigint, tsUs: EpochUs): void {
    this.#cash += amountAtoms;
    this.#equity = this.#cash - this.#costAtoms + this.#netAtoms;
    this.#assertBalanced();
    this.#drawdown.observe(tsUs, this.#equity);
  }

  #assertBalanced(): void {
    assert(
      this.#cash === this.#startCash + this.#realised - this.#fees + this.#funding + this.#adjustments,
      'cash = start + gross realised - fees + funding + adjustments',
    );
  }

  #sumPositions(): void {
    for (const group of this.#groups) group.grossAtoms = 0n;
    this.#netAtoms = 0n;
    this.#costAtoms = 0n;
    for (let ix = 0; ix < this.#lots.length; ix++) {
      this.#moveExposure(ix, 0, this.#lots[ix]!, this.#marks[ix]!);
      this.#costAtoms += this.#cost[ix]! * this.#atomsPerTickLot[ix]!;
    }
    this.#equity = this.#cash - this.#costAtoms + this.#netAtoms;
  }
}

function marginGroups(
  instruments: readonly Instrument[],
  leverage: number,
): [readonly MarginGroup[], readonly MarginGroup[]] {
  const groups = new Map<string, MarginGroup>();
  const groupOf = instruments.map((instrument) => {
    const effective = Math.min(leverage, instrument.leverageMax);
    const key = `${effective}|${instrument.maintenanceMarginPpm}`;
    const group = groups.get(key) ?? {
      leverage: BigInt(effective),
      maintenancePpm: BigInt(instrument.maintenanceMarginPpm),
      grossAtoms: 0n,
    };
    groups.set(key, group);
    return group;
  });
  return [[...groups.values()], groupOf];
}

function replace(target: bigint[], source: readonly bigint[]): void {
  assert(target.length === source.length, `saved column has ${target.length} rows, was ${source.length}`);
  for (let i = 0; i < target.length; i++) target[i] = source[i]!;
}
