/**
 * A transport with a tap: over the simulated network a feed connects and synchronises, and then messages are handed to its socket directly, as a real
 * socket does, while the clock of the machine runs on from the simulated time. What it adds to the path of a message is nothing.
 */
import { assert, type EpochUs } from '#core';
import type {
  Cancel,
  ClientSocket,
  HttpAnswer,
  HttpFailure,
  HttpRequest,
  SocketHandlers,
  SocketOptions,
  Transport,
} from '#net';

/** The transport of one feed with one socket. */
export class TappedTransport implements Transport {
  readonly #inner: Transport;
  readonly #clock: Pick<Transport, 'nowUs'>;
  #handlers: SocketHandlers | null = null;
  #isRunning = false;
  /** Simulated time less real time. */
  #aheadUs = 0;

  /** `clock` is that of a real transport. */
  constructor(inner: Transport, clock: Pick<Transport, 'nowUs'>) {
    this.#inner = inner;
    this.#clock = clock;
  }

  /** From now on real time passes; returns what the feed hears its socket by. */
  run(): SocketHandlers {
    assert(this.#handlers !== null, 'the feed has opened its socket');
    this.#aheadUs = this.#inner.nowUs() - this.#clock.nowUs();
    this.#isRunning = true;
    return this.#handlers;
  }

  nowUs(): EpochUs {
    return this.#isRunning ? this.#clock.nowUs() + this.#aheadUs : this.#inner.nowUs();
  }

  after(delayUs: number, call: () => void): Cancel {
    return this.#inner.after(delayUs, call);
  }

  openSocket(options: SocketOptions, handlers: SocketHandlers): ClientSocket {
    assert(this.#handlers === null, 'the feed of a bench opens one socket');
    this.#handlers = handlers;
    return this.#inner.openSocket(options, handlers);
  }

  request(request: HttpRequest, onOutcome: (outcome: HttpAnswer | HttpFailure) => void): Cancel {
    return this.#inner.request(request, onOutcome);
  }
}
