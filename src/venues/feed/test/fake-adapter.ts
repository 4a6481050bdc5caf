/** The adapter of the fake venue, and its rules of books. */
import { type BookPolicy, BookUpdate, DepthSequence, type L2Book, Unnumbered } from '#book';
import type { EpochUs } from '#core';
import type { StreamKind } from '#domain';
import type { HttpAnswer } from '#net';
import {
  type ControlMessage,
  type DecodedSink,
  type DialogueStep,
  type FeedInstrument,
  type FrameDecoder,
  FrameFault,
  type ListedFeedInstrument,
  type MarketAdapter,
  type MarketRest,
  type PollPlan,
  type RestCall,
  type RestVerdict,
  type SocketDialogue,
  type SocketLimits,
  type SocketPlan,
  type StreamSupport,
  type Subscription,
  type VenueHosts,
} from '../../market/index.ts';
import { fingerprintOf, type Level } from './fake-market.ts';
import { FAKE_HOST, type FakeStyle } from './fake-venue.ts';

/** What the tests change of an adapter. */
export interface FakeSettings {
  readonly style: FakeStyle;
  readonly limits: Partial<SocketLimits>;
  readonly hasToken: boolean;
  readonly weightPerMinuteMax: number;
  readonly resyncEveryUs: number | null;
  readonly pingEveryUs: number;
}

const LIMITS: SocketLimits = {
  streamsMax: 6,
  sendEveryUs: 20_000,
  connectEveryUs: 300_000,
  lifeUs: null,
  silenceUs: 8_000_000,
  firstDataUs: 6_000_000,
  messageBytesMax: 100_000,
};

const NOTHING: DialogueStep = { send: [], confirmed: [], refused: [] };

interface Message {
  readonly c?: string;
  readonly k?: string;
  readonly channel?: string;
  readonly symbol?: string;
  readonly n?: number;
  readonly s: string;
  readonly snap: boolean;
  readonly f: number;
  readonly l: number;
  readonly p: number;
  readonly q: number;
  readonly t: number;
  readonly id: number;
  readonly crc: number;
  readonly oi: number;
  readonly token: string;
  readonly b: readonly Level[];
  readonly a: readonly Level[];
}

class FakeDialogue implements SocketDialogue {
  readonly ping;
  readonly #subscriptions: readonly Subscription[];

  constructor(subscriptions: readonly Subscription[], pingEveryUs: number) {
    this.#subscriptions = subscriptions;
    this.ping = { kind: 'text', everyUs: pingEveryUs, timeoutUs: 3_000_000 } as const;
  }

  onOpen(): DialogueStep {
    return { ...NOTHING, send: this.#subscriptions.map((one) => requestOf('subscribe', one)) };
  }

  onControl(message: ControlMessage): DialogueStep {
    if (message.kind !== 'subscribed' && message.kind !== 'refused') return NOTHING;
    const found = this.#subscriptions.filter(
      ({ instrument, stream }) => stream === message.channel && instrument.wireSymbol === message.symbol,
    );
    if (message.kind === 'subscribed') return { ...NOTHING, confirmed: found };
    return { ...NOTHING, refused: found.map((subscription) => ({ subscription, message: 'no' })) };
  }

  resubscribe(subscription: Subscription): DialogueStep {
    return {
      ...NOTHING,
      send: (['unsubscribe', 'subscribe'] as const).map((op) => requestOf(op, subscription)),
    };
  }

  pingText(id: number): string {
    return JSON.stringify({ op: 'ping', id });
  }
}

class FakeDecoder implements FrameDecoder {
  readonly ignoredCount = 0;
  readonly #bySymbol: ReadonlyMap<string, FeedInstrument>;
  readonly #update = new BookUpdate();

  constructor(instruments: readonly FeedInstrument[]) {
    this.#bySymbol = new Map(instruments.map((instrument) => [instrument.wireSymbol, instrument]));
  }

