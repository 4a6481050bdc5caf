/** One socket of an adapter, talking to the dialect without a network: what is said goes straight to the other side, and everything is kept. */
import { assert } from '#core';
import type { ServerSocket } from '#net';
import type { ControlMessage, DialogueStep, FrameDecoder, SocketDialogue, SocketPlan } from '#venues/market';
import type { TrueChange, TrueTrade } from '../hostile/true-market.ts';
import type { DialectReply, Session } from '../hostile/wire-protocol.ts';
import { DecodedLog } from '../support/decoded-log.ts';
import type { DialectMarket } from './dialect-market.ts';

const TURNS_MAX = 10_000;

/** A connection; `open` begins it. */
export class Connection {
  readonly plan: SocketPlan;
  readonly dialogue: SocketDialogue;
  readonly decoder: FrameDecoder;
  readonly session: Session;
  /** Everything that the decoder delivered. */
  readonly log = new DecodedLog();
  /** Frames from the venue, oldest first. */
  readonly heard: string[] = [];
  /** Messages to the venue, oldest first. */
  readonly said: string[] = [];
  readonly confirmed: DialogueStep['confirmed'][number][] = [];
  readonly refused: DialogueStep['refused'][number][] = [];
  /** `book BTCUSDT` for every stream that the venue began, in order. */
  readonly begun: string[] = [];
  readonly #market: DialectMarket;
  #turns = 0;

  constructor(market: DialectMarket, plan: SocketPlan) {
    this.#market = market;
    this.plan = plan;
    const { pathname, search } = new URL(addressOf(market, plan));
    // Asked for after the address: a venue may state with its token how often it wants a ping.
    this.dialogue = plan.openDialogue();
    this.decoder = market.under.adapter.openDecoder(market.listed.map(({ instrument }) => instrument));
    this.session = {
      socket: SILENT_SOCKET,
      path: pathname,
      query: search.slice(1),
      streams: new Set(),
      sequence: 0,
      silent: new Set(),
      isStalled: false,
    };
  }

  /** Connects and talks until both sides have nothing more to say. */
  open(): void {
    this.#receive(this.#market.protocol.onOpen(this.session, this.#market));
    this.say(this.dialogue.onOpen());
  }

  /** Does what the dialogue wants. */
  say({ confirmed, refused, send }: DialogueStep): void {
    this.confirmed.push(...confirmed);
    this.refused.push(...refused);
    for (const text of send) {
      assert(++this.#turns <= TURNS_MAX, 'a conversation comes to an end');
      this.said.push(text);
      this.#receive(this.#market.protocol.onMessage(this.session, text, this.#market));
    }
  }

  /** Returns the frames of a change for this connection, without delivering them. */
  changeFrames(change: TrueChange, isFalsified = false): readonly string[] {
    return this.#market.protocol.changeFrames(this.session, change, this.#market, isFalsified);
  }

  /** Returns the frames of a print for this connection, without delivering them. */
  tradeFrames(trade: TrueTrade): readonly string[] {
    return this.#market.protocol.tradeFrames(this.session, trade, this.#market);
  }

  /** Delivers a frame; what the venue says of the conversation goes to the dialogue. */
  hear(frame: string): void {
    this.heard.push(frame);
    const before = this.log.entries.length;
    this.decoder.decode(Buffer.from(frame), this.#market.nowUs, this.log);
    for (const { kind, value } of this.log.entries.slice(before)) {
      if (kind === 'control') this.say(this.dialogue.onControl(value as ControlMessage));
    }
  }

  #receive(reply: DialectReply): void {
    for (const frame of reply.send) this.hear(frame);
    for (const { book, stream } of reply.end)
      this.session.streams.delete(`${stream} ${book.instrument.wireSymbol}`);
    for (const { book, stream } of reply.begin) {
      const key = `${stream} ${book.instrument.wireSymbol}`;
      this.session.streams.add(key);
      this.begun.push(key);
      if (stream !== 'book') continue;
      for (const frame of this.#market.protocol.snapshotFrames(this.session, book, this.#market))
        this.hear(frame);
    }
  }
}

/** Opens the sockets of a plan for books and trades of all instruments, or for what is given. */
export function connectAll(
  market: DialectMarket,
  subscriptions = market.subscriptions(),
): readonly Connection[] {
  const plans = market.under.adapter.plan(subscriptions, market.hosts);
  return plans.map((plan) => {
    const connection = new Connection(market, plan);
    connection.open();
    return connection;
  });
}

/** Returns the connection that carries a stream of a symbol. */
export function carrierOf(connections: readonly Connection[], key: string): Connection {
  const found = connections.find(({ session }) => session.streams.has(key));
  assert(found !== undefined, `a connection carries '${key}'`);
  return found;
}

/** Returns where a socket connects to; a token is asked for. */
export function addressOf(market: DialectMarket, plan: SocketPlan): string {
  const address = plan.address('connection-1');
  return address.kind === 'url' ? address.url : address.call.parse(market.answer(address.call).body);
}

const SILENT_SOCKET: ServerSocket = {
  send: () => undefined,
  close: (_code, reason) => assert(false, `the venue keeps the connection, closed it: ${reason}`),
  destroy: () => undefined,
  stall: () => undefined,
};
