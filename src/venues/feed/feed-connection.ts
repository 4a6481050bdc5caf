/**
 * One connection, from the wish to have it to its end: it talks with the venue as the dialogue says, at the venue's pace, watches whether the other
 * side lives, and reads what comes. It knows nothing of books and losses: its owner is told what happened.
 *
 * Invariants: once it is `stopped` nothing leaves it, whatever the transport still calls; the owner hears of the end once; `replaceReason`, once set,
 * stays: the owner opens another connection before this one goes.
 */
import { ConnectionSequence } from '#book';
import { type EpochUs, US_PER_SECOND } from '#core';
import type { LedgerCause } from '#domain';
import type { Cancel, ClientSocket, Transport } from '#net';
import {
  type ControlMessage,
  type DecodedSink,
  type DialogueStep,
  type FrameDecoder,
  FrameFault,
  type SocketDialogue,
  type SocketLimits,
  type SocketPlan,
  type Subscription,
} from '../market/index.ts';
import { ConnectionWatch } from './connection-watch.ts';
import type { FeedClock } from './event-stamp.ts';
import type { FeedOptions } from './options.ts';
import type { RestGate } from './rest-gate.ts';
import { SendQueue } from './send-queue.ts';
import { isOpenState, nextSocketState, type SocketState, type SocketStep } from './socket-state.ts';
import { type StreamTrack, type TrackLink, trackKey } from './stream-track.ts';

/** How a connection ended. */
export interface ConnectionEnd {
  readonly cause: LedgerCause;
  readonly detail: string;
  /** True where it was confirmed and never said anything: then nothing is complete since the confirmation. */
  readonly wasSilent: boolean;
  /** Numbers of the messages that were lost, where the venue numbers them by connection; else -1. */
  readonly lostFromId: number;
  readonly lostToId: number;
}

/** What the decoder hands to the connection itself. */
export interface ControlSink {
  onControl(message: ControlMessage): void;
  onConnectionSequence(sequence: number): boolean;
}

/** Who is told. */
export interface ConnectionOwner {
  onRaw(bytes: Uint8Array, connection: FeedConnection, tsLocalUs: EpochUs): void;
  /** Makes the sink of what this connection says; control messages go on to `control`. */
  openSink(connection: FeedConnection, control: ControlSink): DecodedSink;
  onOpened(connection: FeedConnection): void;
  onConfirmed(connection: FeedConnection, subscription: Subscription): void;
  onRefused(
    connection: FeedConnection,
    subscription: Subscription,
    message: string,
    wasSilent: boolean,
  ): void;
  /** `isNumbered`: the numbers of the connection will show whether the message counted. */
  onDamaged(connection: FeedConnection, message: string, isNumbered: boolean): void;
  onReplaceWanted(connection: FeedConnection, reason: string): void;
  onEnded(connection: FeedConnection, end: ConnectionEnd): void;
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly name: string;
  readonly serial: number;
  /** Unique text for venues that want one. */
  readonly connectId: string;
  readonly plan: SocketPlan;
  readonly limits: SocketLimits;
  /** Age at which it is replaced; `null` = never. */
  readonly lifeUs: number | null;
  readonly decoder: FrameDecoder;
  readonly transport: Transport;
  readonly clock: FeedClock;
  readonly gate: RestGate;
  readonly options: FeedOptions;
  readonly owner: ConnectionOwner;
}

/** How long a message may be under way where that cannot be asked. */
const UNDER_WAY_US_MAX = 10 * US_PER_SECOND;
/** Time between two pings of a connection that is about to go. */
const PROOF_EVERY_US = US_PER_SECOND;

