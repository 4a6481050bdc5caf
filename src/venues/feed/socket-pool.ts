/**
 * All sockets of a feed: opened in turn at the pace the venue allows, with further ones for subscriptions that the planned ones could not get. It carries
 * what connections say to the tracks.
 */
import { assert, type EpochUs, type Prng } from '#core';
import { BackOff, type Transport } from '#net';
import type {
  DecodedSink,
  FeedInstrument,
  MarketAdapter,
  SocketPlan,
  Subscription,
  VenueHosts,
} from '../market/index.ts';
import { type EventRouter, LinkSink } from './event-router.ts';
import type { FeedClock } from './event-stamp.ts';
import {
  type ConnectionEnd,
  type ConnectionOwner,
  type ControlSink,
  FeedConnection,
} from './feed-connection.ts';
import { FeedSocket, type FeedSocketStatus } from './feed-socket.ts';
import type { FeedListener } from './listener.ts';
import type { Notices } from './notices.ts';
import type { FeedOptions } from './options.ts';
import type { Refusals } from './refusals.ts';
import type { RestGate } from './rest-gate.ts';
import type { StreamTrack } from './stream-track.ts';
import type { TrackTable } from './track-table.ts';

/** What the pool needs. */
export interface SocketPoolParts {
  readonly adapter: MarketAdapter;
  readonly hosts: VenueHosts;
  readonly transport: Transport;
  readonly clock: FeedClock;
  readonly prng: Prng;
  readonly options: FeedOptions;
  readonly gate: RestGate;
  readonly tracks: TrackTable;
  readonly refusals: Refusals;
  readonly router: EventRouter;
  readonly listener: FeedListener;
  readonly notices: Notices;
}

/** Sockets for refused subscriptions at a time; with more, those of the plan are replaced, which brings all together again. */
const EXTRA_SOCKETS_MAX = 4;
/** A connection goes before its age by up to that share of it, so that those of one start do not go together. */
const LIFE_JITTER = 0.05;

/** The sockets of one feed. */
export class SocketPool implements ConnectionOwner {
  readonly #parts: SocketPoolParts;
  readonly #sockets: FeedSocket[] = [];
  #serial = 0;
  #extraCount = 0;
  #nextConnectUs: EpochUs = 0;
  #isStopped = false;

  constructor(parts: SocketPoolParts, subscriptions: readonly Subscription[]) {
    this.#parts = parts;
    if (subscriptions.length === 0) return;
    for (const plan of parts.adapter.plan(subscriptions, parts.hosts)) this.#add(plan, plan.name, false);
    const planned = this.#sockets.reduce((count, { plan }) => count + plan.subscriptions.length, 0);
    assert(planned === subscriptions.length, 'a plan holds every subscription once');
  }

  get status(): readonly FeedSocketStatus[] {
    return this.#sockets.map(({ status }) => status);
  }

