/**
 * A network in simulated time: servers by name, clients that reach them, and everything that can be wrong in between. Pure: one seed gives
 * the same calls at the same moments. What servers do wrong is their own affair; here are the faults of the way.
 */
import { assert, type EpochUs, type Prng } from '#core';
import type { Cancel, NetworkServer, Timers } from '#net';
import { Lane, type Latency, SimulatedHost } from './simulated-host.ts';
import type { SimulatedSocket } from './simulated-socket.ts';
import { SimulatedTime } from './simulated-time.ts';
import { SimulatedTransport } from './simulated-transport.ts';

/** A way through a continent. */
const LATENCY_DEFAULT: Latency = { minUs: 2_000, meanExtraUs: 3_000 };

/** Hosts, the sockets between them and the clients, and the time they live in. */
export class SimulatedNetwork implements Timers {
  readonly #time: SimulatedTime;
  readonly #prng: Prng;
  readonly #latency: Latency;
  readonly #hosts = new Map<string, SimulatedHost>();
  readonly #sockets = new Set<SimulatedSocket>();
  #laneCount = 0;
  #transportCount = 0;

  /** Draws only from streams split off `prng`. */
  constructor(prng: Prng, startUs: EpochUs, latency: Latency = LATENCY_DEFAULT) {
    this.#time = new SimulatedTime(startUs);
    this.#prng = prng.split('network');
    this.#latency = latency;
  }

  nowUs(): EpochUs {
    return this.#time.nowUs();
  }

  after(delayUs: number, call: () => void): Cancel {
    return this.#time.after(delayUs, call);
  }

  /** Makes the next call, whenever it is; false when none waits. */
  step(): boolean {
    return this.#time.step();
  }

  /** Makes every call up to and including `untilUs`, which is the time afterwards. */
  run(untilUs: EpochUs): void {
    this.#time.run(untilUs);
  }

  /** How many calls wait: timers and what is under way. */
  get waitingCount(): number {
    return this.#time.waitingCount;
  }

  /** Sockets of which an end is not over. */
  get socketCount(): number {
    return this.#sockets.size;
  }

  /** Puts a server under a host name, as it stands in URLs: with the port where it is not the scheme's own. */
  addServer(hostName: string, server: NetworkServer): void {
    assert(!this.#hosts.has(hostName), `host ${hostName} is added once`);
    this.#hosts.set(hostName, new SimulatedHost(server, this.#latency));
  }

  /** Returns a new client of this network. */
  openTransport(): SimulatedTransport {
    return new SimulatedTransport(
      {
        time: this.#time,
        findHost: (hostName) => this.#hosts.get(hostName),
        openLane: (host) => this.#openLane(host),
        addSocket: (socket) => this.#sockets.add(socket),
        onGone: (socket) => this.#sockets.delete(socket),
      },
      this.#prng.split(`transport-${this.#transportCount++}`),
    );
  }

  /** Refuses new connections and requests to a host until then. */
  refuse(hostName: string, untilUs: EpochUs): void {
    this.#host(hostName).refuse(untilUs);
  }

  /** New connections and requests to a host get no answer at all until then. */
  lose(hostName: string, untilUs: EpochUs): void {
    this.#host(hostName).lose(untilUs);
  }

  /** Whatever is sent to or from a host until then is so much longer under way. */
  delay(hostName: string, delayUs: number, untilUs: EpochUs): void {
    assert(delayUs >= 0, `a delay is at least 0 us, was ${delayUs}`);
    this.#host(hostName).delay(delayUs, untilUs);
  }

  /** Breaks off sockets to a host, all or those whose turn `isMeant` says; returns how many. */
  breakSockets(hostName: string, isMeant: (turn: number) => boolean = () => true): number {
    return this.#forSockets(hostName, isMeant, (socket) => socket.break());
  }

  /** Makes sockets to a host half-open: nothing arrives any more, either way, and nobody is told; returns how many. */
  cutSockets(hostName: string, isMeant: (turn: number) => boolean = () => true): number {
    return this.#forSockets(hostName, isMeant, (socket) => socket.cut());
  }

  #forSockets(
    hostName: string,
    isMeant: (turn: number) => boolean,
    act: (socket: SimulatedSocket) => void,
  ): number {
    this.#host(hostName);
    const sockets = [...this.#sockets].filter((socket) => socket.hostName === hostName);
    const meant = sockets.filter((_, turn) => isMeant(turn));
    for (const socket of meant) act(socket);
    return meant.length;
  }

  #openLane(host: SimulatedHost | undefined): Lane {
    const prng = this.#prng.split(`lane-${this.#laneCount++}`);
    return new Lane(host, prng);
  }

  #host(hostName: string): SimulatedHost {
    const host = this.#hosts.get(hostName);
    assert(host !== undefined, `host ${hostName} was added`);
    return host;
  }
}
