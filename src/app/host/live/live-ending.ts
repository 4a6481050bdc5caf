/**
 * How a live run ends: in order (entries stop, entry orders are cancelled, positions keep their stops or are closed) or by the kill switch (everything is
 * cancelled and closed, whatever the run thinks). The session goes on until then, so that what happens at the end is booked.
 */
import { formatDurationUs, US_PER_MS } from '#core';
import type { Order } from '#orders';
import type { Log } from '#telemetry';
import type { KillReport } from '#venues/desk';
import type { XylenConfig } from '../../config/schema.ts';
import type { TradingRun } from '../trading-run.ts';
import type { VenueWorld } from './venue-world.ts';

/** What ends. */
export interface LiveEndingParts {
  readonly run: TradingRun;
  readonly world: VenueWorld;
  readonly config: XylenConfig;
  readonly log: Log;
  /** Ends the session where it stands, so that it can be resumed. */
  readonly suspend: () => void;
  /** Makes the account flat; `null` = there is nothing to make flat. */
  readonly kill: ((onDone: (report: KillReport) => void) => void) | null;
  readonly after: (delayUs: number, call: () => void) => unknown;
  readonly nowUs: () => number;
}

const LOOK_US = 100 * US_PER_MS;

/** The end of one run. */
export class LiveEnding {
  readonly #parts: LiveEndingParts;
  #isBegun = false;
  #isDone = false;
  #killReport: KillReport | null = null;

  constructor(parts: LiveEndingParts) {
    this.#parts = parts;
  }

  /** What the kill switch reported; `null` = it was not pulled. */
  get killReport(): KillReport | null {
    return this.#killReport;
  }

  /** Begins an orderly end. `isOver`: the time of the run is over; else it is left to be resumed. */
  begin(isOver: boolean): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    const { config, nowUs, run, world } = this.#parts;
    const reason = isOver ? 'the time of the run is over' : 'the run was told to end';
    run.session.control('pause', reason);
    if (config.live.onEnd === 'flatten') run.session.control('flatten', reason);
    let isAsked = false;
    run.session.between(() => {
      isAsked = true;
      return [];
    });
    world.nudge();
    const untilUs = nowUs() + config.live.endWithinUs;
    this.#await(() => (isAsked && this.#isQuiet()) || nowUs() >= untilUs, isOver);
  }

  /** Pulls the kill switch, once. */
  urge(): void {
    const { kill, log, run, world } = this.#parts;
    if (this.#killReport !== null || this.#isDone) return;
    this.#isBegun = true;
    if (kill === null) {
      this.#finish(false);
      return;
    }
    log.warn('kill_switch', { detail: 'pulled: every order is cancelled, every position closed' });
    world.refuseOrders('the kill switch was pulled');
    run.session.control('pause', 'the kill switch was pulled');
    world.nudge();
    kill((report) => {
      this.#killReport = report;
      const took = formatDurationUs(Math.round(report.elapsedUs / US_PER_MS) * US_PER_MS);
      log.warn('kill_switch', {
        detail: `${report.isFlat ? 'flat' : 'NOT flat'} after ${took}`,
        left: report.left.join('; '),
      });
      // The fills of the last moment are heard a moment later.
      this.#parts.after(5 * LOOK_US, () => this.#finish(false));
    });
  }

  #await(isReady: () => boolean, isOver: boolean): void {
    this.#parts.after(LOOK_US, () => {
      // The kill switch ends it by itself.
      if (this.#isDone || this.#parts.world.isRefusing) return;
      if (isReady()) this.#finish(isOver);
      else this.#await(isReady, isOver);
    });
  }

  /** True when nothing works any more that is not to stay. */
  #isQuiet(): boolean {
    const { config, run } = this.#parts;
    const { orderDesk, portfolio, states } = run.engine;
    const { openOrders } = orderDesk.orders;
    if (config.live.onEnd === 'keep-stops') return openOrders.every(isStopThatStays);
    const isFlat = states.every(({ instrument }) => portfolio.positionLots(instrument.ix) === 0);
    return isFlat && openOrders.length === 0;
  }

  #finish(isOver: boolean): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const { suspend, world } = this.#parts;
    if (isOver) world.end();
    else suspend();
    world.nudge();
  }
}

/** A stop or target that rests; one that is on its way, or is to go, is still to be heard of. */
function isStopThatStays({ isCancelWanted, request: { label }, status }: Order): boolean {
  if (isCancelWanted || (label !== 'SL' && label !== 'TP')) return false;
  return status === 'ACCEPTED' || status === 'PARTIALLY_FILLED' || status === 'TRIGGERED';
}
