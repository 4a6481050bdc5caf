/**
 * How far a peer's clock is ahead of ours: of some questions for its time the one that came back fastest counts, because it hides the least. The error is at most
 * half of its round trip. Asks nothing itself. Source: RFC 5905, section 10 (the clock filter of NTP), without its statistics.
 */
import { assert, type EpochUs } from '#core';

/** Questions of one measurement. */
const SAMPLES = 3;

/** A measured offset. */
export interface ClockReading {
  /** Peer's clock minus ours. */
  readonly offsetUs: number;
  /** Round trip of the best question; the offset is right within half of it. */
  readonly roundTripUs: number;
  readonly measuredUs: EpochUs;
}

/** Takes the answers of one measurement after the other. */
export class ClockFilter {
  #best: ClockReading | null = null;
  #sampleCount = 0;

  /** The best answer of this measurement so far; `null` = none has come. */
  get best(): ClockReading | null {
    return this.#best;
  }

  /** True when everything was asked that belongs to this measurement. */
  get isComplete(): boolean {
    return this.#sampleCount >= SAMPLES;
  }

  /** Begins a new measurement: older answers do not count any more. */
  begin(): void {
    this.#best = null;
    this.#sampleCount = 0;
  }

  /** Takes the end of a question: the peer's time, `null` without one, asked for at `askedUs`, heard at `answeredUs`. Of equally fast answers the first counts. */
  take(peerUs: EpochUs | null, askedUs: EpochUs, answeredUs: EpochUs): void {
    assert(!this.isComplete, 'an answer belongs to a measurement that is under way');
    this.#sampleCount++;
    const roundTripUs = answeredUs - askedUs;
    if (peerUs === null || (this.#best !== null && roundTripUs >= this.#best.roundTripUs)) return;
    const offsetUs = peerUs - Math.round((askedUs + answeredUs) / 2);
    this.#best = { offsetUs, roundTripUs, measuredUs: answeredUs };
  }
}
