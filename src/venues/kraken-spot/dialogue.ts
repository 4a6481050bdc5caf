/**
 * The conversation of one socket: what is subscribed, who has been answered, what is left. Kraken answers for each symbol by itself, and a refusal
 * leaves the socket up, where it would look like a quiet market; every symbol is therefore waited for by name.
 */
import { US_PER_SECOND } from '#core';
import type { ControlMessage, DialogueStep, PingRule, SocketDialogue, Subscription } from '#venues/market';
import { channelKey, subscribeTexts, unsubscribeText } from './requests.ts';
import type { KrakenSpotSettings } from './settings.ts';

/** Kraken drops a connection that says nothing for about a minute. */
const PING: PingRule = { kind: 'text', everyUs: 30 * US_PER_SECOND, timeoutUs: 10 * US_PER_SECOND };
const NOTHING: DialogueStep = { send: [], confirmed: [], refused: [] };

/** A subscription and the request that is still unanswered; `null` = it was answered. */
interface Entry {
  readonly subscription: Subscription;
  requestId: number | null;
}

/** Subscribes to a fixed list of streams on one socket. */
export class KrakenSpotDialogue implements SocketDialogue {
  readonly ping = PING;
  readonly #settings: KrakenSpotSettings;
  readonly #token: string | null;
  /** By channel and symbol, as in answers. */
  readonly #entries = new Map<string, Entry>();
  #lastId = 0;

  /** `token` is for level 3 alone. */
  constructor(subscriptions: readonly Subscription[], settings: KrakenSpotSettings, token: string | null) {
    this.#settings = settings;
    this.#token = token;
    for (const subscription of subscriptions) {
      this.#entries.set(keyOf(subscription), { subscription, requestId: null });
    }
  }

  onOpen(): DialogueStep {
    const subscriptions = [...this.#entries.values()].map((entry) => entry.subscription);
    return { ...NOTHING, send: this.#subscribe(subscriptions) };
  }

  onControl(message: ControlMessage): DialogueStep {
    if (message.kind === 'subscribed') return this.#confirm(message.channel, message.symbol);
    if (message.kind === 'refused') return this.#refuse(message);
    return NOTHING;
  }

  resubscribe(subscription: Subscription): DialogueStep {
    const unsubscribe = unsubscribeText(subscription, this.#settings, this.#token, ++this.#lastId);
    return { ...NOTHING, send: [unsubscribe, ...this.#subscribe([subscription])] };
  }

  pingText(id: number): string {
    return JSON.stringify({ method: 'ping', req_id: id });
  }

  #subscribe(subscriptions: readonly Subscription[]): readonly string[] {
    const texts: string[] = [];
    for (const { batch, textOf } of subscribeTexts(subscriptions, this.#settings, this.#token)) {
      const id = ++this.#lastId;
      for (const subscription of batch) {
        const entry = this.#entries.get(keyOf(subscription));
        if (entry !== undefined) entry.requestId = id;
      }
      texts.push(textOf(id));
    }
    return texts;
  }

  #confirm(channel: string, symbol: string | null): DialogueStep {
    const entry = symbol === null ? undefined : this.#entries.get(`${channel} ${symbol}`);
    if (entry === undefined) return NOTHING;
    entry.requestId = null;
    return { ...NOTHING, confirmed: [entry.subscription] };
  }

  /**
   * A refusal names a request, a symbol (if only in its words), both or nothing. Whoever may be meant and is still unanswered is refused: silence
   * would be worse.
   */
  #refuse(message: Extract<ControlMessage, { kind: 'refused' }>): DialogueStep {
    const meant = [...this.#entries.values()].filter((entry) => isMeant(entry, message));
    const words = message.message.split(' ');
    const named = meant.filter((entry) => words.includes(entry.subscription.instrument.wireSymbol));
    const refused = named.length > 0 ? named : meant;
    for (const entry of refused) entry.requestId = null;
    return {
      ...NOTHING,
      refused: refused.map(({ subscription }) => ({ subscription, message: message.message })),
    };
  }
}

function isMeant(entry: Entry, message: Extract<ControlMessage, { kind: 'refused' }>): boolean {
  if (entry.requestId === null) return false;
  if (message.id !== null && message.id !== String(entry.requestId)) return false;
  if (message.symbol !== null && message.symbol !== entry.subscription.instrument.wireSymbol) return false;
  return message.channel === null || message.channel === channelKey(entry.subscription);
}

function keyOf(subscription: Subscription): string {
  return `${channelKey(subscription)} ${subscription.instrument.wireSymbol}`;
}
