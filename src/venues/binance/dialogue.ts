/**
 * Which streams go over which socket, and the conversation of one: connect without streams, SUBSCRIBE in portions, wait for the answers by their
 * numbers. The venue acknowledges names that do not exist and names of another route, too, so an acknowledgement is no proof of data.
 */
import { XylenError } from '#core';
import type { StreamKind } from '#domain';
import type {
  ControlMessage,
  DialogueStep,
  PingRule,
  SocketDialogue,
  SocketPlan,
  Subscription,
  VenueHosts,
} from '../market/index.ts';
import type { BinanceMarket } from './market.ts';
import { PING, STREAMS_MAX, STREAMS_PER_REQUEST } from './socket-limits.ts';
import { type Route, routeOf, streamName } from './streams.ts';

const ROUTES: readonly Route[] = ['public', 'market'];
/** Kinds of streams that spot markets have not. */
const FUTURES_ONLY: ReadonlySet<StreamKind> = new Set([
  'mark-price',
  'funding-rate',
  'open-interest',
  'liquidations',
]);
const NOTHING: DialogueStep = { send: [], confirmed: [], refused: [] };

/** A stream and what it was asked for; mark prices and funding rates share one. */
interface Stream {
  readonly name: string;
  readonly subscriptions: Subscription[];
}

/** Spreads subscriptions over sockets: by route, in the order given, each stream once. @throws XY_USAGE for kinds that are not streamed */
export function planSockets(
  market: BinanceMarket,
  subscriptions: readonly Subscription[],
  hosts: VenueHosts,
): readonly SocketPlan[] {
  const unoffered = subscriptions.find(({ stream }) => market.kind === 'spot' && FUTURES_ONLY.has(stream));
  if (unoffered !== undefined)
    throw new XylenError('XY_USAGE', `${market.venue} has no stream '${unoffered.stream}'`);
  return ROUTES.flatMap((route) => {
    const asked = subscriptions.filter(
      ({ stream }) => stream !== 'open-interest' && routeOf(stream) === route,
    );
    const streams = streamsOf(market, asked);
    const url = hosts.stream + market.streamPaths[route];
    const plans: SocketPlan[] = [];
    for (let from = 0; from < streams.length; from += STREAMS_MAX) {
      plans.push(socketPlan(`${route}-${plans.length}`, url, streams.slice(from, from + STREAMS_MAX)));
    }
    return plans;
  });
}

function streamsOf(market: BinanceMarket, subscriptions: readonly Subscription[]): readonly Stream[] {
  const streams = new Map<string, Stream>();
  for (const subscription of subscriptions) {
    const name = streamName(subscription, market.tradeStream);
    const stream = streams.get(name);
    if (stream === undefined) streams.set(name, { name, subscriptions: [subscription] });
    else stream.subscriptions.push(subscription);
  }
  return [...streams.values()];
}

function socketPlan(name: string, url: string, streams: readonly Stream[]): SocketPlan {
  return {
    name,
    subscriptions: streams.flatMap((stream) => stream.subscriptions),
    address: () => ({ kind: 'url', url }),
    openDialogue: () => new BinanceDialogue(streams),
  };
}

/** The conversation of one socket. */
class BinanceDialogue implements SocketDialogue {
  readonly ping: PingRule = PING;
  readonly #streams: readonly Stream[];
  /** What was asked for and not answered, by the number of the request. */
  readonly #pending = new Map<string, readonly Subscription[]>();

  constructor(streams: readonly Stream[]) {
    this.#streams = streams;
  }

  onOpen(): DialogueStep {
    const send: string[] = [];
    for (let from = 0; from < this.#streams.length; from += STREAMS_PER_REQUEST) {
      const portion = this.#streams.slice(from, from + STREAMS_PER_REQUEST);
      const id = send.length + 1;
      this.#pending.set(
        String(id),
        portion.flatMap((stream) => stream.subscriptions),
      );
      send.push(JSON.stringify({ method: 'SUBSCRIBE', params: portion.map(({ name }) => name), id }));
    }
    return { ...NOTHING, send };
  }

  onControl(message: ControlMessage): DialogueStep {
    if (message.kind === 'ack') return { ...NOTHING, confirmed: this.#answered(message.id) };
    if (message.kind !== 'refused') return NOTHING;
    // A request that the venue could not even read comes back without its number: none that is open was taken then.
    const ids = message.id === null ? [...this.#pending.keys()] : [message.id];
    const subscriptions = ids.flatMap((id) => this.#answered(id));
    return {
      ...NOTHING,
      refused: subscriptions.map((subscription) => ({ subscription, message: message.message })),
    };
  }

  /** Snapshots come by request: nothing to ask for on the stream. */
  resubscribe(): DialogueStep {
    return NOTHING;
  }

  pingText(): string {
    return '';
  }

  #answered(id: string): readonly Subscription[] {
    const subscriptions = this.#pending.get(id) ?? [];
    this.#pending.delete(id);
    return subscriptions;
  }
}
