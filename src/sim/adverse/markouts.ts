/**
 * Adverse selection of own fills, measured (M104 to M106): how far the middle of the book moved against each fill in the time after it, apart for makers and
 * takers, and for makers whose place in the queue was far back. What it is not: a cost that is charged; fills stay as they are.
 * Invariants: a fill is counted once for each horizon; what could not be measured is counted as such.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord, US_PER_SECOND } from '#core';
import type { Side } from '#domain';

/** How long after a fill the market is looked at again, microseconds. */
export const MARKOUT_HORIZONS_US = [US_PER_SECOND, 10 * US_PER_SECOND] as const;

/** A maker with more orders ahead at its arrival is taken to be likely toxic when it fills: what stood before it had to go first. */
export const TOXIC_QUEUE_ABOVE = 10;

/** Groups of fills; the last two are the makers by their flag. */
export const MARKOUT_GROUPS = ['maker', 'taker', 'maker-likely-toxic', 'maker-other'] as const;

/** One of `MARKOUT_GROUPS`. */
export type MarkoutGroup = (typeof MARKOUT_GROUPS)[number];

/** A fill as it is studied. */
export interface StudiedFill {
  readonly side: Side;
  readonly isMaker: boolean;
  readonly tsUs: EpochUs;
  /** Middle of the book at the fill: for a maker before the event that filled it; `NaN` = not known. */
  readonly midTicks: number;
  /** What stood ahead of a maker when it joined its queue; `NaN` = it never queued, or that is not known. */
  readonly joinedLots: number;
  /** Orders ahead then, where the record tells them; else `NaN`. */
  readonly joinedOrders: number;
}

/** What was measured of a group at a horizon; basis points of the mid price, positive = against the trader. */
export interface MarkoutRow {
  readonly group: MarkoutGroup;
  readonly horizonUs: number;
  readonly fills: number;
  /** Fills with a mid price then and `horizonUs` later. */
  readonly measured: number;
  /** `null` below one measured fill. */
  readonly meanBps: number | null;
  /** Bounds of the mean with 95 % confidence (normal, fills taken as independent); `null` below two measured fills. */
  readonly lowBps: number | null;
  readonly highBps: number | null;
}

/** Fills that may wait for a horizon; those beyond are counted and not measured. */
const WAITING_MAX = 100_000;
const BPS = 10_000;
/** Normal quantile of 97.5 %. */
const Z95 = 1.959964;

interface Waiting {
  readonly dueUs: EpochUs;
  readonly midTicks: number;
  readonly sign: 1 | -1;
  readonly groups: readonly MarkoutGroup[];
}

/** Count, measured count, sum and sum of squares. */
type Sums = [fills: number, measured: number, sum: number, squares: number];

/** The fills of one market. */
export class Markouts implements Checkpointable {
  readonly #sums = new Map<string, Sums>();
  /** Fills by horizon, in order of time. */
  readonly #waiting: Waiting[][] = MARKOUT_HORIZONS_US.map(() => []);
  #nextDueUs: EpochUs = Number.POSITIVE_INFINITY;
  #printCount = 0;
  #printLots = 0;

  /** The first moment at which a waiting fill is looked at again; `Infinity` when none waits. */
  get nextDueUs(): EpochUs {
    return this.#nextDueUs;
  }

  /** Takes note of a print: their mean size makes quantities ahead comparable with orders. */
  onPrint(lots: number): void {
    this.#printCount++;
    this.#printLots += lots;
  }

  /** True when a maker's place at its arrival was behind more than `TOXIC_QUEUE_ABOVE` orders (M105). */
  isLikelyToxic({
    isMaker,
    joinedLots,
    joinedOrders,
  }: Omit<StudiedFill, 'side' | 'tsUs' | 'midTicks'>): boolean {
    if (!isMaker) return false;
    if (!Number.isNaN(joinedOrders)) return joinedOrders > TOXIC_QUEUE_ABOVE;
    const orderLots = this.#printCount === 0 ? 1 : Math.max(1, this.#printLots / this.#printCount);
    return joinedLots / orderLots > TOXIC_QUEUE_ABOVE;
  }

