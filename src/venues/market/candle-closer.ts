/**
 * Tells when a candle of a stream is finished, for venues whose candle messages do not say so: a candle is finished once the venue has sent a later one
 * of the same instrument and length, or once the venue's time has passed its end by `graceUs`. What is sent for it afterwards is not delivered
 * but counted: history corrects it, a stream that says two things would not.
 */
import type { EpochUs } from '#core';
import type { InstrumentIx } from '#domain';
import type { DecodedSink, VenueCandle } from './decoded.ts';

/** Makes an empty record of a candle. */
export function newVenueCandle(): VenueCandle {
  return {
    instrumentIx: 0,
    tsVenueUs: 0,
    timeframeUs: 0,
    openTsUs: 0,
    openTicks: 0,
    highTicks: 0,
    lowTicks: 0,
    closeTicks: 0,
    volumeLots: 0,
    isClosed: false,
  };
}

/** The newest candle of each instrument and length; as many as were subscribed. */
export class CandleCloser {
  /** Changes of candles that were already told as finished. */
  lateCount = 0;
  readonly #graceUs: number;
  readonly #newest = new Map<number, Map<InstrumentIx, VenueCandle>>();
  #nextCloseUs: EpochUs = Number.POSITIVE_INFINITY;

  constructor(graceUs: number) {
    this.#graceUs = graceUs;
  }

  /** Takes a candle as the venue has it now; delivers the one before it as finished, then it itself as unfinished. */
  take(candle: VenueCandle, sink: DecodedSink): void {
    const newest = this.#newestOf(candle);
    if (newest !== undefined && isSettled(newest, candle)) {
      this.lateCount++;
      return;
    }
    if (newest !== undefined && candle.openTsUs > newest.openTsUs) deliverClosed(newest, sink);
    this.#hold(candle, newest);
    candle.isClosed = false;
    sink.onCandle(candle);
  }

  /** Delivers as finished what ended before `tsVenueUs` minus the grace. */
  passTime(tsVenueUs: EpochUs, sink: DecodedSink): void {
    if (tsVenueUs < this.#nextCloseUs) return;
    let nextCloseUs = Number.POSITIVE_INFINITY;
    for (const [timeframeUs, candles] of this.#newest) {
      for (const candle of candles.values()) {
        if (candle.isClosed) continue;
        const closeUs = candle.openTsUs + timeframeUs + this.#graceUs;
        if (closeUs <= tsVenueUs) deliverClosed(candle, sink);
        else nextCloseUs = Math.min(nextCloseUs, closeUs);
      }
    }
    this.#nextCloseUs = nextCloseUs;
  }

  #newestOf(candle: VenueCandle): VenueCandle | undefined {
    return this.#newest.get(candle.timeframeUs)?.get(candle.instrumentIx);
  }

  #hold(candle: VenueCandle, newest: VenueCandle | undefined): void {
    const held = newest ?? newVenueCandle();
    Object.assign(held, candle, { isClosed: false });
    this.#nextCloseUs = Math.min(this.#nextCloseUs, candle.openTsUs + candle.timeframeUs + this.#graceUs);
    if (newest !== undefined) return;
    const candles = this.#newest.get(candle.timeframeUs) ?? new Map<InstrumentIx, VenueCandle>();
    candles.set(candle.instrumentIx, held);
    this.#newest.set(candle.timeframeUs, candles);
  }
}

/** True when the candle can say nothing new: it is older than the newest, or the newest itself and finished. */
function isSettled(newest: VenueCandle, candle: VenueCandle): boolean {
  return candle.openTsUs < newest.openTsUs || (candle.openTsUs === newest.openTsUs && newest.isClosed);
}

function deliverClosed(candle: VenueCandle, sink: DecodedSink): void {
  if (candle.isClosed) return;
  candle.isClosed = true;
  candle.tsVenueUs = candle.openTsUs + candle.timeframeUs;
  sink.onCandle(candle);
}
