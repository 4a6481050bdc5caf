/**
 * The account's losses as risk sees them: worst loss of the UTC day, fall from the high-water mark, and whether trading was halted.
 * A loss of the day counts at its worst: equity that comes back does not give the day its limit back.
 */
import { assert, type Checkpointable, type EpochUs, maxBig, stateRecord, utcDay } from '#core';
import type { PortfolioView } from '#portfolio';

/** Why trading ended until a person resumes. */
export interface Halt {
  readonly code: 'shutdown' | 'emergency_shutdown' | 'drawdown';
  readonly message: string;
  readonly sinceUs: EpochUs;
}

/** Follows the losses of one account. */
export class AccountGuard implements Checkpointable {
  #day = -1;
  #dayAnchorAtoms = 0n;
  #dayLossAtoms = 0n;
  #peakAtoms = 0n;
  /** High-water mark of the account when a person resumed last: marks up to it are forgiven. */
  #forgivenMarkAtoms = 0n;
  #equityAtoms = 0n;
  #halt: Halt | null = null;

  /** The halt in force, or `null`. */
  get halt(): Halt | null {
    return this.#halt;
  }
  /** UTC day that the day's loss belongs to; -1 before the first observation. */
  get day(): number {
    return this.#day;
  }
  /** Worst loss of the day so far, >= 0. */
  get dayLossAtoms(): bigint {
    return this.#dayLossAtoms;
  }
  /** Worst loss of the day as a fraction of its opening equity; NaN when that was not above 0. */
  get dayLossFraction(): number {
    return this.#dayAnchorAtoms > 0n ? Number(this.#dayLossAtoms) / Number(this.#dayAnchorAtoms) : Number.NaN;
  }
  /** Present fall below the peak as a fraction of it; NaN before the first observation. */
  get drawdownFraction(): number {
    if (this.#peakAtoms <= 0n) return Number.NaN;
    return Number(this.#peakAtoms - this.#equityAtoms) / Number(this.#peakAtoms);
  }

  /** Takes the account as it is at a moment. */
  observe(nowUs: EpochUs, account: PortfolioView): void {
    const equity = account.equityAtoms;
    const day = utcDay(nowUs);
    if (day > this.#day) {
      this.#day = day;
      // An account that has seen no event of the new day still has the equity of the last moment before it.
      this.#dayAnchorAtoms = account.day >= day ? account.dayStartEquityAtoms : equity;
      this.#dayLossAtoms = 0n;
    }
    this.#equityAtoms = equity;
    this.#dayLossAtoms = maxBig(this.#dayLossAtoms, this.#dayAnchorAtoms - equity);
    const mark = account.highWaterAtoms;
    this.#peakAtoms = maxBig(this.#peakAtoms, mark > this.#forgivenMarkAtoms ? mark : equity);
  }

  /** Money came or went that is no result: what losses are measured from moves with it. */
  shift(amountAtoms: bigint): void {
    if (this.#day < 0) return;
    this.#dayAnchorAtoms += amountAtoms;
    this.#peakAtoms += amountAtoms;
    if (this.#forgivenMarkAtoms !== 0n) this.#forgivenMarkAtoms += amountAtoms;
    this.#equityAtoms += amountAtoms;
  }

  /** Ends trading until `resume`; an earlier halt stays as it is. */
  stop(halt: Halt): void {
    assert(halt.message !== '', 'a halt has a reason');
    this.#halt ??= halt;
  }

  /**
   * Lifts the halt; returns its code. The loss that caused it is measured from the present equity on, else the same halt would follow at
   * once; other losses keep counting, and a halt by a person forgives none.
   */
  resume(nowUs: EpochUs, account: PortfolioView): Halt['code'] | null {
    this.observe(nowUs, account);
    const code = this.#halt?.code ?? null;
    this.#halt = null;
    if (code === 'emergency_shutdown') {
      this.#dayAnchorAtoms = account.equityAtoms;
      this.#dayLossAtoms = 0n;
    } else if (code === 'drawdown') {
      this.#peakAtoms = account.equityAtoms;
      this.#forgivenMarkAtoms = account.highWaterAtoms;
    }
    return code;
  }

  saveState(): unknown {
    return {
      day: this.#day,
      dayAnchorAtoms: this.#dayAnchorAtoms,
      dayLossAtoms: this.#dayLossAtoms,
      peakAtoms: this.#peakAtoms,
      forgivenMarkAtoms: this.#forgivenMarkAtoms,
      equityAtoms: this.#equityAtoms,
      halt: this.#halt === null ? null : { ...this.#halt },
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'AccountGuard');
    this.#day = saved.day as number;
    this.#dayAnchorAtoms = saved.dayAnchorAtoms as bigint;
    this.#dayLossAtoms = saved.dayLossAtoms as bigint;
    this.#peakAtoms = saved.peakAtoms as bigint;
    this.#forgivenMarkAtoms = saved.forgivenMarkAtoms as bigint;
    this.#equityAtoms = saved.equityAtoms as bigint;
    const halt = saved.halt as Halt | null;
    this.#halt = halt === null ? null : { ...halt };
    assert(this.#dayLossAtoms >= 0n, 'a saved loss is not negative');
  }
}
