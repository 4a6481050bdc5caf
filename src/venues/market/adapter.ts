/**
 * The market-data port of a venue: one shape for all of them. An adapter is pure: it says what to connect to, what to send, how to read
 * what comes and which rules a book obeys; the feed (`feed/`) opens sockets, keeps time, buffers, re-syncs and counts.
 */
import type { BookPolicy } from '#book';
import type { StreamKind, VenueId } from '#domain';
import type { ControlMessage, FrameDecoder } from './decoded.ts';
import type { FeedInstrument } from './feed-instrument.ts';
import type { MarketRest, RestCall } from './rest.ts';

/** How a venue offers a kind of stream. */
export type StreamSupport = 'stream' | 'poll' | 'none';

/** One stream of one instrument. */
export interface Subscription {
  readonly instrument: FeedInstrument;
  readonly stream: StreamKind;
  /** Bar length of candles; `null` for the others. */
  readonly timeframeUs: number | null;
}

/** Where a venue is: production, its demo, or a local server in tests. No trailing slash. */
export interface VenueHosts {
  readonly rest: string;
  readonly stream: string;
  /** A second stream host where the venue has one (Kraken level 3); else empty. */
  readonly streamOrders: string;
}

/** What a socket of the venue must keep to. */
export interface SocketLimits {
  /** Subscriptions of one socket. */
  readonly streamsMax: number;
  /** Least time between two messages that we send. */
  readonly sendEveryUs: number;
  /** Least time between two connection attempts. */
  readonly connectEveryUs: number;
  /** A socket of that age is replaced, the new one first; `null` = lives for ever. */
  readonly lifeUs: number | null;
  /** A socket that says nothing at all for that long is dead. */
  readonly silenceUs: number;
  /** A confirmed subscription that must speak (books) and stays silent for that long is lost. */
  readonly firstDataUs: number;
  readonly messageBytesMax: number;
}

/** How a socket is kept alive. */
export interface PingRule {
  /** `protocol`: a ping of RFC 6455; `text`: the venue's own message. */
  readonly kind: 'protocol' | 'text';
  readonly everyUs: number;
  /** No answer within that time: the socket is dead. */
  readonly timeoutUs: number;
}

/** What a dialogue wants after something was said. */
export interface DialogueStep {
  /** Messages to send, in order. */
  readonly send: readonly string[];
  /** Subscriptions that the venue has confirmed. */
  readonly confirmed: readonly Subscription[];
  /** Subscriptions that the venue has refused; trying again needs another connection. */
  readonly refused: readonly { readonly subscription: Subscription; readonly message: string }[];
}

/** The conversation of one socket, from its opening to its end; pure state. */
export interface SocketDialogue {
  /** Called once the socket is open. */
  onOpen(): DialogueStep;
  onControl(message: ControlMessage): DialogueStep;
  /** Asks anew for one stream, so that the venue sends its snapshot again; only where snapshots come by stream. */
  resubscribe(subscription: Subscription): DialogueStep;
  /** The rule in force now (KuCoin states it in its hello); `null` = nothing to do. */
  readonly ping: PingRule | null;
  /** The venue's own ping message; `id` is distinct for every call. */
  pingText(id: number): string;
}

/** Where a socket connects to: a fixed address, or one with a token that is asked for before each attempt. */
export type SocketAddress =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'token'; readonly call: RestCall<string> };

/** One socket of a feed. */
export interface SocketPlan {
  /** Stable name for logs and metrics, such as `public-0`. */
  readonly name: string;
  readonly subscriptions: readonly Subscription[];
  /** `connectId` is unique for the attempt, for venues that want one. */
  address(connectId: string): SocketAddress;
  openDialogue(): SocketDialogue;
}

/**
 * How the venue's decimals look, for printing: `fixed` = always the instrument's decimals (`0.2460`), `stripped` = no trailing zeros (`0.246`), `float`
 * = stripped with at least one decimal (`25401.0`).
 */
export type DecimalStyle = 'fixed' | 'stripped' | 'float';

/** A venue's market data. */
export interface MarketAdapter {
  readonly venue: VenueId;
  readonly streams: Readonly<Record<StreamKind, StreamSupport>>;
  readonly hosts: VenueHosts;
  readonly limits: SocketLimits;
  readonly decimalStyle: DecimalStyle;
  /** True where the trades of the stream are aggregates of the prints of one taker order (Binance futures); their ids count aggregates. */
  readonly hasAggregateTrades?: boolean;
  /** Rules of its books; `depth` levels were subscribed (`null` = all). */
  bookPolicy(instrument: FeedInstrument): BookPolicy;
  /** True where a snapshot of the book comes on the stream after a subscription; else it is asked for by `rest.bookSnapshot`. */
  readonly hasStreamSnapshot: boolean;
  /** Spreads subscriptions over sockets within the limits; the same input gives the same plan. */
  plan(subscriptions: readonly Subscription[], hosts: VenueHosts): readonly SocketPlan[];
  openDecoder(instruments: readonly FeedInstrument[]): FrameDecoder;
  rest(hosts: VenueHosts): MarketRest;
}
