/** What a file of events tells of itself: how long it reaches and where it is silent. What it is not: a check; a reader refuses what is wrong. */
import { type EpochUs, formatDurationUs } from '#core';
import type { Assumption, ReplayChunk } from '#sim';
import type { EventCounts } from './event-file.ts';

/** The span of the events of a run. */
export class DataSpan {
  #firstUs: EpochUs = Number.NaN;
  #lastUs: EpochUs = Number.NaN;
  #longestUs = 0;

  /** Takes a chunk, in order. */
  follow({ count, exchUs }: ReplayChunk): void {
    for (let i = 0; i < count; i++) {
      const us = exchUs[i]!;
      if (Number.isNaN(this.#firstUs)) this.#firstUs = us;
      else if (us - this.#lastUs > this.#longestUs) this.#longestUs = us - this.#lastUs;
      this.#lastUs = us;
    }
  }

  /** Returns what a result rests on besides the choices of its replay. */
  assumptions({ depth, trades }: Pick<EventCounts, 'depth' | 'trades'>): readonly Assumption[] {
    const reach = formatDurationUs(Number.isNaN(this.#firstUs) ? 0 : this.#lastUs - this.#firstUs);
    return [
      {
        key: 'data',
        value: `${depth} depth events and ${trades} trades in ${reach}`,
        text: 'Orders meet recorded levels and trades.',
      },
      {
        key: 'gaps',
        value: `longest silence ${formatDurationUs(this.#longestUs)}`,
        text: 'Nothing was filled in; what was lost before it was written is not known.',
      },
    ];
  }
}
