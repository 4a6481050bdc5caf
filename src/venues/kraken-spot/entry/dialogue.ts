/**
 * The private connection of Kraken: a token from a question, then `executions` and `balances`, with the open orders but without old trades (those are asked for).
 * A message is told whole or not at all.
 */
import { US_PER_SECOND } from '#core';
import {
  amountOf,
  type EntryStamp,
  type PrivateDialogue,
  type PrivateSink,
  type PrivateStep,
  ReplyDoc,
} from '../../entry/index.ts';
import { readExecutions, type Telling } from './execution-items.ts';
import { KnownOrders } from './known-orders.ts';
import type { KrakenPairs } from './names.ts';
import { SequenceWatch } from './sequence-watch.ts';
import { VENUE } from './signed-calls.ts';

const CHANNELS = ['executions', 'balances'] as const;
const PING_EVERY_US = 30 * US_PER_SECOND;

/** Speaks on one private connection. */
export class KrakenPrivateDialogue implements PrivateDialogue {
  readonly ping = {
    everyUs: PING_EVERY_US,
    text: (): string => JSON.stringify({ method: 'ping' }),
  };
  readonly #pairs: KrakenPairs;
  readonly #token: () => string;
  readonly #known = new KnownOrders();
  readonly #sequence = new SequenceWatch();
  readonly #confirmed = new Set<string>();
  #isOver = false;

  /** `token` is asked for when the connection opens. */
  constructor(pairs: KrakenPairs, token: () => string) {
    this.#pairs = pairs;
    this.#token = token;
  }

  onOpen(): PrivateStep {
    const token = this.#token();
    const executions = {
      channel: 'executions',
      snap_orders: true,
      snap_trades: false,
      order_status: true,
      token,
    };
    const balances = { channel: 'balances', snapshot: true, token };
    const send = [executions, balances].map((params, at) =>
      JSON.stringify({ method: 'subscribe', params, req_id: at + 1 }),
    );
    return { send, isReady: false, refusal: null };
  }

  onMessage(bytes: Uint8Array, stamp: EntryStamp, sink: PrivateSink): PrivateStep {
    if (this.#isOver) return this.#step(null);
    const doc = ReplyDoc.parse(bytes, VENUE, 'private message');
    const refusal = this.#read(doc, stamp, sink);
    return this.#step(refusal);
  }

  #step(refusal: string | null): PrivateStep {
    return { send: [], isReady: this.#confirmed.size === CHANNELS.length, refusal };
  }

  #read(doc: ReplyDoc, stamp: EntryStamp, sink: PrivateSink): string | null {
    const channel = doc.at('channel').textOr('');
    if (channel === 'executions' || channel === 'balances') {
      this.#onData(channel, doc, stamp, sink);
      return null;
    }
    if (channel === 'status') {
      for (const item of doc.at('data').items()) tellSystem(item.at('system').text(), sink);
      return null;
    }
    if (channel === 'heartbeat') return null;
    if (channel !== '') {
      sink.onNotice(`channel '${channel}' is not read`);
      return null;
    }
    return this.#onReply(doc, sink);
  }

  /** Answers to what was sent. */
  #onReply(doc: ReplyDoc, sink: PrivateSink): string | null {
    const method = doc.at('method').textOr('');
    if (method === 'pong') return null;
    if (method !== 'subscribe' && method !== '') {
      sink.onNotice(`an answer to '${method}' is not read`);
      return null;
    }
    const error = doc.at('error');
    if (error.isThere) return error.text();
    if (!doc.at('success').flag()) return 'without a reason';
    this.#confirmed.add(
      doc
        .at('result')
        .at('channel')
        .word(...CHANNELS),
    );
    return null;
  }

  #onData(channel: (typeof CHANNELS)[number], doc: ReplyDoc, stamp: EntryStamp, sink: PrivateSink): void {
    const isSnapshot = doc.at('type').word('snapshot', 'update') === 'snapshot';
    const items = doc.at('data').items();
    const stage = this.#known.stage();
    const tellings =
      channel === 'executions'
        ? readExecutions(items, this.#pairs, this.#known, stage)
        : items.flatMap((item) => readBalance(item, isSnapshot, stamp));
    const sequence = doc.at('sequence');
    const word = sequence.isThere ? this.#sequence.note(channel, sequence.integer()) : 'next';
    if (word === 'repeated') return;
    if (word === 'gap') {
      this.#isOver = true;
      sink.onStreamEnd(`messages before number ${sequence.text()} of the private stream were lost`);
      return;
    }
    this.#known.commit(stage);
    for (const tell of tellings) tell(sink);
  }
}

function tellSystem(system: string, sink: PrivateSink): void {
  if (system !== 'online') sink.onNotice(`the venue is in state '${system}'`);
}

/** The spot wallet alone: what earns elsewhere is not there for orders. Assets have their current names here. */
function readBalance(item: ReplyDoc, isSnapshot: boolean, stamp: EntryStamp): readonly Telling[] {
  const asset = item.at('asset').text();
  if (isSnapshot) {
    const wallets = item.at('wallets');
    const main = wallets.isThere
      ? wallets.items().find((wallet) => isMain(wallet.at('type'), wallet.at('id')))
      : item;
    const total = main === undefined ? amountOf(asset, '0') : main.at('balance').amount(asset);
    return [(sink) => sink.onBalance({ total, available: null }, stamp.venueUs)];
  }
  if (!isMain(item.at('wallet_type'), item.at('wallet_id'))) return [];
  const total = item.at('balance').amount(asset);
  const tsVenueUs = item.at('timestamp').rfc3339Us();
  return [(sink) => sink.onBalance({ total, available: null }, tsVenueUs)];
}

function isMain(type: ReplyDoc, id: ReplyDoc): boolean {
  return type.textOr('spot') === 'spot' && id.textOr('main') === 'main';
}
