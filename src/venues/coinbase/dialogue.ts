/**
 * The conversation of a Coinbase socket. The venue drops who has not subscribed within 5 s of connecting; one message names one channel; `heartbeats`
 * comes first, because it keeps quiet channels open and shows that the socket lives. Acknowledgements list all that is subscribed by now; errors
 * name no request.
 */
import { assert } from '#core';
import type { StreamKind } from '#domain';
import type {
  ControlMessage,
  DialogueStep,
  PingRule,
  SocketDialogue,
  Subscription,
} from '../market/index.ts';

/** Channel of each kind of stream. */
export const CHANNEL_OF: Readonly<Partial<Record<StreamKind, string>>> = {
  book: 'level2',
  trades: 'market_trades',
  candles: 'candles',
  quotes: 'ticker',
};

const NOTHING: DialogueStep = { send: [], confirmed: [], refused: [] };

/** One message that was sent and the subscriptions in it that were not answered yet. */
interface Request {
  readonly channel: string;
  readonly waiting: Subscription[];
}

/** Speaks on one socket. */
export class CoinbaseDialogue implements SocketDialogue {
  /** Heartbeats come every second: nothing is to be sent. */
  readonly ping: PingRule | null = null;
  readonly #subscriptions: readonly Subscription[];
  /** Oldest first. */
  #requests: Request[] = [];

  constructor(subscriptions: readonly Subscription[]) {
    this.#subscriptions = subscriptions;
  }

  onOpen(): DialogueStep {
    const byChannel = new Map<string, Subscription[]>();
    for (const subscription of this.#subscriptions) {
      const channel = channelOf(subscription);
      byChannel.set(channel, [...(byChannel.get(channel) ?? []), subscription]);
    }
    this.#requests = [...byChannel].map(([channel, waiting]) => ({ channel, waiting }));
    const send = this.#requests.map(({ channel, waiting }) => messageOf('subscribe', channel, waiting));
    return { ...NOTHING, send: [JSON.stringify({ type: 'subscribe', channel: 'heartbeats' }), ...send] };
  }

  onControl(message: ControlMessage): DialogueStep {
    if (message.kind === 'subscribed') {
      const confirmed = this.#takeWaiting(
        (channel, { instrument }) => channel === message.channel && instrument.wireSymbol === message.symbol,
      );
      return { ...NOTHING, confirmed };
    }
    return message.kind === 'refused' ? this.#refuse(message.message) : NOTHING;
  }

  resubscribe(subscription: Subscription): DialogueStep {
    const channel = channelOf(subscription);
    this.#takeWaiting((_, waiting) => waiting === subscription);
    this.#requests.push({ channel, waiting: [subscription] });
    const send = (['unsubscribe', 'subscribe'] as const).map((type) =>
      messageOf(type, channel, [subscription]),
    );
    return { ...NOTHING, send };
  }

  pingText(): string {
    return '';
  }

  /** An error is about the products that it names; where it names none, about the oldest message without an answer. */
  #refuse(message: string): DialogueStep {
    let refused = this.#takeWaiting((_, { instrument }) => hasWord(message, instrument.wireSymbol));
    const oldest = this.#requests[0];
    if (refused.length === 0 && oldest !== undefined) {
      refused = this.#takeWaiting((_, subscription) => oldest.waiting.includes(subscription));
    }
    return { ...NOTHING, refused: refused.map((subscription) => ({ subscription, message })) };
  }

  /** Removes and returns the waiting subscriptions that fit. */
  #takeWaiting(isTaken: (channel: string, subscription: Subscription) => boolean): readonly Subscription[] {
    const taken: Subscription[] = [];
    const left: Request[] = [];
    for (const { channel, waiting } of this.#requests) {
      const others: Subscription[] = [];
      for (const subscription of waiting) {
        (isTaken(channel, subscription) ? taken : others).push(subscription);
      }
      if (others.length > 0) left.push({ channel, waiting: others });
    }
    this.#requests = left;
    return taken;
  }
}

/** Returns the channel of a subscription that goes over a socket. */
function channelOf(subscription: Subscription): string {
  const channel = CHANNEL_OF[subscription.stream];
  assert(channel !== undefined, `only streams with a channel go over a socket, was ${subscription.stream}`);
  return channel;
}

function messageOf(
  type: 'subscribe' | 'unsubscribe',
  channel: string,
  subscriptions: readonly Subscription[],
): string {
  const products = new Set(subscriptions.map(({ instrument }) => instrument.wireSymbol));
  return JSON.stringify({ type, product_ids: [...products], channel });
}

/** True when the text names the symbol as a word of its own (`BTC-USD`, not within `BTC-USDT`). */
function hasWord(text: string, symbol: string): boolean {
  const at = text.indexOf(symbol);
  if (at < 0) return false;
  const isInside = (char: string | undefined): boolean => char !== undefined && /[A-Za-z0-9-]/.test(char);
  return !isInside(text[at - 1]) && !isInside(text[at + symbol.length]);
}
