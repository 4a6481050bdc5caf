/**
 * The one order of events for features: by the moment at which an event counts (`orderedUs`), then by kind, then by arrival, as a live run has it;
 * changes of a book never overtake each other. Events leave with that moment as their venue time, so that rows fall where a live run would
 * have made them. Word of what is lost counts from the moment that it states, as far as nothing later has left. Without a clock: the same
 * however the events were cut into pieces.
 */
import { type EpochUs, ReorderWindow } from '#core';
import { EVENT_RANKS, type InstrumentIx, isLate, orderedUs } from '#domain';
import type { FrameEvent } from '#features';

/** Events that may lie within one window; for one more the oldest goes early. */
const HELD_MAX = 262_144;

/** What a feed says of itself follows what it is about: a loss the last good message. */
const RANKS: Readonly<Record<FrameEvent['kind'], number>> = {
  ...EVENT_RANKS,
  'prints-lost': EVENT_RANKS['open-interest'],
  'feed-state': EVENT_RANKS['open-interest'],
};

interface Placed {
  /** Strictly increasing; else the time of receipt. */
  readonly arrivalUs: EpochUs;
  readonly event: FrameEvent;
}

/** Puts arrivals into the order of events. */
export class FrameOrder {
  /** Events that came later than the window: they count as having happened a window before they came. */
  lateCount = 0;
  /** Events with a venue time after their arrival: the two clocks differ; they count when they came. */
  aheadCount = 0;
  /** Events in all. */
  eventCount = 0;
  /** How late an event may come and still count at its own moment. */
  readonly windowUs: number;
  readonly #window: ReorderWindow<Placed>;
  readonly #bookUs = new Map<InstrumentIx, EpochUs>();
  readonly #stateUs = new Map<InstrumentIx, EpochUs>();
  #arrivalUs: EpochUs = 0;

  constructor(windowUs: number, release: (event: FrameEvent) => void) {
    this.windowUs = windowUs;
    this.#window = new ReorderWindow<Placed>({
      windowUs,
      heldMax: HELD_MAX,
      aheadMaxUs: 0,
      lanesMax: 0,
      arrivalUsOf: ({ arrivalUs }) => arrivalUs,
      timeUsOf: ({ event }) => event.tsVenueUs,
      rankOf: ({ event }) => RANKS[event.kind],
      laneOf: () => -1,
      release: ({ event }) => release(event),
    });
  }

  /** Takes the next arrival. */
  push(event: FrameEvent): void {
    const { tsLocalUs, tsVenueUs } = event;
    const atUs = this.#momentOf(event);
    this.#arrivalUs = Math.max(tsLocalUs, this.#arrivalUs + 1);
    this.#window.push({
      arrivalUs: this.#arrivalUs,
      event: atUs === tsVenueUs ? event : { ...event, tsVenueUs: atUs },
    });
  }

  /** Lets go of all that waits: nothing more is to come. */
  flush(): void {
    this.#window.flush();
  }

  #momentOf({ instrumentIx, kind, tsLocalUs, tsVenueUs }: FrameEvent): EpochUs {
    if (kind === 'prints-lost') return Math.min(tsVenueUs, tsLocalUs);
    if (kind === 'feed-state') {
      return notBefore(this.#stateUs, instrumentIx, Math.min(tsVenueUs, tsLocalUs));
    }
    this.eventCount++;
    const atUs = orderedUs(tsVenueUs, tsLocalUs, this.windowUs);
    if (isLate(tsVenueUs, tsLocalUs, this.windowUs)) this.lateCount++;
    else if (atUs < tsVenueUs) this.aheadCount++;
    return kind === 'book' ? notBefore(this.#bookUs, instrumentIx, atUs) : atUs;
  }
}

/** Returns the moment, but not before the last one of that instrument. */
function notBefore(lastUs: Map<InstrumentIx, EpochUs>, ix: InstrumentIx, atUs: EpochUs): EpochUs {
  const laterUs = Math.max(atUs, lastUs.get(ix) ?? 0);
  lastUs.set(ix, laterUs);
  return laterUs;
}