  /** Goes on with all sockets, and opens what is due and within the pace. */
  pump(nowUs: EpochUs): void {
    this.#retryRefused(nowUs);
    for (const socket of [...this.#sockets]) {
      socket.pump(nowUs);
      if (socket.isExtra && socket.isIdle) this.#remove(socket);
    }
    const due = this.#sockets.filter(({ dueUs }) => dueUs <= nowUs).sort((a, b) => a.dueUs - b.dueUs);
    for (const socket of due) {
      if (this.#isStopped || nowUs < this.#nextConnectUs) return;
      this.#nextConnectUs = nowUs + this.#parts.adapter.limits.connectEveryUs;
      socket.attempt(nowUs);
    }
  }

  /** Closes everything. */
  stop(): void {
    this.#isStopped = true;
    for (const socket of this.#sockets) socket.stop();
  }

  onRaw(bytes: Uint8Array, connection: FeedConnection, tsLocalUs: EpochUs): void {
    this.#parts.router.beginFrame(tsLocalUs);
    this.#parts.listener.onRaw(bytes, connection.name, tsLocalUs);
  }

  openSink(connection: FeedConnection, control: ControlSink): DecodedSink {
    return new LinkSink(this.#parts.router, connection, control);
  }

  onOpened(connection: FeedConnection): void {
    const { clock, notices, tracks } = this.#parts;
    const socket = this.#socketOf(connection);
    if (socket !== undefined) socket.connectCount++;
    notices.tell('connected', connection.name, `connection ${connection.serial} is open`, clock.nowUs());
    tracks.onOpened(connection, connection.plan.subscriptions);
  }

  onConfirmed(connection: FeedConnection, subscription: Subscription): void {
    this.#parts.tracks.onConfirmed(connection, subscription);
  }

  onRefused(
    connection: FeedConnection,
    subscription: Subscription,
    message: string,
    wasSilent: boolean,
  ): void {
    const { clock, notices, tracks } = this.#parts;
    const subject = `${subscription.instrument.symbol} ${subscription.stream}`;
    notices.tell('refused', subject, message, clock.nowUs());
    tracks.onRefused(connection, subscription, message, wasSilent);
  }

  onDamaged(connection: FeedConnection, message: string, isNumbered: boolean): void {
    const { clock, notices, tracks } = this.#parts;
    notices.tell('damaged', connection.name, message, clock.nowUs());
    if (!isNumbered) tracks.onDamaged(connection, connection.plan.subscriptions, message);
  }

  onReplaceWanted(connection: FeedConnection, reason: string): void {
    this.#parts.notices.tell('replacing', connection.name, reason, this.#parts.clock.nowUs());
  }

  onEnded(connection: FeedConnection, end: ConnectionEnd): void {
    const { clock, notices, tracks } = this.#parts;
    const nowUs = clock.nowUs();
    notices.tell('disconnected', connection.name, `${end.cause}: ${end.detail}`, nowUs);
    tracks.onEnded(connection, connection.plan.subscriptions, end);
    this.#socketOf(connection)?.onEnded(connection, nowUs);
  }

  /** Opens a socket for what no connection brings. */
  #retryRefused(nowUs: EpochUs): void {
    const { adapter, hosts, refusals } = this.#parts;
    const due = refusals.due(nowUs);
    if (due.length === 0) return;
    if (this.#sockets.filter(({ isExtra }) => isExtra).length >= EXTRA_SOCKETS_MAX) {
      this.#bringHome(due, nowUs);
      return;
    }
    const plans = adapter.plan(
      due.map(({ subscription }) => subscription),
      hosts,
    );
    for (const plan of plans) {
      const name = `${plan.name}+${++this.#extraCount}`;
      for (const subscription of plan.subscriptions) {
        refusals.assign(this.#parts.tracks.trackOf(subscription), name);
      }
      this.#add(plan, name, true);
    }
  }

  /** The sockets of the plan get another connection, on which they ask for all of theirs again, also for what extra sockets have. */
  #bringHome(due: readonly StreamTrack[], nowUs: EpochUs): void {
    const { refusals, tracks } = this.#parts;
    const away = new Set(due);
    for (const { isExtra, plan } of this.#sockets) {
      if (isExtra) for (const subscription of plan.subscriptions) away.add(tracks.trackOf(subscription));
    }
    for (const track of due) refusals.postpone(track, nowUs);
    for (const socket of this.#sockets) {
      const own = socket.plan.subscriptions.map((subscription) => tracks.trackOf(subscription));
      const isMeant = !socket.isExtra && own.some((track) => away.has(track));
      if (isMeant && socket.isEmpty) for (const track of own) refusals.assign(track, socket.name);
      else if (isMeant) socket.replace('to bring the subscriptions of other sockets back');
    }
  }

  #add(plan: SocketPlan, name: string, isExtra: boolean): void {
    const { options, prng, tracks } = this.#parts;
    const backOff = new BackOff(prng.split(`socket ${name}`), options.backOffFirstUs, options.backOffMaxUs);
    const openConnection = (socket: FeedSocket): FeedConnection => this.#openConnection(socket);
    this.#sockets.push(new FeedSocket({ name, plan, isExtra, tracks, backOff, options, openConnection }));
  }

  #remove(socket: FeedSocket): void {
    const at = this.#sockets.indexOf(socket);
    if (at >= 0) this.#sockets.splice(at, 1);
    this.#parts.refusals.unassign(socket.name);
  }

  #socketOf(connection: FeedConnection): FeedSocket | undefined {
    return this.#sockets.find(({ name }) => name === connection.name);
  }

  #openConnection({ name, plan }: FeedSocket): FeedConnection {
    const { adapter, clock, gate, options, prng, transport } = this.#parts;
    const { limits } = adapter;
    const lifeUs =
      limits.lifeUs === null ? null : Math.floor(limits.lifeUs * (1 - LIFE_JITTER * prng.uniform()));
    const connectId = Array.from({ length: 4 }, () => prng.uint32().toString(16).padStart(8, '0')).join('');
    const instruments = new Set<FeedInstrument>(plan.subscriptions.map(({ instrument }) => instrument));
    return new FeedConnection({
      name,
      serial: ++this.#serial,
      connectId,
      plan,
      limits,
      lifeUs,
      decoder: adapter.openDecoder([...instruments]),
      transport,
      clock,
      gate,
      options,
      owner: this,
    });
  }
}
