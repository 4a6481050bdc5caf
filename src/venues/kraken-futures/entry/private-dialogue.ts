/**
 * The private connection of Kraken futures: a challenge is asked for and signed, then each feed is subscribed and begins with a snapshot. The feed of orders
 * may end an order by naming it alone, so the open ones are remembered; the feed of positions lists those that are open, so what left the list is flat.
 */
import { assert, type EpochUs } from '#core';
import {
  type EntryInstrument,
  EntryInstruments,
  type EntryStamp,
  type OrderRecord,
  type PrivateDialogue,
  type PrivateSink,
  type PrivateStep,
  ReplyDoc,
} from '../../entry/index.ts';
import { readFeedFill, readFeedPosition, readWallet } from './account-reader.ts';
import { instrumentOf, msUs } from './names.ts';
import { endedOrder, readFeedOrder } from './order-reader.ts';
import type { KrakenFuturesSigner } from './signature.ts';

/** What is subscribed. The verbose feed of orders has those too that were refused on their way into the book. */
const FEEDS = ['open_orders_verbose', 'fills', 'balances', 'open_positions'];
/** Orders that are remembered; the oldest are forgotten first, and their end is then told as a notice. */
export const KNOWN_ORDERS_MAX = 10_000;
/** Characters of the venue's words in a message. */
const WORDS_MAX = 120;

/** What a message says of the account, read as a whole before any of it is told. */
type Telling = (sink: PrivateSink) => void;

/** Speaks on one private connection. */
export class KrakenFuturesPrivateDialogue implements PrivateDialogue {
  /** The venue knows the pings of the protocol alone. */
  readonly ping = null;
  readonly #signer: KrakenFuturesSigner;
  readonly #instruments: EntryInstruments;
  readonly #waiting = new Set(FEEDS);
  readonly #orders = new Map<string, OrderRecord>();
  readonly #positions = new Map<EntryInstrument, number>();
  #isChallenged = false;

  constructor(signer: KrakenFuturesSigner, instruments: readonly EntryInstrument[]) {
    this.#signer = signer;
    this.#instruments = new EntryInstruments(instruments);
  }

  onOpen(): PrivateStep {
    return this.#step([JSON.stringify({ event: 'challenge', api_key: this.#signer.apiKey })]);
  }

  onMessage(bytes: Uint8Array, stamp: EntryStamp, sink: PrivateSink): PrivateStep {
    return this.#signer.shield.guard(() => this.#hear(bytes, stamp, sink));
  }

