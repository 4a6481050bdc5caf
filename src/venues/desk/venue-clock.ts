/** The venue's clock as estimated here, and numbers that only rise: what every signed request needs. */
import type { EpochUs, Prng } from '#core';
import { ClockFilter, type Timers } from '#net';
import type { EntryStamp } from '../entry/index.ts';

/** Makes the stamps of requests. */
export class VenueClock {
  readonly #timers: Timers;
  readonly #prng: Prng;
  readonly #filter = new ClockFilter();
  #offsetUs = 0;
  #lastNonce = 0n;

  constructor(timers: Timers, prng: Prng) {
    this.#timers = timers;
    this.#prng = prng;
  }

  /** The venue's clock minus ours. */
  get offsetUs(): number {
    return this.#offsetUs;
  }

  /** Begins a new measurement: older answers do not count any more. */
  begin(): void {
    this.#filter.begin();
  }

  /** True when everything was asked that belongs to this measurement. */
  get isMeasured(): boolean {
    return this.#filter.isComplete;
  }

  /** Takes the end of a question: the venue's time, `null` without one, asked for at `askedUs`, heard at `answeredUs`. It counts at once. */
  sample(venueUs: EpochUs | null, askedUs: EpochUs, answeredUs: EpochUs): void {
    this.#filter.take(venueUs, askedUs, answeredUs);
    this.#offsetUs = this.#filter.best?.offsetUs ?? this.#offsetUs;
  }

  /** Returns the stamp of a request that is sent now. */
  stamp(): EntryStamp {
    const nowUs = this.#timers.nowUs();
    // Microseconds of the wall clock rise over restarts too; two requests of one moment still differ.
    const nonce = BigInt(nowUs) > this.#lastNonce ? BigInt(nowUs) : this.#lastNonce + 1n;
    this.#lastNonce = nonce;
    const random = Uint8Array.from({ length: 16 }, () => this.#prng.integer(0, 256));
    return { venueUs: nowUs + this.#offsetUs, nonce, random };
  }
}
