/** The rows of the account's state: one a decision bar, written once its moment is over, so that several symbols that close a bar together are all in it. */
import { type Checkpointable, type EpochUs, stateRecord } from '#core';
import { portfolioStateRow } from './rows.ts';
import type { EngineServices } from './services.ts';
import { buyAndHoldPct } from './summary.ts';

/** No row is due. */
const NOT_DUE = Number.POSITIVE_INFINITY;

/** Writes the rows when they are due. */
export class AccountRows implements Checkpointable {
  readonly #engine: EngineServices;
  #count = 0;
  /** Moment of the row that is written once the moment is over. */
  #dueUs: EpochUs = NOT_DUE;
  /** Moment of the last row. */
  #lastUs: EpochUs = -1;

  constructor(engine: EngineServices) {
    this.#engine = engine;
  }

  /** A row of this moment is wanted. */
  want(nowUs: EpochUs): void {
    this.#dueUs = nowUs;
  }

  /** Writes the row that is due when its moment is over at `tsUs`. */
  flushBefore(tsUs: EpochUs): void {
    if (tsUs > this.#dueUs) this.#write();
  }

  /** Writes the last row of a run; one that had ended and is resumed has it already. */
  finish(nowUs: EpochUs): void {
    if (this.#lastUs !== nowUs) this.#dueUs = nowUs;
    if (this.#dueUs !== NOT_DUE) this.#write();
  }

  /** True when a decision bar's time has passed since the last row: how data without candles come by them. */
  isNewBar(nowUs: EpochUs): boolean {
    const { sourceTimeframeUs, timeframesUs } = this.#engine.options;
    const barUs = timeframesUs[0] ?? sourceTimeframeUs;
    const lastUs = this.#dueUs === NOT_DUE ? this.#lastUs : this.#dueUs;
    return Math.floor(nowUs / barUs) > Math.floor(lastUs / barUs);
  }

  saveState(): unknown {
    return { count: this.#count, dueUs: this.#dueUs, lastUs: this.#lastUs };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'account rows');
    this.#count = Number(saved.count);
    this.#dueUs = Number(saved.dueUs);
    this.#lastUs = Number(saved.lastUs);
  }

  #write(): void {
    const timestamp = this.#dueUs;
    this.#dueUs = NOT_DUE;
    this.#lastUs = timestamp;
    const { isRecorded, options, portfolio } = this.#engine;
    if (!isRecorded) return;
    const holdPct = buyAndHoldPct(this.#engine);
    const benchmark = holdPct === null ? null : 1 + holdPct / 100;
    const at = { stateId: ++this.#count, timestamp, benchmark };
    this.#engine.emit({
      kind: 'record',
      row: portfolioStateRow(portfolio.snapshot(), options.instruments.all, at),
    });
  }
}
