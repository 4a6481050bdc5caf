/** Ids of the last trades of each product: the list of old trades that comes with a subscription is told once. */
import type { InstrumentIx } from '#domain';

/** Ids remembered for a product; the venue's list has some hundreds. */
export const RECENT_IDS_MAX = 4_096;

/** Remembers the last ids by instrument. */
export class RecentIds {
  readonly #ids = new Map<InstrumentIx, Set<string>>();

  /** Takes an id; returns false when it is among the last ones. */
  take(instrumentIx: InstrumentIx, id: string): boolean {
    const ids = this.#ids.get(instrumentIx) ?? new Set<string>();
    if (ids.size === 0) this.#ids.set(instrumentIx, ids);
    if (ids.has(id)) return false;
    ids.add(id);
    if (ids.size > RECENT_IDS_MAX) {
      const [oldest] = ids;
      if (oldest !== undefined) ids.delete(oldest);
    }
    return true;
  }
}
