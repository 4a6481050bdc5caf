/**
 * The conversation of one socket. One request subscribes one feed of one product, and Kraken answers requests in their order; a refusal that
 * names nothing is therefore the answer to the oldest request that has none. Several of our streams may live on one feed (mark price, funding,
 * open interest and quotes on `ticker`): it is subscribed once and confirms all of them.
 */
import { US_PER_SECOND } from '#core';
import type { StreamKind } from '#domain';
import type { ControlMessage, DialogueStep, PingRule, SocketDialogue, Subscription } from '#venues/market';
import { feedKey, feedOf } from './feeds.ts';

/** Kraken closes a connection without a ping for a minute; it knows those of the protocol alone. */
const PING: PingRule = { kind: 'protocol', everyUs: 30 * US_PER_SECOND, timeoutUs: 10 * US_PER_SECOND };
const NOTHING: DialogueStep = { send: [], confirmed: [], refused: [] };
/** The heartbeat of the connection, which is a feed too. */
const HEARTBEAT = 'heartbeat';

/** A feed of a product, with our streams on it. */
interface Entry {
  readonly subscriptions: readonly Subscription[];
  isAnswered: boolean;
}

/** Subscribes to a fixed list of streams on one socket. */
export class KrakenFuturesDialogue implements SocketDialogue {
  readonly ping = PING;
  /** By feed and product, in the order of the subscriptions. */
  readonly #entries = new Map<string, Entry>();
  /** Keys of the requests without an answer, oldest first; at most two for each feed of a product, and the heartbeat. */
  #waiting: string[] = [];

  constructor(subscriptions: readonly Subscription[]) {
    const byFeed = new Map<string, Subscription[]>();
    for (const subscription of subscriptions) {
      const key = feedKey(subscription);
      const list = byFeed.get(key) ?? [];
      list.push(subscription);
      byFeed.set(key, list);
    }
    for (const [key, list] of byFeed) this.#entries.set(key, { subscriptions: list, isAnswered: false });
  }

  onOpen(): DialogueStep {
    this.#wait(HEARTBEAT);
    const send = [JSON.stringify({ event: 'subscribe', feed: HEARTBEAT })];
    for (const [key, { subscriptions }] of this.#entries) {
      const first = subscriptions[0];
      if (first === undefined) continue;
      this.#wait(key);
      send.push(requestText('subscribe', first.stream, first.instrument.wireSymbol));
    }
    return { ...NOTHING, send };
  }

  onControl(message: ControlMessage): DialogueStep {
    if (message.kind === 'subscribed') return this.#confirm(message.channel, message.symbol);
    if (message.kind === 'unsubscribed') {
      this.#settle(`-${keyOf(message.channel, message.symbol)}`);
      return NOTHING;
    }
    return message.kind === 'refused' ? this.#refuse(message) : NOTHING;
  }

  resubscribe(subscription: Subscription): DialogueStep {
    const { wireSymbol } = subscription.instrument;
    const key = feedKey(subscription);
    this.#wait(`-${key}`);
    this.#wait(key);
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.isAnswered = false;
    const methods = ['unsubscribe', 'subscribe'] as const;
    return {
      ...NOTHING,
      send: methods.map((method) => requestText(method, subscription.stream, wireSymbol)),
    };
  }

  /** Kraken futures has no ping of its own: pings are those of the protocol. */
  pingText(): string {
    return '';
  }

  #confirm(channel: string, symbol: string | null): DialogueStep {
    const key = keyOf(channel, symbol);
    this.#settle(key);
    const entry = this.#entries.get(key);
    if (entry === undefined) return NOTHING;
    entry.isAnswered = true;
    return { ...NOTHING, confirmed: entry.subscriptions };
  }

  #refuse(message: Extract<ControlMessage, { kind: 'refused' }>): DialogueStep {
    const key = this.#waiting.find((waiting) => isMeant(waiting, message));
    if (key === undefined) return NOTHING;
    this.#settle(key);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.isAnswered) return NOTHING;
    return {
      ...NOTHING,
      refused: entry.subscriptions.map((subscription) => ({ subscription, message: message.message })),
    };
  }

  #wait(key: string): void {
    if (!this.#waiting.includes(key)) this.#waiting.push(key);
  }

  #settle(key: string): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== key);
  }
}

/** Keys are `feed product`; those of requests to end a subscription begin with a minus. */
function isMeant(key: string, message: Extract<ControlMessage, { kind: 'refused' }>): boolean {
  const [feed, product] = key.split(' ');
  if (message.channel !== null && message.channel !== feed) return false;
  return message.symbol === null || message.symbol === product;
}

function keyOf(channel: string, symbol: string | null): string {
  return symbol === null ? channel : `${channel} ${symbol}`;
}

function requestText(method: 'subscribe' | 'unsubscribe', stream: StreamKind, product: string): string {
  return JSON.stringify({ event: method, feed: feedOf(stream), product_ids: [product] });
}