/** One connection of one attempt. */
export class FeedConnection implements TrackLink {
  readonly name: string;
  readonly serial: number;
  readonly plan: SocketPlan;
  /** Why it is to be replaced; `null` = it is not. */
  replaceReason: string | null = null;
  /** When the connection was there; 0 = not yet. */
  openedUs: EpochUs = 0;
  /** When another connection had taken over all of it; 0 = not yet. */
  replacedUs: EpochUs = 0;
  lastHeardUs: EpochUs = 0;
  lastGoodUs: EpochUs = 0;
  messageCount = 0;
  damagedCount = 0;
  readonly #parts: ConnectionParts;
  readonly #watch: ConnectionWatch;
  readonly #confirmed = new Map<string, EpochUs>();
  readonly #dialogue: SocketDialogue;
  readonly #sends: SendQueue;
  readonly #sink: DecodedSink;
  #state: SocketState = 'waiting';
  #socket: ClientSocket | null = null;
  #cancelToken: Cancel | null = null;
  #dataCount = 0;
  #damagedInRow = 0;
  /** A venue may begin with any number: what counts is that none is left out. */
  readonly #sequence = new ConnectionSequence(null);

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.serial = parts.serial;
    this.plan = parts.plan;
    this.#dialogue = parts.plan.openDialogue();
    this.#sends = new SendQueue(parts.transport, parts.limits.sendEveryUs, (text) =>
      this.#socket?.send(text),
    );
    this.#watch = new ConnectionWatch(parts.limits, parts.options.answerTimeoutUs, parts.plan.subscriptions);
    this.#sink = parts.owner.openSink(this, {
      onControl: (message) => this.#onControl(message),
      onConnectionSequence: (sequence) => this.#onSequence(sequence),
    });
  }

  get state(): SocketState {
    return this.#state;
  }

  get deliveredUs(): EpochUs {
    // Where pings are not answered, what was sent so long ago has come if anything has come now.
    return Math.max(this.#watch.provenUs, this.lastHeardUs - UNDER_WAY_US_MAX);
  }

  get isOpen(): boolean {
    return isOpenState(this.#state);
  }

  get isLeaving(): boolean {
    return this.replaceReason !== null;
  }

  /** True when every subscription was answered, this way or that. */
  get isAnswered(): boolean {
    return this.#watch.unansweredCount === 0;
  }

  /** Valid messages of unknown kinds. */
  get ignoredCount(): number {
    return this.#parts.decoder.ignoredCount;
  }

  confirmedUs(track: StreamTrack): EpochUs {
    return this.#confirmed.get(track.key) ?? 0;
  }

  /** Goes on with whatever is due: the address, pings, watchdogs. */
  pump(nowUs: EpochUs): void {
    if (this.#state === 'waiting') this.#connect();
    else if (this.isOpen) this.#check(nowUs);
  }

  resubscribe(subscription: Subscription): void {
    if (this.isOpen) this.#take(this.#dialogue.resubscribe(subscription));
  }

  /** A message of that stream came: it speaks, whether its subscription was answered or not. */
  noteData(track: StreamTrack): void {
    if (this.#dataCount++ === 0) this.#step('data');
    if (this.#watch.isWaiting) {
      this.#watch.onData(track.key);
      if (!this.#confirmed.has(track.key)) this.#confirm(track.subscription);
    }
  }

  /** Another connection has all of its streams; it stays for what is under way. */
  replace(nowUs: EpochUs): void {
    this.replacedUs = nowUs;
    this.#step('replaced');
  }

  /** Ends it without a word to the owner. */
  close(): void {
    const socket = this.#leave();
    socket?.close();
  }

  /** Gives it up. */
  fail(end: Partial<ConnectionEnd> & Pick<ConnectionEnd, 'cause' | 'detail'>): void {
    if (this.#state === 'stopped') return;
    const socket = this.#leave();
    socket?.destroy();
    this.#parts.owner.onEnded(this, { wasSilent: false, lostFromId: -1, lostToId: -1, ...end });
  }

  #step(step: SocketStep): void {
    this.#state = nextSocketState(this.#state, step);
  }

  #leave(): ClientSocket | null {
    this.#step('ended');
    this.#sends.stop();
    this.#cancelToken?.();
    this.#cancelToken = null;
    const socket = this.#socket;
    this.#socket = null;
    return socket;
  }

  /** Finds the address; one with a token takes a request, which waits for its turn in the budget. */
  #connect(): void {
    if (this.#cancelToken !== null) return;
    const address = this.plan.address(this.#parts.connectId);
    if (address.kind === 'url') {
      this.#open(address.url);
      return;
    }
    this.#cancelToken = this.#parts.gate.send(
      address.call,
      (body) => address.call.parse(body),
      (outcome) => {
        this.#cancelToken = null;
        if (outcome.kind === 'good') this.#open(outcome.value);
        else this.fail({ cause: 'disconnect', detail: `no token: ${outcome.message}` });
      },
    );
  }

  #open(url: string): void {
    const { limits, options, transport } = this.#parts;
    this.#step('connect');
    this.#socket = transport.openSocket(
      { url, messageBytesMax: limits.messageBytesMax, connectTimeoutUs: options.connectTimeoutUs },
      {
        onOpen: () => this.#onOpen(),
        onMessage: (bytes) => this.#onMessage(bytes),
        onPong: () => this.#onPong(),
        onEnd: ({ code, reason }) =>
          this.fail({
            cause: 'disconnect',
            detail: `closed with ${code}${reason === '' ? '' : `: ${reason}`}`,
          }),
      },
    );
  }

  #onOpen(): void {
    if (this.#state !== 'connecting') return;
    const nowUs = this.#parts.clock.nowUs();
    this.#step('opened');
    this.openedUs = nowUs;
    this.lastHeardUs = nowUs;
    this.lastGoodUs = nowUs;
    this.#watch.open(nowUs, this.#parts.lifeUs);
    this.#parts.owner.onOpened(this);
    // The owner may have stopped everything meanwhile.
    if (this.isOpen) this.#take(this.#dialogue.onOpen());
  }

  #onMessage(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    const tsLocalUs = this.#parts.clock.stampUs();
    this.lastHeardUs = tsLocalUs;
    this.messageCount++;
    this.#parts.owner.onRaw(bytes, this, tsLocalUs);
    if (!this.isOpen) return;
    try {
      this.#parts.decoder.decode(bytes, tsLocalUs, this.#sink);
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.#onDamaged(error.message);
      return;
    }
    this.#damagedInRow = 0;
    // Behind everything that the message was made into.
    this.lastGoodUs = this.#parts.clock.lastUs;
  }

  #onPong(): void {
    if (!this.isOpen) return;
    this.#watch.onPong();
  }

  #onDamaged(message: string): void {
    if (!this.isOpen) return;
    this.damagedCount++;
    this.#damagedInRow++;
    this.#parts.owner.onDamaged(this, message, this.#sequence.expected >= 0);
    if (!this.isOpen) return;
    if (this.#damagedInRow < this.#parts.options.damagedInRowMax) return;
    const detail = `${this.#damagedInRow} damaged messages in a row: ${message}`;
    this.fail({ cause: 'damaged-frame', detail });
  }

  #onControl(message: ControlMessage): void {
    if (!this.isOpen) return;
    if (message.kind === 'pong') this.#onPong();
    if (message.kind === 'going-away') this.#wantReplacement(`the venue said: ${message.message}`);
    this.#take(this.#dialogue.onControl(message));
  }

  /** Lost messages of whatever stream: nothing on this connection can be trusted any more. */
  #onSequence(sequence: number): boolean {
    if (!this.isOpen) return false;
    const { expected } = this.#sequence;
    const verdict = this.#sequence.judge(sequence);
    if (verdict !== 'gap') return verdict === 'next';
    const detail = `expected message ${expected} of the connection, found ${sequence}`;
    this.fail({ cause: 'sequence-gap', detail, lostFromId: expected, lostToId: sequence - 1 });
    return false;
  }

  #take(step: DialogueStep): void {
    if (step.send.length > 0 && !this.#sends.push(step.send)) {
      this.fail({ cause: 'overload', detail: 'too many messages wait to be sent to the venue' });
      return;
    }
    for (const subscription of step.confirmed) this.#confirm(subscription);
    for (const { subscription, message } of step.refused) this.#refuse(subscription, message, false);
    this.#noteAnswered();
  }

  #confirm(subscription: Subscription): void {
    if (!this.isOpen) return;
    const key = keyOf(subscription);
    const isNew = !this.#confirmed.has(key);
    const nowUs = this.#parts.clock.nowUs();
    this.#watch.onAnswer(subscription, true, nowUs);
    if (!isNew) return;
    this.#confirmed.set(key, nowUs);
    this.#parts.owner.onConfirmed(this, subscription);
    this.#noteAnswered();
  }

  #refuse(subscription: Subscription, message: string, wasSilent: boolean): void {
    if (!this.isOpen) return;
    this.#confirmed.delete(keyOf(subscription));
    this.#watch.onAnswer(subscription, false, this.#parts.clock.nowUs());
    this.#parts.owner.onRefused(this, subscription, message, wasSilent);
  }

  #noteAnswered(): void {
    if (this.#state !== 'open' || !this.isAnswered) return;
    this.#step('answered');
    if (this.#dataCount > 0) this.#step('data');
  }

  #wantReplacement(reason: string): void {
    if (this.replaceReason !== null) return;
    this.replaceReason = reason;
    this.#parts.owner.onReplaceWanted(this, reason);
  }

  #check(nowUs: EpochUs): void {
    const isSending = this.#sends.count > 0;
    const finding = this.#watch.check(nowUs, this.lastHeardUs, this.#dialogue.ping, isSending);
    if (finding === null) {
      this.#prove(nowUs);
      return;
    }
    switch (finding.kind) {
      case 'ping':
        this.#ping(nowUs);
        return;
      case 'replace':
        this.#wantReplacement(finding.detail);
        return;
      case 'dead':
        this.fail({ cause: 'stall', detail: finding.detail });
        return;
      case 'unanswered':
        this.#onUnanswered(finding.subscriptions, finding.detail);
        return;
      case 'silent':
        this.#onSilent(finding.subscriptions, finding.detail);
        return;
    }
  }

  /** Before it goes it is asked whether everything has come. */
  #prove(nowUs: EpochUs): void {
    if (this.#state !== 'draining' || this.deliveredUs >= this.replacedUs) return;
    if (this.#watch.mayPing(nowUs, PROOF_EVERY_US)) this.#ping(nowUs);
  }

  #ping(nowUs: EpochUs): void {
    const id = this.#watch.onPing(nowUs);
    // Whatever a venue wants by itself, RFC 6455 has every server answer the protocol's own ping.
    if (this.#dialogue.ping?.kind !== 'text') this.#socket?.ping();
    else this.#sends.pushFirst(this.#dialogue.pingText(id));
  }

  #onUnanswered(subscriptions: readonly Subscription[], detail: string): void {
    if (this.#confirmed.size === 0) this.fail({ cause: 'stall', detail });
    else for (const subscription of subscriptions) this.#refuse(subscription, detail, false);
    this.#noteAnswered();
  }

  /** One silent book may be the venue's trouble with one symbol; a connection without a word of data is worth nothing. */
  #onSilent(subscriptions: readonly Subscription[], detail: string): void {
    if (this.#dataCount === 0) this.fail({ cause: 'stall', detail, wasSilent: true });
    else for (const subscription of subscriptions) this.#refuse(subscription, detail, true);
  }
}

function keyOf(subscription: Subscription): string {
  return trackKey(subscription.instrument.ix, subscription.stream, subscription.timeframeUs);
}
