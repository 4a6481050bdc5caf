/**
 * The private stream of an account over all of its connections: opened again after a pause that grows, replaced before its age ends it. While it is down
 * nothing is heard, so whoever listens has to ask, once when it is up again and now and then until that.
 */
import { type EpochUs, type Prng, US_PER_SECOND } from '#core';
import { BackOff, type Cancel, type Transport } from '#net';
import type { EntryInstrument, PrivatePlan, PrivateSink } from '../entry/index.ts';
import type { EntrySender } from './entry-sender.ts';
import { PrivateConnection, type PrivateOptions } from './private-connection.ts';

/** What a private stream does unless told otherwise. */
export const PRIVATE_STREAM_DEFAULTS: PrivateOptions = {
  connectTimeoutUs: 10 * US_PER_SECOND,
  greetTimeoutUs: 15 * US_PER_SECOND,
  pingEveryUs: 15 * US_PER_SECOND,
  pongTimeoutUs: 10 * US_PER_SECOND,
  messageBytesMax: 16 * 1024 * 1024,
};

/** A connection that has stood for so long proves that the next one need not wait. */
const PROVEN_US = 60 * US_PER_SECOND;

/** What a stream is made of. */
export interface PrivateStreamParts {
  readonly plan: PrivatePlan;
  readonly instruments: readonly EntryInstrument[];
  readonly sender: EntrySender;
  readonly transport: Transport;
  readonly prng: Prng;
  readonly options: PrivateOptions;
  readonly sink: PrivateSink;
  /** From now on everything is heard; what happened before has to be asked for. */
  readonly onUp: () => void;
  /** From now on nothing is heard. */
  readonly onDown: (reason: string) => void;
}

/** What can be seen of it. */
export interface PrivateStreamStatus {
  readonly isUp: boolean;
  /** Why it was down last; empty = never. */
  readonly lastReason: string;
  readonly connectCount: number;
}

/** Keeps the private stream up. */
export class PrivateStream {
  readonly #parts: PrivateStreamParts;
  readonly #backOff: BackOff;
  /** The one that is heard, or is to be. */
  #current: PrivateConnection | null = null;
  /** The one that is to take over before the current one has reached its age. */
  #successor: PrivateConnection | null = null;
  #cancelRetry: Cancel | null = null;
  #cancelLife: Cancel | null = null;
  #isUp = false;
  #isStopped = false;
  #connectCount = 0;
  #lastReason = '';

  constructor(parts: PrivateStreamParts) {
    this.#parts = parts;
    this.#backOff = new BackOff(parts.prng.split('private stream'));
  }

  get status(): PrivateStreamStatus {
    return { isUp: this.#isUp, lastReason: this.#lastReason, connectCount: this.#connectCount };
  }

  /** Opens it. */
  start(): void {
    if (!this.#isStopped && this.#current === null) this.#current = this.#open();
  }

  /** Closes it; nothing is heard any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry?.();
    this.#cancelLife?.();
    this.#current?.close();
    this.#successor?.close();
    this.#current = null;
    this.#successor = null;
    this.#isUp = false;
  }

  #open(): PrivateConnection {
    const { instruments, options, plan, sender, sink, transport } = this.#parts;
    this.#connectCount++;
    const connection: PrivateConnection = new PrivateConnection({
      ...{ plan, instruments, sender, transport, options, sink },
      connectId: `${transport.nowUs()}-${this.#connectCount}`,
      onReady: () => this.#onReady(connection),
      onEnd: (reason) => this.#onEnd(connection, reason),
    });
    return connection;
  }

  #onReady(connection: PrivateConnection): void {
    if (connection === this.#successor) {
      // Both are heard for a moment; what they say twice counts once.
      this.#current?.close();
      this.#current = connection;
      this.#successor = null;
    }
    this.#scheduleSuccessor();
    if (this.#isUp) return;
    this.#isUp = true;
    this.#parts.onUp();
  }

  #onEnd(connection: PrivateConnection, reason: string): void {
    const { transport } = this.#parts;
    if (connection === this.#successor) {
      this.#successor = null;
      this.#cancelLife = transport.after(this.#backOff.nextUs(), () => this.#replace());
      return;
    }
    if (this.#isProven(connection.readyUs)) this.#backOff.reset();
    this.#current = this.#successor;
    this.#successor = null;
    this.#lastReason = reason;
    if (this.#isUp) {
      this.#isUp = false;
      this.#parts.onDown(reason);
    }
    if (this.#isStopped || this.#current !== null) return;
    this.#cancelLife?.();
    this.#cancelRetry = transport.after(this.#backOff.nextUs(), () => this.start());
  }

  #isProven(readyUs: EpochUs): boolean {
    return readyUs >= 0 && this.#parts.transport.nowUs() - readyUs >= PROVEN_US;
  }

  #scheduleSuccessor(): void {
    const { plan, transport } = this.#parts;
    this.#cancelLife?.();
    if (plan.lifeUs !== null) this.#cancelLife = transport.after(plan.lifeUs, () => this.#replace());
  }

  #replace(): void {
    if (!this.#isStopped && this.#current !== null) this.#successor ??= this.#open();
  }
}
