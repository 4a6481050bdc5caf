/**
 * Snapshots of books by request, for all symbols of a feed: in the order in which they were asked for, few at a time, within the budget of the
 * gate, and for each symbol not more often than the venue likes. A symbol that fails waits longer each time and stands behind the others.
 * Invariant: a symbol is in the queue or in flight at most once; after `drop` it hears nothing.
 */
import type { BookUpdate } from '#book';
import type { EpochUs } from '#core';
import type { Cancel } from '#net';
import type { RestCall } from '../market/index.ts';
import type { FeedOptions } from './options.ts';
import type { RestGate, RestOutcome } from './rest-gate.ts';

/** With more symbols waiting than this, each takes what is cheap: after a mass reconnect the budget of a venue would last for minutes. */
const HURRY_ABOVE = 20;

/** Somebody who needs snapshots. */
export interface SnapshotClient {
  /** The request as it is to be sent now; `isHurried` when many wait behind it. */
  snapshotCall(isHurried: boolean): RestCall<BookUpdate>;
  /** The answer; valid during the call only. */
  onSnapshotAnswer(snapshot: BookUpdate): void;
}

interface Ask {
  readonly client: SnapshotClient;
  state: 'idle' | 'queued' | 'in flight';
  notBeforeUs: EpochUs;
  /** Answers since the last success. */
  tries: number;
  cancel: Cancel | null;
}

/** The queue of one feed. */
export class SnapshotQueue {
  readonly #gate: RestGate;
  readonly #options: FeedOptions;
  /** One for each client, kept for its pace; bounded by the books of the feed. */
  readonly #asks = new Map<SnapshotClient, Ask>();
  #queue: Ask[] = [];
  #inFlight = 0;

  constructor(gate: RestGate, options: FeedOptions) {
    this.#gate = gate;
    this.#options = options;
  }

  /** Symbols that wait, and requests that are under way. */
  get counts(): { readonly queued: number; readonly inFlight: number } {
    return { queued: this.#queue.length, inFlight: this.#inFlight };
  }

  /** Wants a snapshot; asking twice is asking once. */
  ask(client: SnapshotClient, nowUs: EpochUs): void {
    const ask = this.#askOf(client);
    if (ask.state !== 'idle') return;
    ask.state = 'queued';
    this.#queue.push(ask);
    this.pump(nowUs);
  }

  /** Wants none any more; an answer that is under way is not delivered. */
  drop(client: SnapshotClient): void {
    const ask = this.#asks.get(client);
    if (ask === undefined || ask.state === 'idle') return;
    if (ask.state === 'queued') this.#queue = this.#queue.filter((queued) => queued !== ask);
    else this.#inFlight--;
    ask.cancel?.();
    ask.cancel = null;
    ask.state = 'idle';
  }

  /** The snapshots have helped: the next one may come soon. */
  succeed(client: SnapshotClient): void {
    this.#askOf(client).tries = 0;
  }

  /** Sends what may be sent now. */
  pump(nowUs: EpochUs): void {
    for (const ask of [...this.#queue]) {
      if (this.#inFlight >= this.#options.snapshotsInFlightMax) return;
      if (ask.state !== 'queued' || ask.notBeforeUs > nowUs) continue;
      if (!this.#send(ask, nowUs)) return;
    }
  }

  /** Forgets everything; nobody hears anything any more. */
  stop(): void {
    for (const client of this.#asks.keys()) this.drop(client);
  }

  #send(ask: Ask, nowUs: EpochUs): boolean {
    const { client } = ask;
    const call = client.snapshotCall(this.#queue.length > HURRY_ABOVE);
    const cancel = this.#gate.send(
      call,
      (body) => call.parse(body),
      (outcome) => this.#land(ask, outcome),
    );
    if (cancel === null) return false;
    this.#queue = this.#queue.filter((queued) => queued !== ask);
    ask.state = 'in flight';
    ask.cancel = cancel;
    ask.notBeforeUs = nowUs + this.#waitUs(ask);
    this.#inFlight++;
    return true;
  }

  #land(ask: Ask, outcome: RestOutcome<BookUpdate>): void {
    ask.state = 'idle';
    ask.cancel = null;
    ask.tries++;
    this.#inFlight--;
    if (outcome.kind === 'good') ask.client.onSnapshotAnswer(outcome.value);
    else this.ask(ask.client, outcome.answeredUs);
    this.pump(outcome.answeredUs);
  }

  #waitUs(ask: Ask): number {
    const { snapshotEveryUs, snapshotEveryMaxUs } = this.#options;
    return Math.min(snapshotEveryMaxUs, snapshotEveryUs * 2 ** Math.min(ask.tries, 16));
  }

  #askOf(client: SnapshotClient): Ask {
    let ask = this.#asks.get(client);
    if (ask === undefined) {
      ask = { client, state: 'idle', notBeforeUs: 0, tries: 0, cancel: null };
      this.#asks.set(client, ask);
    }
    return ask;
  }
}
