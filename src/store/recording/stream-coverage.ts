/**
 * Until when each stream is known to be recorded without a gap, over sessions: what a recorder that starts again needs, to say what it has
 * missed. A stream is covered by its events, and by being said to be (`cover`): a stream on which nothing happens is not lost.
 */
import type { EpochUs } from '#core';
import { type LedgerEntry, STREAM_KINDS, type StreamKind } from '#domain';
import { STREAM_INDEX } from './hour-tally.ts';
import type { RecordedInstrument } from './record-form.ts';

const STREAMS = STREAM_KINDS.length;

/** Names a stream in saved coverage. */
export function streamKey(
  { symbol, venue }: { readonly venue: string; readonly symbol: string },
  stream: StreamKind,
): string {
  return `${venue}|${symbol}|${stream}`;
}

/** Coverage of the streams of one session, beside that of the sessions before. */
export class StreamCoverage {
  readonly #instruments: readonly RecordedInstrument[];
  readonly #earlier: Map<string, EpochUs>;
  /** Local time of the last moment covered in this session; 0 = not yet. */
  readonly #lastUs: Float64Array;

  /** `earlier`: the last moment covered before this session, by `streamKey`. */
  constructor(instruments: readonly RecordedInstrument[], earlier: ReadonlyMap<string, EpochUs>) {
    this.#instruments = instruments;
    this.#earlier = new Map(earlier);
    this.#lastUs = new Float64Array(instruments.length * STREAMS);
  }

  /** True when the stream was covered in this session. */
  hasBegun(instrumentIx: number, stream: StreamKind): boolean {
    return this.#lastUs[instrumentIx * STREAMS + STREAM_INDEX[stream]]! > 0;
  }

  /** Notes that the stream is covered up to a moment. */
  note(instrumentIx: number, stream: StreamKind, tsLocalUs: EpochUs): void {
    const at = instrumentIx * STREAMS + STREAM_INDEX[stream];
    if (tsLocalUs > this.#lastUs[at]!) this.#lastUs[at] = tsLocalUs;
  }

  /** Returns what was missed between the sessions before and the first moment of this one; `null` when the stream was never recorded. */
  missedUntil(instrumentIx: number, stream: StreamKind, toUs: EpochUs): LedgerEntry | null {
    const instrument = this.#instruments[instrumentIx];
    if (instrument === undefined) return null;
    const fromUs = this.#earlier.get(streamKey(instrument, stream));
    if (fromUs === undefined || fromUs >= toUs) return null;
    const { symbol, venue } = instrument;
    const ids = { lostFromId: -1, lostToId: -1 };
    const detail = 'the recorder did not run, or the stream was not complete when it ended';
    return { venue, symbol, stream, cause: 'recorder-down', fromUs, toUs, ...ids, detail };
  }

  /** Returns the last moment covered of every stream, of this session or an earlier one, by `streamKey`. */
  toMap(): Map<string, EpochUs> {
    const all = new Map(this.#earlier);
    for (const [ix, instrument] of this.#instruments.entries()) {
      for (const stream of STREAM_KINDS) {
        const lastUs = this.#lastUs[ix * STREAMS + STREAM_INDEX[stream]]!;
        if (lastUs > 0) all.set(streamKey(instrument, stream), lastUs);
      }
    }
    return all;
  }
}
