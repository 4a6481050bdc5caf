/**
 * The private connection of Coinbase: `heartbeats`, which keeps quiet connections open, and `user`, each asked for with a token of its own. Every frame of
 * the connection is numbered; a gap ends it, because what was lost may have been an order's end. A frame is told whole or not at all.
 */
import {
  type EntryStamp,
  type OrderRecord,
  type PrivateDialogue,
  type PrivateSink,
  type PrivateStep,
  ReplyDoc,
} from '../../entry/index.ts';
import type { TokenSigner } from './jwt.ts';
import { VENUE } from './signed-calls.ts';
import type { Products } from './sizes.ts';
import { KnownQuantities, readUserOrder } from './user-orders.ts';

const CHANNELS = ['heartbeats', 'user'] as const;

/** Speaks on one private connection. */
export class CoinbasePrivateDialogue implements PrivateDialogue {
  /** Heartbeats come every second: nothing is to be sent. */
  readonly ping = null;
  readonly #products: Products;
  readonly #signer: TokenSigner;
  readonly #known = new KnownQuantities();
  readonly #confirmed = new Set<string>();
  #lastSequence: number | null = null;
  #isOver = false;

  constructor(products: Products, signer: TokenSigner) {
    this.#products = products;
    this.#signer = signer;
  }

  /** Products are not named: orders of all of them come, as those of one name may be told by another. */
  onOpen(stamp: EntryStamp): PrivateStep {
    const send = CHANNELS.map((channel) =>
      JSON.stringify({ type: 'subscribe', channel, jwt: this.#signer.token(stamp, null) }),
    );
    return { send, isReady: false, refusal: null };
  }

  onMessage(bytes: Uint8Array, _stamp: EntryStamp, sink: PrivateSink): PrivateStep {
    if (this.#isOver) return this.#step(null);
    const doc = ReplyDoc.parse(bytes, VENUE, 'private message');
    if (doc.at('type').textOr('') === 'error') return this.#step(doc.at('message').text());
    const sequence = doc.at('sequence_num').integer();
    const last = this.#lastSequence;
    if (last !== null && sequence <= last) return this.#step(null);
    if (last !== null && sequence > last + 1) {
      this.#isOver = true;
      sink.onStreamEnd(`frames ${last + 1} to ${sequence - 1} of the private stream were lost`);
      return this.#step(null);
    }
    const records = this.#read(doc, sink);
    this.#lastSequence = sequence;
    for (const record of records) this.#tell(record, sink);
    return this.#step(null);
  }

  #step(refusal: string | null): PrivateStep {
    return { send: [], isReady: this.#confirmed.size === CHANNELS.length, refusal };
  }

  #read(doc: ReplyDoc, sink: PrivateSink): readonly OrderRecord[] {
    const channel = doc.at('channel').text();
    const events = doc.at('events').items();
    if (channel === 'heartbeats') return [];
    if (channel === 'subscriptions') {
      this.#confirm(events);
      return [];
    }
    if (channel !== 'user') {
      sink.onNotice(`channel '${channel}' is not read`);
      return [];
    }
    const tsVenueUs = doc.at('timestamp').rfc3339Us();
    return events.flatMap((event) => {
      event.at('type').word('snapshot', 'update');
      return event
        .at('orders')
        .items()
        .flatMap((order) => readUserOrder(order, this.#products, this.#known, tsVenueUs) ?? []);
    });
  }

  /** Acknowledgements list all that is subscribed by now. */
  #confirm(events: readonly ReplyDoc[]): void {
    for (const event of events) {
      const names = event.at('subscriptions').names();
      for (const channel of CHANNELS) if (names.includes(channel)) this.#confirmed.add(channel);
    }
  }

  #tell(record: OrderRecord, sink: PrivateSink): void {
    if (record.qtyLots !== null) this.#known.note(record.venueOrderId, record.qtyLots);
    sink.onOrder(record);
  }
}
