/**
 * A host of the simulated network: its server and what is wrong with the way to it. It says what happens to what is sent; the sockets and
 * requests ask it.
 */
import type { EpochUs, Prng } from '#core';
import type { NetworkServer } from '#net';

/** How long a message is under way: at least `minUs`, and on average `meanExtraUs` more (exponential). */
export interface Latency {
  readonly minUs: number;
  readonly meanExtraUs: number;
}

/** What becomes of an attempt to reach the host. */
export type Reach = 'reached' | 'refused' | 'lost';

/** One server and the way to it. */
export class SimulatedHost {
  readonly server: NetworkServer;
  readonly #latency: Latency;
  #refusesUntilUs: EpochUs = 0;
  #losesUntilUs: EpochUs = 0;
  #delaysUntilUs: EpochUs = 0;
  #delayUs = 0;

  constructor(server: NetworkServer, latency: Latency) {
    this.server = server;
    this.#latency = latency;
  }

  /** New connections and requests are refused until then. */
  refuse(untilUs: EpochUs): void {
    this.#refusesUntilUs = untilUs;
  }

  /** New connections and requests get no answer at all until then. */
  lose(untilUs: EpochUs): void {
    this.#losesUntilUs = untilUs;
  }

  /** Whatever is sent until then, either way, is so much longer under way. */
  delay(delayUs: number, untilUs: EpochUs): void {
    this.#delayUs = delayUs;
    this.#delaysUntilUs = untilUs;
  }

  /** What becomes of somebody who arrives now. */
  reach(nowUs: EpochUs): Reach {
    if (nowUs < this.#losesUntilUs) return 'lost';
    return nowUs < this.#refusesUntilUs ? 'refused' : 'reached';
  }

  /** How long something sent now is under way; draws from `prng`. */
  travelUs(nowUs: EpochUs, prng: Prng): number {
    const { meanExtraUs, minUs } = this.#latency;
    const extraUs = meanExtraUs === 0 ? 0 : Math.round(prng.exponential(meanExtraUs));
    return minUs + extraUs + (nowUs < this.#delaysUntilUs ? this.#delayUs : 0);
  }
}

/** One direction of a connection: what is sent first arrives first. */
export class Lane {
  /** `undefined` = nobody has that name; even that takes a moment to be found out. */
  readonly #host: SimulatedHost | undefined;
  readonly #prng: Prng;
  #lastUs: EpochUs = 0;

  constructor(host: SimulatedHost | undefined, prng: Prng) {
    this.#host = host;
    this.#prng = prng;
  }

  /** Returns when something sent now arrives. */
  arrivalUs(nowUs: EpochUs): EpochUs {
    const travelUs = this.#host?.travelUs(nowUs, this.#prng) ?? 0;
    this.#lastUs = Math.max(this.#lastUs, nowUs + travelUs);
    return this.#lastUs;
  }
}
