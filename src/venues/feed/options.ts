/** The times and bounds of a feed that no venue dictates, with the values they have unless a test or a configuration says otherwise. */
import { US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';

/** Times in microseconds. */
export interface FeedOptions {
  /** How often watchdogs and due times are looked at; everything that is not an answer to a message happens on this beat. */
  readonly tickUs: number;
  readonly connectTimeoutUs: number;
  /** Back-off between connections and between retries of refused subscriptions: full jitter below a bound that doubles from first to max. */
  readonly backOffFirstUs: number;
  readonly backOffMaxUs: number;
  /** A connection that lived that long was healthy: the next one is not held back. */
  readonly healthyUs: number;
  /** A subscription that the venue does not answer for that long is taken for refused. */
  readonly answerTimeoutUs: number;
  /** How long a connection that was taken over goes on delivering what is still under way. */
  readonly overlapUs: number;
  /** Least time between two snapshots of one symbol, doubled with every one that did not help, up to the max. */
  readonly snapshotEveryUs: number;
  readonly snapshotEveryMaxUs: number;
  /** A snapshot that was asked for on the stream and does not come for that long is asked for again. */
  readonly snapshotTimeoutUs: number;
  readonly snapshotsInFlightMax: number;
  readonly requestTimeoutUs: number;
  readonly requestBodyBytesMax: number;
  /** Damaged messages of a connection that come closer together than this count as one storm. */
  readonly damageQuietUs: number;
  /** So many damaged messages in a row, and the connection is given up. */
  readonly damagedInRowMax: number;
  readonly clockEveryUs: number;
  readonly lagWindowUs: number;
  /** Trades of each instrument that are remembered, to know one that comes twice. */
  readonly recentTradesMax: number;
  /** Notices that the listener is told in one window; the others are counted. */
  readonly noticesMax: number;
  readonly noticeWindowUs: number;
}

/** What a feed does unless told otherwise. */
export const FEED_OPTIONS_DEFAULT: FeedOptions = {
  tickUs: 250 * US_PER_MS,
  connectTimeoutUs: 10 * US_PER_SECOND,
  backOffFirstUs: 500 * US_PER_MS,
  backOffMaxUs: 30 * US_PER_SECOND,
  healthyUs: US_PER_MINUTE,
  answerTimeoutUs: 10 * US_PER_SECOND,
  overlapUs: 2 * US_PER_SECOND,
  snapshotEveryUs: 2 * US_PER_SECOND,
  snapshotEveryMaxUs: 30 * US_PER_SECOND,
  snapshotTimeoutUs: 10 * US_PER_SECOND,
  snapshotsInFlightMax: 4,
  requestTimeoutUs: 10 * US_PER_SECOND,
  requestBodyBytesMax: 64 * 1024 * 1024,
  damageQuietUs: 10 * US_PER_SECOND,
  damagedInRowMax: 50,
  clockEveryUs: 5 * US_PER_MINUTE,
  lagWindowUs: US_PER_MINUTE,
  recentTradesMax: 256,
  noticesMax: 20,
  noticeWindowUs: 10 * US_PER_SECOND,
};
