/** Draws faults and lets them happen: when, of which kind, for how long. Between two lulls something goes wrong every some seconds. */
import { type Prng, US_PER_MS, US_PER_SECOND } from '#core';
import type { Cancel } from '#net';
import type { SimulatedNetwork } from '#net/simulated';
import type { CrashMoment, Disk, DiskWrite } from './disk.ts';
import type { StreamFault } from './fault.ts';
import {
  drawFault,
  type FaultKind,
  isOneOf,
  NETWORK_FAULTS,
  REQUEST_FAULTS,
  type RequestFault,
  STREAM_FAULTS,
  type TRADER_FAULTS,
  VENUE_FAULTS,
} from './fault.ts';
import type { FaultGate } from './fault-gate.ts';
import type { MachineTime } from './machine-clock.ts';
import type { TrueVenue } from './true-venue.ts';
import { VENUE_HOST } from './venue-adapter.ts';
import type { VenueServer } from './venue-server.ts';

/** What a plan works on. */
export interface FaultPlanParts {
  readonly network: SimulatedNetwork;
  readonly venue: TrueVenue;
  readonly server: VenueServer;
  readonly gate: FaultGate;
  readonly disk: Disk;
  readonly machine: MachineTime;
  readonly prng: Prng;
  readonly kinds: readonly FaultKind[];
  /** Kills the trader. */
  readonly kill: () => void;
  /** A fault took effect; it makes trouble until then. */
  readonly onDone: (kind: FaultKind, untilUs: number) => void;
}

const EVERY_US = 12 * US_PER_SECOND;
/** A half-open connection is noticed by a ping that is not answered. */
const PING_US = 20 * US_PER_SECOND;

/** The faults of a story. */
export class FaultPlan {
  readonly #parts: FaultPlanParts;
  #cancel: Cancel | null = null;

  constructor(parts: FaultPlanParts) {
    this.#parts = parts;
  }

  /** From now on things go wrong. */
  start(): void {
    const { network, prng } = this.#parts;
    this.#cancel = network.after(1 + prng.exponential(EVERY_US), () => {
      this.#strike();
      this.start();
    });
  }

  /** Nothing new goes wrong; what was armed and has not happened will not. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#parts.disk.armed = null;
    this.#parts.disk.isFull = false;
    this.#parts.venue.refusesNext = 0;
  }

  #strike(): void {
    const { gate, kinds, onDone, prng } = this.#parts;
    const kind = drawFault(prng, kinds);
    if (isOneOf(REQUEST_FAULTS, kind)) gate.armRequest(kind);
    else if (isOneOf(STREAM_FAULTS, kind)) gate.armMessage(kind);
    else {
      const untilUs = this.#doIt(kind);
      if (untilUs !== null) onDone(kind, untilUs);
    }
  }

  /** Returns until when it makes trouble; `null` = it has not happened, or not yet. */
  #doIt(kind: Exclude<FaultKind, RequestFault | StreamFault>): number | null {
    if (isOneOf(NETWORK_FAULTS, kind)) return this.#spoilNetwork(kind);
    return isOneOf(VENUE_FAULTS, kind) ? this.#spoilVenue(kind) : this.#spoilTrader(kind);
  }

  #spoilNetwork(kind: (typeof NETWORK_FAULTS)[number]): number {
    const { network, prng } = this.#parts;
    const nowUs = network.nowUs();
    const untilUs = nowUs + prng.integer(1, 20) * US_PER_SECOND;
    switch (kind) {
      case 'half-open':
        network.cutSockets(VENUE_HOST);
        return nowUs + PING_US;
      case 'broken-off':
        network.breakSockets(VENUE_HOST);
        return nowUs;
      case 'nothing-arrives':
        network.lose(VENUE_HOST, untilUs);
        return untilUs;
      case 'connection-refused':
        network.refuse(VENUE_HOST, untilUs);
        return untilUs;
      case 'slow':
        network.delay(VENUE_HOST, prng.integer(100 * US_PER_MS, 14 * US_PER_SECOND), untilUs);
        return untilUs + 14 * US_PER_SECOND;
    }
  }

  #spoilVenue(kind: (typeof VENUE_FAULTS)[number]): number | null {
    const { network, prng, server, venue } = this.#parts;
    const nowUs = network.nowUs();
    const ix = prng.integer(0, 2);
    switch (kind) {
      case 'venue-restart': {
        const untilUs = nowUs + prng.integer(2, 30) * US_PER_SECOND;
        server.restart();
        network.refuse(VENUE_HOST, untilUs);
        return untilUs;
      }
      case 'tickets-expire':
        server.expireTickets();
        return nowUs;
      case 'venue-clock-jump':
        server.clockOffsetUs += Math.round(prng.normal() * 20 * US_PER_SECOND);
        return nowUs;
      case 'rejects':
        venue.refusesNext = prng.integer(1, 4);
        return nowUs;
      case 'price-gap':
        venue.movePrice(ix, Math.round(venue.price(ix) * (prng.uniform() < 0.5 ? 0.99 : 1.01)));
        return nowUs;
      case 'liquidation':
      case 'adl':
        return venue.force(ix, kind) ? nowUs : null;
    }
  }

  #spoilTrader(kind: (typeof TRADER_FAULTS)[number]): number | null {
    const { disk, kill, network, onDone, prng } = this.#parts;
    const nowUs = network.nowUs();
    switch (kind) {
      case 'crash':
        kill();
        return nowUs;
      case 'disk-full': {
        const untilUs = nowUs + prng.integer(3, 20) * US_PER_SECOND;
        disk.isFull = true;
        network.after(untilUs - nowUs, () => {
          disk.isFull = false;
        });
        return untilUs;
      }
      case 'clock-jump-ahead':
        return this.#setClock(prng.integer(1, 90) * US_PER_SECOND);
      case 'clock-jump-back':
        return this.#setClock(-prng.integer(1, 30) * US_PER_SECOND);
      default: {
        const [, moment, write] = kind.split('-') as [string, 'before' | 'in' | 'after', DiskWrite];
        const at: CrashMoment = moment === 'in' ? 'torn' : moment;
        disk.armed = { write, moment: at };
        disk.onArmed = () => onDone(kind, network.nowUs());
        return null;
      }
    }
  }

  /** The clock of the machine is set wrong, and right again some time later: until then prices may come from its future. */
  #setClock(byUs: number): number {
    const { machine, network, prng } = this.#parts;
    machine.offsetUs += byUs;
    const forUs = prng.integer(10, 60) * US_PER_SECOND;
    network.after(forUs, () => {
      machine.offsetUs -= byUs;
    });
    return network.nowUs() + forUs;
  }
}
