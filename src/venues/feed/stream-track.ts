/**
 * One subscription over its whole life: which connection's data count, whether the data are complete, when they last were. Connections come and go; a
 * track stays.
 *
 * Hand-over: `owner` is the connection that delivers, `candidate` a younger one that is subscribed to the same and will take over. Books and orders
 * have one source at any moment and move when they can move without a loss; prints are taken from both and told apart by what they say. Nothing was
 * lost if the old connection has delivered everything up to the moment at which the new one took over; until that is known it is the `predecessor`.
 */
import type { EpochUs } from '#core';
import type { StreamKind } from '#domain';
import type { Subscription } from '../market/index.ts';

/** A connection as the tracks see it. */
export interface TrackLink {
  /** Distinct for every connection of the feed, increasing; 0 = what is polled. */
  readonly serial: number;
  /** When it last said something that could be read. */
  readonly lastGoodUs: EpochUs;
  /** Everything that the venue had sent on it by then has come: it answered a ping that left then. */
  readonly deliveredUs: EpochUs;
  /** True when it is to go as soon as others deliver what it has. */
  readonly isLeaving: boolean;
  /** When the venue confirmed that subscription on this connection; 0 = not. */
  confirmedUs(track: StreamTrack): EpochUs;
  /** Data of that stream have come. */
  noteData(track: StreamTrack): void;
  /** Asks anew for the snapshot of a stream. */
  resubscribe(subscription: Subscription): void;
}

/** The state of one subscription. */
export class StreamTrack {
  readonly subscription: Subscription;
  /** Names the subscription among all of the feed. */
  readonly key: string;
  owner: TrackLink | null = null;
  candidate: TrackLink | null = null;
  /** The owner before, as long as it has not shown that it delivered everything until `movedUs`. */
  predecessor: TrackLink | null = null;
  movedUs: EpochUs = 0;
  /** True from the first moment at which the data were complete, or a whole book of them was told: before it nothing can be lost. */
  wasRight = false;
  /** True while nothing is missing. */
  isRight = false;
  /** Local time of the last good message, or of the confirmation; 0 = none yet. */
  lastGoodUs: EpochUs = 0;
  messageCount = 0;

  constructor(subscription: Subscription) {
    this.subscription = subscription;
    this.key = trackKey(subscription.instrument.ix, subscription.stream, subscription.timeframeUs);
  }

  get stream(): StreamKind {
    return this.subscription.stream;
  }

  get symbol(): string {
    return this.subscription.instrument.symbol;
  }

  /** True for streams that are a state built from changes: they have one source at a time. */
  get isStateful(): boolean {
    return this.stream === 'book' || this.stream === 'orders';
  }

  /** Passes from its owner to its candidate at `nowUs`. */
  move(nowUs: EpochUs): void {
    this.predecessor = this.isRight ? this.owner : null;
    this.movedUs = nowUs;
    this.owner = this.candidate;
    this.candidate = null;
  }

  /** True when data of that connection count for prints. */
  takes(link: TrackLink): boolean {
    return this.owner === link || this.candidate === link;
  }
}

/** Returns the key of a subscription; `timeframeUs` counts for candles alone. */
export function trackKey(instrumentIx: number, stream: StreamKind, timeframeUs: number | null): string {
  return stream === 'candles' ? `${instrumentIx}:candles:${timeframeUs ?? 0}` : `${instrumentIx}:${stream}`;
}

/** True when everything up to the moment at which `next` was confirmed has come over `link`. */
export function isCoveredBy(link: TrackLink, next: TrackLink, track: StreamTrack): boolean {
  const confirmedUs = next.confirmedUs(track);
  return confirmedUs > 0 && link.deliveredUs >= confirmedUs;
}
