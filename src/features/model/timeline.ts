/**
 * Everything that the feature pipeline knows since its data began: one aggregator and one frame for each timeframe, the session and the last
 * day of the decision timeframe. A long gap in the data ends a timeline and begins another.
 */
import { US_PER_DAY } from '#core';
import { CandleAggregator } from '../aggregator.ts';
import type { Bar } from '../bar.ts';
import { SessionObv, SessionVwap } from '../kernels/volume.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import { DECISION_BARS_MIN, HIGHER_BARS_MIN, warmupUs } from './anchor-rule.ts';
import { DayWindow } from './day-window.ts';
import { Frame, Recursions } from './frame.ts';
import type { FrameView, SessionView } from './recipes.ts';

/** The state of a feature pipeline since its first source bar. */
export class Timeline implements Taped {
  /** One view for each timeframe; `recursions` are those of the day given to `select`. */
  readonly views: readonly FrameView[];
  readonly session: SessionView = { obv: new SessionObv(), vwap: Number.NaN };
  readonly day: DayWindow;
  readonly #sessionVwap = new SessionVwap();
  readonly #aggregators: readonly CandleAggregator[];
  readonly #frames: readonly Frame[];

  /** `dataFromUs` is the open of the first source bar. */
  constructor(timeframesUs: readonly number[], sourceTimeframeUs: number, dataFromUs: number) {
    this.#aggregators = timeframesUs.map((us) => new CandleAggregator(us, sourceTimeframeUs));
    this.#frames = this.#aggregators.map(({ closed }, index) => {
      const barsMin = index === 0 ? DECISION_BARS_MIN : HIGHER_BARS_MIN;
      return new Frame(closed, { warmupUs: warmupUs(timeframesUs, index), barsMin, dataFromUs });
    });
    this.views = this.#frames.map(({ bar, windows }) => ({ bar, windows, recursions: new Recursions() }));
    this.day = new DayWindow(timeframesUs[0]!);
  }

  /** The decision bar that closed last. */
  get decisionBar(): Bar {
    return this.views[0]!.bar;
  }

  /** Takes the next source bar; returns true when a decision bar closed with it. Bars that are overdue close first, silently. */
  push(bar: Bar): boolean {
    for (let i = 0; i < this.#frames.length; i++) {
      if (this.#aggregators[i]!.closeOverdue(bar.openTsUs)) this.#pushFrame(i);
    }
    let isDecision = false;
    for (let i = 0; i < this.#frames.length; i++) {
      if (!this.#aggregators[i]!.push(bar)) continue;
      this.#pushFrame(i);
      if (i === 0) isDecision = true;
    }
    return isDecision;
  }

  /** Puts the recursions that serve the last decision bar into the views; false when the data do not reach back far enough. */
  select(): boolean {
    if (!this.day.isFull) return false;
    const day = Math.floor(this.decisionBar.openTsUs / US_PER_DAY);
    for (let i = 0; i < this.#frames.length; i++) {
      const recursions = this.#frames[i]!.recursionsOf(day);
      if (recursions === undefined) return false;
      this.views[i]!.recursions = recursions;
    }
    return true;
  }

  tape(tape: StateTape): void {
    for (const part of [
      ...this.#aggregators,
      ...this.#frames,
      this.session.obv,
      this.#sessionVwap,
      this.day,
    ]) {
      part.tape(tape);
    }
    this.session.vwap = tape.number(this.session.vwap);
  }

  #pushFrame(index: number): void {
    this.#frames[index]!.push();
    if (index > 0) return;
    this.session.obv.push(this.decisionBar);
    this.session.vwap = this.#sessionVwap.push(this.decisionBar);
    this.day.push(this.decisionBar);
  }
}