  /** Takes a fill; they come in order of time. */
  onFill(fill: StudiedFill): void {
    const groups: MarkoutGroup[] = fill.isMaker
      ? ['maker', this.isLikelyToxic(fill) ? 'maker-likely-toxic' : 'maker-other']
      : ['taker'];
    const sign = fill.side === 'buy' ? 1 : -1;
    for (const [at, horizonUs] of MARKOUT_HORIZONS_US.entries()) {
      for (const group of groups) this.#sumsOf(group, horizonUs)[0]++;
      const waiting = this.#waiting[at]!;
      if (Number.isNaN(fill.midTicks) || waiting.length >= WAITING_MAX) continue;
      waiting.push({ dueUs: fill.tsUs + horizonUs, midTicks: fill.midTicks, sign, groups });
    }
    this.#findNextDue();
  }

  /** Tells the mid price that has held until now: what was due before `nowUs` is measured by it. Called before an event of `nowUs` counts. */
  onTime(nowUs: EpochUs, midTicks: number): void {
    if (this.#nextDueUs >= nowUs) return;
    for (const [at, horizonUs] of MARKOUT_HORIZONS_US.entries()) {
      const waiting = this.#waiting[at]!;
      let done = 0;
      while (done < waiting.length && waiting[done]!.dueUs < nowUs)
        this.#measure(waiting[done++]!, horizonUs, midTicks);
      if (done > 0) waiting.splice(0, done);
    }
    this.#findNextDue();
  }

  /** Adds what another market measured. */
  add(other: Markouts): void {
    for (const [key, sums] of other.#sums) {
      const own = this.#sums.get(key) ?? [0, 0, 0, 0];
      this.#sums.set(key, own.map((value, at) => value + sums[at]!) as Sums);
    }
  }

  /** Returns what was measured, group by group. */
  rows(): readonly MarkoutRow[] {
    return MARKOUT_GROUPS.flatMap((group) =>
      MARKOUT_HORIZONS_US.map((horizonUs) => rowOf(group, horizonUs, this.#sumsOf(group, horizonUs))),
    );
  }

  saveState(): unknown {
    return {
      sums: [...this.#sums].map(([key, sums]) => [key, [...sums]]),
      waiting: this.#waiting.map((list) => list.map((one) => ({ ...one, groups: [...one.groups] }))),
      prints: [this.#printCount, this.#printLots],
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'markouts');
    this.#sums.clear();
    for (const [key, sums] of record.sums as readonly (readonly [string, Sums])[])
      this.#sums.set(key, [...sums]);
    for (const [at, list] of (record.waiting as readonly (readonly Waiting[])[]).entries())
      this.#waiting[at]!.splice(0, Number.POSITIVE_INFINITY, ...list);
    [this.#printCount, this.#printLots] = record.prints as [number, number];
    this.#findNextDue();
  }

  #sumsOf(group: MarkoutGroup, horizonUs: number): Sums {
    const key = `${group} ${horizonUs}`;
    let sums = this.#sums.get(key);
    if (sums === undefined) {
      sums = [0, 0, 0, 0];
      this.#sums.set(key, sums);
    }
    return sums;
  }

  #measure({ groups, midTicks: before, sign }: Waiting, horizonUs: number, midTicks: number): void {
    if (Number.isNaN(midTicks)) return;
    assert(before > 0, 'a fill is studied at a mid price above 0');
    const against = ((sign * (before - midTicks)) / before) * BPS;
    for (const group of groups) {
      const sums = this.#sumsOf(group, horizonUs);
      sums[1]++;
      sums[2] += against;
      sums[3] += against * against;
    }
  }

  #findNextDue(): void {
    this.#nextDueUs = Math.min(...this.#waiting.map((list) => list[0]?.dueUs ?? Number.POSITIVE_INFINITY));
  }
}

function rowOf(group: MarkoutGroup, horizonUs: number, [fills, measured, sum, squares]: Sums): MarkoutRow {
  if (measured === 0)
    return { group, horizonUs, fills, measured, meanBps: null, lowBps: null, highBps: null };
  const meanBps = sum / measured;
  if (measured === 1) return { group, horizonUs, fills, measured, meanBps, lowBps: null, highBps: null };
  const variance = Math.max(0, (squares - sum * meanBps) / (measured - 1));
  const half = Z95 * Math.sqrt(variance / measured);
  return { group, horizonUs, fills, measured, meanBps, lowBps: meanBps - half, highBps: meanBps + half };
}