  #hear(bytes: Uint8Array, stamp: EntryStamp, sink: PrivateSink): PrivateStep {
    const message = ReplyDoc.parse(bytes, 'kraken-futures', 'private message');
    const event = message.at('event');
    if (event.isThere) return this.#onEvent(event.text(), message, sink);
    this.#read(message.at('feed').text(), message, stamp.venueUs)?.(sink);
    return this.#step([]);
  }

  #step(send: readonly string[], refusal: string | null = null): PrivateStep {
    return { send, isReady: this.#isChallenged && this.#waiting.size === 0, refusal };
  }

  #onEvent(event: string, message: ReplyDoc, sink: PrivateSink): PrivateStep {
    switch (event) {
      case 'challenge':
        return this.#step(this.#subscribe(message.at('message').text()));
      case 'subscribed':
        this.#waiting.delete(message.at('feed').text());
        return this.#step([]);
      case 'subscribed_failed':
        return this.#step([], `feed ${this.#words(message.at('feed').textOr(''))}`);
      case 'error':
      case 'alert':
        return this.#onAlert(this.#words(message.at('message').textOr('')), sink);
      default:
        return this.#step([]);
    }
  }

  /** Before everything is confirmed an alert is a refusal; later it is news. */
  #onAlert(words: string, sink: PrivateSink): PrivateStep {
    if (!this.#isChallenged || this.#waiting.size > 0) return this.#step([], words);
    sink.onNotice(`alert: ${words}`);
    return this.#step([]);
  }

  #subscribe(challenge: string): readonly string[] {
    this.#isChallenged = true;
    const proof = {
      api_key: this.#signer.apiKey,
      original_challenge: challenge,
      signed_challenge: this.#signer.sign(challenge),
    };
    return FEEDS.map((feed) => JSON.stringify({ event: 'subscribe', feed, ...proof }));
  }

  #words(text: string): string {
    return this.#signer.shield.hide(text).slice(0, WORDS_MAX);
  }

  #read(feed: string, message: ReplyDoc, nowUs: EpochUs): Telling | null {
    switch (feed) {
      case 'open_orders_snapshot':
      case 'open_orders_verbose_snapshot':
        return this.#readOrders(message);
      case 'open_orders':
      case 'open_orders_verbose':
        return this.#readOrder(message, nowUs);
      case 'fills_snapshot':
      case 'fills':
        return this.#readFills(message);
      case 'balances_snapshot':
      case 'balances':
        return readBalances(message);
      case 'open_positions':
        return this.#readPositions(message, nowUs);
      case 'heartbeat':
        return null;
      default:
        return (sink) => sink.onNotice(`feed ${this.#words(feed)} is not read`);
    }
  }

  #readOrders(message: ReplyDoc): Telling {
    const records = message
      .at('orders')
      .items()
      .flatMap((order) => {
        const instrument = instrumentOf(this.#instruments, order.at('instrument'));
        return instrument === undefined ? [] : [readFeedOrder(order, instrument)];
      });
    return (sink) => {
      this.#orders.clear();
      for (const record of records) {
        this.#remember(record);
        sink.onOrder(record);
      }
    };
  }

  #readOrder(message: ReplyDoc, nowUs: EpochUs): Telling | null {
    const isEnd = message.at('is_cancel').flag();
    const reason = message.at('reason').textOr('');
    const order = message.at('order');
    if (order.isThere) {
      const instrument = instrumentOf(this.#instruments, order.at('instrument'));
      if (instrument === undefined) return null;
      const live = readFeedOrder(order, instrument);
      const record = isEnd ? endedOrder(live, reason, live.tsVenueUs) : live;
      return (sink) => this.#tell(record, isEnd, sink);
    }
    const id = message.at('order_id').text();
    const known = this.#orders.get(id);
    if (!isEnd) throw order.fail('an order that stands in the book');
    if (known === undefined) {
      return (sink) =>
        sink.onNotice(`order ${this.#words(id)} ended (${this.#words(reason)}), not known here`);
    }
    return (sink) => this.#tell(endedOrder(known, reason, nowUs), true, sink);
  }

  #tell(record: OrderRecord, isEnd: boolean, sink: PrivateSink): void {
    if (isEnd) this.#orders.delete(record.venueOrderId);
    else this.#remember(record);
    sink.onOrder(record);
  }

  #remember(record: OrderRecord): void {
    this.#orders.delete(record.venueOrderId);
    this.#orders.set(record.venueOrderId, record);
    const [oldest] = this.#orders.keys();
    if (this.#orders.size > KNOWN_ORDERS_MAX && oldest !== undefined) this.#orders.delete(oldest);
    assert(this.#orders.size <= KNOWN_ORDERS_MAX, 'the memory of orders is bounded');
  }

  #readFills(message: ReplyDoc): Telling {
    const fills = message
      .at('fills')
      .items()
      .flatMap((item) => {
        const instrument = instrumentOf(this.#instruments, item.at('instrument'));
        return instrument === undefined ? [] : [readFeedFill(item, instrument)];
      });
    return (sink) => {
      for (const fill of fills) sink.onFill(fill);
    };
  }

  #readPositions(message: ReplyDoc, nowUs: EpochUs): Telling {
    const time = message.at('timestamp');
    const tsVenueUs = time.isThere ? msUs(time) : nowUs;
    const records = message
      .at('positions')
      .items()
      .flatMap((item) => {
        const instrument = instrumentOf(this.#instruments, item.at('instrument'));
        return instrument === undefined ? [] : [readFeedPosition(item, instrument, tsVenueUs)];
      });
    return (sink) => {
      const gone = new Set(this.#positions.keys());
      for (const { instrument } of records) gone.delete(instrument);
      this.#positions.clear();
      for (const record of records) {
        if (record.qtyLots !== 0) this.#positions.set(record.instrument, record.qtyLots);
        sink.onPosition(record);
      }
      for (const instrument of gone) {
        sink.onPosition({ instrument, positionSide: 'both', qtyLots: 0, entryPrice: null, tsVenueUs });
      }
    };
  }
}

/** Of a change only the wallets that changed are told. */
function readBalances(message: ReplyDoc): Telling {
  const balances = readWallet(message.at('flex_futures'));
  if (balances.length === 0) return () => undefined;
  const tsVenueUs = msUs(message.at('timestamp'));
  return (sink) => {
    for (const balance of balances) sink.onBalance(balance, tsVenueUs);
  };
}
