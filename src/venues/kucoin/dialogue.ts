/**
 * The conversation of a KuCoin socket. Nothing may be said before the venue's welcome, which also states how often it wants a ping of its own kind
 * (pings of the protocol do not count: it cuts the line after a minute). One message subscribes one topic for up to 100 symbols and is answered by
 * its id; a subscription is confirmed when all of its topics are.
 */
import { US_PER_SECOND } from '#core';
import type {
  ControlMessage,
  DialogueStep,
  PingRule,
  SocketDialogue,
  Subscription,
} from '../market/index.ts';
import { candleName, type TopicTable } from './topics.ts';

/** Symbols of one message. */
export const TOPIC_SYMBOLS_MAX = 100;
/** Used until the venue states its own, and never exceeded: a quiet socket shows by its pongs that it lives. */
export const PING_EVERY_US_MAX = 18 * US_PER_SECOND;
const PING_TIMEOUT_US = 10 * US_PER_SECOND;
const NOTHING: DialogueStep = { send: [], confirmed: [], refused: [] };

/** One message without an answer. */
interface Request {
  readonly topic: string;
  readonly subscriptions: readonly Subscription[];
}

/** Speaks on one socket. */
export class KucoinDialogue implements SocketDialogue {
  readonly #topics: TopicTable;
  readonly #subscriptions: readonly Subscription[];
  readonly #requests = new Map<string, Request>();
  /** Topics that each subscription still waits for. */
  readonly #waiting = new Map<Subscription, number>();
  #pingEveryUs: number;
  #isWelcome = false;

  /** `pingEveryUs` as stated with the token, or `null`. */
  constructor(topics: TopicTable, subscriptions: readonly Subscription[], pingEveryUs: number | null) {
    this.#topics = topics;
    this.#subscriptions = subscriptions;
    this.#pingEveryUs = Math.min(pingEveryUs ?? PING_EVERY_US_MAX, PING_EVERY_US_MAX);
  }

  get ping(): PingRule {
    return { kind: 'text', everyUs: this.#pingEveryUs, timeoutUs: PING_TIMEOUT_US };
  }

  onOpen(): DialogueStep {
    return NOTHING;
  }

  onControl(message: ControlMessage): DialogueStep {
    if (message.kind === 'welcome') return this.#subscribe(message.pingIntervalUs);
    if (message.kind === 'ack') return { ...NOTHING, confirmed: this.#confirm(message.id) };
    return message.kind === 'refused' ? this.#refuse(message.id, message.message) : NOTHING;
  }

  /** Snapshots come by request: there is nothing to ask anew. */
  resubscribe(): DialogueStep {
    return NOTHING;
  }

  pingText(id: number): string {
    return JSON.stringify({ id: `ping-${id}`, type: 'ping' });
  }

  #subscribe(pingIntervalUs: number | null): DialogueStep {
    if (pingIntervalUs !== null && pingIntervalUs > 0) {
      this.#pingEveryUs = Math.min(pingIntervalUs, PING_EVERY_US_MAX);
    }
    if (this.#isWelcome) return NOTHING;
    this.#isWelcome = true;
    const send: string[] = [];
    for (const [topic, bySymbol] of topicsOf(this.#topics, this.#subscriptions)) {
      const symbols = [...bySymbol.keys()];
      for (let at = 0; at < symbols.length; at += TOPIC_SYMBOLS_MAX) {
        const own = symbols.slice(at, at + TOPIC_SYMBOLS_MAX);
        send.push(
          this.#request(
            `${topic}:${own.join(',')}`,
            own.flatMap((symbol) => bySymbol.get(symbol) ?? []),
          ),
        );
      }
    }
    return { ...NOTHING, send };
  }

  #request(topic: string, subscriptions: readonly Subscription[]): string {
    const id = `subscribe-${this.#requests.size}`;
    this.#requests.set(id, { topic, subscriptions });
    for (const subscription of subscriptions) {
      this.#waiting.set(subscription, (this.#waiting.get(subscription) ?? 0) + 1);
    }
    return JSON.stringify({ id, type: 'subscribe', topic, privateChannel: false, response: true });
  }

  #confirm(id: string): readonly Subscription[] {
    const confirmed: Subscription[] = [];
    for (const subscription of this.#take(id)?.subscriptions ?? []) {
      const left = (this.#waiting.get(subscription) ?? 0) - 1;
      if (left === 0) confirmed.push(subscription);
      if (left <= 0) this.#waiting.delete(subscription);
      else this.#waiting.set(subscription, left);
    }
    return confirmed;
  }

  /** The venue refuses a message as a whole; what it refused already is not told twice. An error without an id is about the oldest message. */
  #refuse(id: string | null, message: string): DialogueStep {
    const [oldest] = [...this.#requests].filter(([, { subscriptions }]) => subscriptions.length > 0);
    const request = this.#take(id === null || id === '' ? (oldest?.[0] ?? '') : id);
    if (request === undefined) return NOTHING;
    const left = request.subscriptions.filter((subscription) => this.#waiting.delete(subscription));
    const text = `${request.topic.slice(0, request.topic.indexOf(':'))}: ${message}`;
    return { ...NOTHING, refused: left.map((subscription) => ({ subscription, message: text })) };
  }

  /** Returns a message that waits for its answer and ends the wait; its id stays used. */
  #take(id: string): Request | undefined {
    const request = this.#requests.get(id);
    if (request === undefined) return undefined;
    this.#requests.set(id, { topic: request.topic, subscriptions: [] });
    return request;
  }
}

/** Returns how many topics of the venue a subscription takes. */
export function topicCount(topics: TopicTable, { stream }: Subscription): number {
  return topics[stream]?.length ?? 0;
}

/** Groups subscriptions by topic and by symbol within it; two kinds of stream may share one. */
function topicsOf(
  topics: TopicTable,
  subscriptions: readonly Subscription[],
): ReadonlyMap<string, ReadonlyMap<string, readonly Subscription[]>> {
  const byTopic = new Map<string, Map<string, Subscription[]>>();
  for (const subscription of subscriptions) {
    const { instrument, timeframeUs } = subscription;
    const length = timeframeUs === null ? '' : `_${candleName(timeframeUs)}`;
    const symbol = instrument.wireSymbol + length;
    for (const topic of topics[subscription.stream] ?? []) {
      const bySymbol = byTopic.get(topic) ?? new Map<string, Subscription[]>();
      byTopic.set(topic, bySymbol);
      bySymbol.set(symbol, [...(bySymbol.get(symbol) ?? []), subscription]);
    }
  }
  return byTopic;
}
