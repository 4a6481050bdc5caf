/**
 * Messages that could not be read, by connection. Nobody knows whose they were: each stream without numbers of its own may have lost something.
 * Damages that come close together are one storm and one entry of the ledger with a count.
 */
import type { EpochUs } from '#core';
import type { Loss } from './ledger-book.ts';
import type { TrackLink } from './stream-track.ts';

/** A storm is written down after that long, even if it goes on. */
const STORM_MAX_QUIETS = 6;

interface Storm {
  readonly fromUs: EpochUs;
  readonly firstUs: EpochUs;
  readonly message: string;
  lastUs: EpochUs;
  count: number;
}

/** Storms of all connections. */
export class DamageLog {
  readonly #quietUs: number;
  readonly #storms = new Map<TrackLink, Storm>();

  /** A storm ends when nothing was damaged for `quietUs`. */
  constructor(quietUs: number) {
    this.#quietUs = quietUs;
  }

  /** Takes a damage; returns it as a loss of its own. */
  add(link: TrackLink, message: string, nowUs: EpochUs): Loss {
    const storm = this.#storms.get(link);
    if (storm === undefined) {
      const fromUs = Math.min(link.lastGoodUs, nowUs);
      this.#storms.set(link, { fromUs, firstUs: nowUs, message, lastUs: nowUs, count: 1 });
      return lossOf(fromUs, message);
    }
    storm.count++;
    storm.lastUs = nowUs;
    return lossOf(link.lastGoodUs, message);
  }

  /** Ends the storms that are over and hands them to `onOver`; those of `link` in any case. */
  flush(
    nowUs: EpochUs,
    isForced: (link: TrackLink) => boolean,
    onOver: (link: TrackLink, loss: Loss, toUs: EpochUs) => void,
  ): void {
    for (const [link, storm] of this.#storms) {
      const isOver =
        nowUs - storm.lastUs >= this.#quietUs || nowUs - storm.firstUs >= STORM_MAX_QUIETS * this.#quietUs;
      if (!isOver && !isForced(link)) continue;
      this.#storms.delete(link);
      const what = storm.count === 1 ? 'a damaged message' : `${storm.count} damaged messages, the first`;
      onOver(link, lossOf(storm.fromUs, `${what}: ${storm.message}`), storm.lastUs);
    }
  }
}

function lossOf(fromUs: EpochUs, detail: string): Loss {
  return { cause: 'damaged-frame', fromUs, lostFromId: -1, lostToId: -1, detail };
}
