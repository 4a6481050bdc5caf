/** Groups that look at what a derivatives venue tells besides trades: mark and index, funding, open interest, liquidations. */
import type { EpochUs } from '#core';
import type { Side } from '#domain';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';
import { column, MicroGroup, type RowContext, type RowSpan } from './group.ts';
import { RowTotals } from './row-totals.ts';

const BPS = 10_000;
const E12 = 1e12;

/** The last value of something that the venue tells now and then; older than `staleUs` it is not known. */
class LastFact implements Taped {
  readonly #staleUs: number;
  #tsUs = 0;
  #value = Number.NaN;

  constructor(staleUs: number) {
    this.#staleUs = staleUs;
  }

  set(tsUs: EpochUs, value: number): void {
    if (tsUs < this.#tsUs) return;
    this.#tsUs = tsUs;
    this.#value = value;
  }

  at(nowUs: EpochUs): number {
    return nowUs - this.#tsUs <= this.#staleUs ? this.#value : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#tsUs = tape.number(this.#tsUs);
    this.#value = tape.number(this.#value);
  }
}

/** A value now and the one so many rows ago. */
class RowLag implements Taped {
  readonly #values: Window;

  constructor(rows: number) {
    this.#values = new Window(rows + 1);
  }

  /** Takes the value of the next row and returns the one `rows` rows ago; `NaN` when that is not known. */
  push(value: number): number {
    return this.#values.push(value) ? this.#values.oldest : Number.NaN;
  }

  clear(): void {
    this.#values.clear();
  }

  tape(tape: StateTape): void {
    this.#values.tape(tape);
  }
}

/** Premium, funding and open interest, and how they changed. */
export class DerivativesGroup extends MicroGroup {
  readonly columns;
  readonly #mark: LastFact;
  readonly #index: LastFact;
  readonly #funding: LastFact;
  readonly #interest: LastFact;
  readonly #fundingBefore: RowLag;
  readonly #interestBefore: RowLag;

  constructor({ label, rows }: RowSpan, staleUs: number) {
    super();
    this.#mark = new LastFact(staleUs);
    this.#index = new LastFact(staleUs);
    this.#funding = new LastFact(staleUs);
    this.#interest = new LastFact(staleUs);
    this.#fundingBefore = new RowLag(rows);
    this.#interestBefore = new RowLag(rows);
    this.columns = [
      column('premium_bps', '10^4 (mark - index) / index', 'bp', ''),
      column(
        'funding_rate',
        'rate of the next settlement as the venue tells it',
        'fraction per interval',
        '',
      ),
      column(
        `funding_change_${label}`,
        `that rate less the one ${label} before`,
        'fraction per interval',
        '',
      ),
      column(
        `oi_change_${label}`,
        `ln(open interest / open interest ${label} before)`,
        'fraction',
        'Bessembinder, Seguin 1993',
      ),
    ];
  }

  override onMark(tsVenueUs: EpochUs, markE8: number, indexE8: number): void {
    this.#mark.set(tsVenueUs, markE8);
    if (indexE8 > 0) this.#index.set(tsVenueUs, indexE8);
  }

  override onFundingRate(tsVenueUs: EpochUs, rateE12: number): void {
    this.#funding.set(tsVenueUs, rateE12);
  }

  override onOpenInterest(tsVenueUs: EpochUs, lots: number): void {
    this.#interest.set(tsVenueUs, lots);
  }

  override restart(): void {
    this.#fundingBefore.clear();
    this.#interestBefore.clear();
  }

  override endRow({ rowUs }: RowContext, out: Float64Array, at: number): void {
    const index = this.#index.at(rowUs);
    const rate = this.#funding.at(rowUs);
    const lots = this.#interest.at(rowUs);
    const lotsBefore = this.#interestBefore.push(lots);
    out[at] = (BPS * (this.#mark.at(rowUs) - index)) / index;
    out[at + 1] = rate / E12;
    out[at + 2] = (rate - this.#fundingBefore.push(rate)) / E12;
    out[at + 3] = lots > 0 && lotsBefore > 0 ? Math.log(lots / lotsBefore) : Number.NaN;
  }

  override tape(tape: StateTape): void {
    for (const part of [this.#mark, this.#index, this.#funding, this.#interest]) part.tape(tape);
    this.#fundingBefore.tape(tape);
    this.#interestBefore.tape(tape);
  }
}

/** Who was liquidated: 1 = forced buys alone (shorts), -1 = forced sales alone (longs). */
export class LiquidationGroup extends MicroGroup {
  readonly columns;
  readonly #rows: number;
  /** Signed lots, lots. */
  readonly #totals: RowTotals;
  #wholeFromUs: EpochUs = 0;
  /** All liquidations since the row before are known; the first row has none before it. */
  #isWhole = false;

  constructor({ label, rows }: RowSpan) {
    super();
    this.#rows = rows;
    this.#totals = new RowTotals(2, rows);
    this.columns = [
      column(
        `liquidation_imbalance_${label}`,
        `forced buys less forced sales / both, in lots over ${label}; 0 when none`,
        'ratio',
        '',
      ),
    ];
  }

  override onLiquidation(side: Side, qtyLots: number): void {
    const { current } = this.#totals;
    current[0] = current[0]! + (side === 'buy' ? qtyLots : -qtyLots);
    current[1] = current[1]! + qtyLots;
  }

  override onLiquidationsLost(untilUs: EpochUs): void {
    this.#wholeFromUs = Math.max(this.#wholeFromUs, untilUs);
    this.#isWhole = false;
  }

  override restart(): void {
    this.#totals.clear();
    this.#isWhole = false;
  }

  override endRow({ rowUs }: RowContext, out: Float64Array, at: number): void {
    this.#totals.end(this.#isWhole);
    this.#isWhole = rowUs >= this.#wholeFromUs;
    const lots = this.#totals.sum(1, this.#rows);
    out[at] = lots === 0 ? 0 : this.#totals.sum(0, this.#rows) / lots;
  }

  override tape(tape: StateTape): void {
    this.#totals.tape(tape);
    this.#wholeFromUs = tape.number(this.#wholeFromUs);
    this.#isWhole = tape.number(this.#isWhole ? 1 : 0) === 1;
  }
}