  decode(frame: Uint8Array, _tsLocalUs: EpochUs, sink: DecodedSink): void {
    const message = parsed(frame);
    if (message.n !== undefined && !sink.onConnectionSequence(message.n)) return;
    if (message.c !== undefined) sink.onControl(controlOf(message));
    const instrument = this.#bySymbol.get(message.s);
    if (instrument === undefined) return;
    if (message.k === 'book') sink.onBook(fill(this.#update, message, instrument));
    if (message.k === 'trade') {
      sink.onTrade({
        instrumentIx: instrument.ix,
        tsVenueUs: message.t,
        tradeId: message.id,
        priceTicks: message.p,
        qtyLots: message.q,
        takerSide: 'buy',
      });
    }
  }
}

/** The adapter. */
export class FakeAdapter implements MarketAdapter {
  readonly venue = 'sim';
  readonly hosts: VenueHosts = {
    rest: `https://${FAKE_HOST}`,
    stream: `wss://${FAKE_HOST}`,
    streamOrders: '',
  };
  readonly streams: Readonly<Record<StreamKind, StreamSupport>> = {
    book: 'stream',
    trades: 'stream',
    candles: 'none',
    quotes: 'none',
    'mark-price': 'none',
    'funding-rate': 'none',
    'open-interest': 'poll',
    liquidations: 'none',
    orders: 'none',
  };
  readonly decimalStyle = 'fixed';
  readonly limits: SocketLimits;
  readonly hasStreamSnapshot: boolean;
  readonly #settings: FakeSettings;

  constructor(settings: FakeSettings) {
    this.#settings = settings;
    this.limits = { ...LIMITS, ...settings.limits };
    this.hasStreamSnapshot = settings.style !== 'numbered';
  }

  bookPolicy(): BookPolicy {
    const { resyncEveryUs, style } = this.#settings;
    return {
      newRule: () => (style === 'numbered' ? new DepthSequence() : new Unnumbered()),
      depth: null,
      checksum: style === 'checked' ? checksumOf : null,
      bufferedMax: 200,
      crossedGraceUs: 1_000_000,
      ...(resyncEveryUs === null ? {} : { resyncEveryUs }),
    };
  }

  plan(subscriptions: readonly Subscription[], hosts: VenueHosts): readonly SocketPlan[] {
    const { hasToken, pingEveryUs } = this.#settings;
    const plans: SocketPlan[] = [];
    for (let at = 0; at < subscriptions.length; at += this.limits.streamsMax) {
      const own = subscriptions.slice(at, at + this.limits.streamsMax);
      plans.push({
        name: `public-${plans.length}`,
        subscriptions: own,
        address: (connectId) => {
          const url = `${hosts.stream}/ws?id=${connectId}`;
          if (!hasToken) return { kind: 'url', url };
          const call = get(`${hosts.rest}/token`, 1, (body) => `${url}&token=${parsed(body).token}`);
          return { kind: 'token', call };
        },
        openDialogue: () => new FakeDialogue(own, pingEveryUs),
      });
    }
    return plans;
  }

  openDecoder(instruments: readonly FeedInstrument[]): FrameDecoder {
    return new FakeDecoder(instruments);
  }

  rest(hosts: VenueHosts): MarketRest {
    const { hasStreamSnapshot } = this;
    return {
      weightPerMinuteMax: this.#settings.weightPerMinuteMax,
      usedWeightHeader: null,
      judge,
      serverTime: () => get(`${hosts.rest}/time`, 1, (body) => parsed(body).t),
      instruments: () => get(`${hosts.rest}/instruments`, 1, () => []),
      bookSnapshot: (instrument, restSymbol, into) =>
        hasStreamSnapshot
          ? null
          : get(`${hosts.rest}/depth?symbol=${restSymbol}`, 20, (body) =>
              fill(into, parsed(body), instrument),
            ),
      candles: () => null,
      fundingHistory: () => null,
      openInterestHistory: () => null,
      polls: (stream, instruments) => instruments.map((listed) => pollOf(hosts, stream, listed)),
    };
  }
}

function pollOf(hosts: VenueHosts, stream: StreamKind, listed: ListedFeedInstrument): PollPlan {
  return {
    stream,
    everyUs: 5_000_000,
    call: get(`${hosts.rest}/interest?symbol=${listed.restSymbol}`, 1, () => undefined),
    decode: (body, _tsLocalUs, sink) => {
      const { oi, t } = parsed(body);
      sink.onOpenInterest({ instrumentIx: listed.instrument.ix, tsVenueUs: t, openInterestLots: oi });
    },
  };
}

function get<T>(url: string, weight: number, parse: (body: Uint8Array) => T): RestCall<T> {
  return { method: 'GET', url, headers: {}, body: null, weight, parse };
}

function judge(answer: HttpAnswer, nowUs: EpochUs): RestVerdict {
  const { status } = answer;
  if (status === 200) return { kind: 'good' };
  if (status === 429 || status === 418) {
    const seconds = Number(answer.headers['retry-after']);
    return { kind: 'limited', untilUs: nowUs + seconds * 1_000_000, message: `status ${status}` };
  }
  return { kind: status >= 500 ? 'unavailable' : 'refused', message: `status ${status}` };
}

function requestOf(op: 'subscribe' | 'unsubscribe', { instrument, stream }: Subscription): string {
  return JSON.stringify({ op, stream, symbol: instrument.wireSymbol });
}

function controlOf({ c, channel, symbol }: Message): ControlMessage {
  if (c === 'pong') return { kind: 'pong' };
  if (c === 'going-away') return { kind: 'going-away', message: 'soon' };
  if (c === 'subscribed') return { kind: 'subscribed', channel: channel ?? '', symbol: symbol ?? null };
  return { kind: 'refused', id: null, channel: channel ?? null, symbol: symbol ?? null, message: 'no' };
}

function fill(update: BookUpdate, message: Message, instrument: FeedInstrument): BookUpdate {
  update.clear();
  update.instrumentIx = instrument.ix;
  update.tsVenueUs = message.t;
  update.isSnapshot = message.snap;
  update.firstId = message.f;
  update.lastId = message.l;
  update.previousId = message.p;
  update.checksum = message.crc;
  for (const [price, lots] of message.b) update.bids.push(price, lots);
  for (const [price, lots] of message.a) update.asks.push(price, lots);
  return update;
}

function parsed(bytes: Uint8Array): Message {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Message;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new FrameFault('not JSON', 0);
  }
}

function checksumOf(book: L2Book): number {
  const levels = (side: 'buy' | 'sell'): Level[] =>
    Array.from({ length: book.levelCount(side) }, (_, i) => [
      book.priceTicksAt(side, i),
      book.qtyLotsAt(side, i),
    ]);
  return fingerprintOf(levels('buy'), levels('sell'));
}
