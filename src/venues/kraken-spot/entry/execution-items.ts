/**
 * Items of the `executions` channel as records. An item is merged into what is known of its order; a trade is a fill too, with the id that the history of trades gives
 * it. A trade may call an order partially filled that it filled: the item `filled` that follows says so.
 */
import type { EpochUs } from '#core';
import type {
  EntryInstrument,
  ExactAmount,
  FillRecord,
  OrderRecord,
  PrivateSink,
  ReplyDoc,
} from '../../entry/index.ts';
import { sumOf } from './account-records.ts';
import { type KnownOrder, type KnownOrders, type KnownStage, recordOf, statusOf } from './known-orders.ts';
import { idIn, type KrakenPairs } from './names.ts';
import { isTriggered } from './order-form.ts';
import { clientIdOf, readType, reasonOf } from './order-record.ts';

/** Something to be told once the whole message was read. */
export type Telling = (sink: PrivateSink) => void;

const EXEC_TYPES = [
  'pending_new',
  'new',
  'trade',
  'filled',
  'iceberg_refill',
  'canceled',
  'expired',
  'amended',
  'restated',
  'status',
];
const STATUS_WORDS = ['pending_new', 'new', 'partially_filled', 'filled', 'canceled', 'expired'] as const;

/** Reads the items of a message into `stage`; returns what they say, in their order. @throws XY_VENUE_REPLY */
export function readExecutions(
  items: readonly ReplyDoc[],
  pairs: KrakenPairs,
  known: KnownOrders,
  stage: KnownStage,
): readonly Telling[] {
  return items.flatMap((item) => readItem(item, pairs, known, stage));
}

function readItem(
  item: ReplyDoc,
  pairs: KrakenPairs,
  known: KnownOrders,
  stage: KnownStage,
): readonly Telling[] {
  const id = idIn(item.at('order_id'));
  const execType = item.at('exec_type').text();
  const before = known.find(id, stage);
  if (before === 'not-traded') return [];
  const instrument = before?.instrument ?? instrumentOf(item, pairs);
  if (instrument === 'not-traded') {
    stage.orders.set(id, instrument);
    return [];
  }
  if (instrument === 'not-told') {
    if (execType === 'trade') throw item.at('symbol').fail('the pair of a trade');
    return [(sink) => sink.onNotice(`order ${id}: '${execType}' of an order that was not told before`)];
  }
  const tsVenueUs = item.at('timestamp').rfc3339Us();
  const isNewFill = execType === 'trade' && !known.hasFill(item.at('exec_id').text(), stage);
  const order = merged(item, instrument, before ?? null, isNewFill);
  stage.orders.set(id, order);
  const record = recordOf(id, order, tsVenueUs);
  const tellings: Telling[] = [(sink) => sink.onOrder(record)];
  if (execType === 'trade') {
    stage.fills.add(item.at('exec_id').text());
    const fill = readFill(item, record, tsVenueUs);
    tellings.unshift((sink) => sink.onFill(fill));
  }
  if (!EXEC_TYPES.includes(execType))
    tellings.push((sink) => sink.onNotice(`order ${id}: '${execType}' is not known`));
  return tellings;
}

function instrumentOf(item: ReplyDoc, pairs: KrakenPairs): EntryInstrument | 'not-traded' | 'not-told' {
  const symbol = item.at('symbol');
  if (!symbol.isThere) return 'not-told';
  return pairs.named(symbol) ?? 'not-traded';
}

/** What the item does not say stays as it was; the first item of an order must say what it is. */
function merged(
  item: ReplyDoc,
  instrument: EntryInstrument,
  before: KnownOrder | null,
  isNewFill: boolean,
): KnownOrder {
  const { priceDecimals, qtyDecimals } = instrument;
  const has = (name: string): boolean => item.at(name).isThere;
  const qtyLots = has('order_qty') ? item.at('order_qty').scaled(qtyDecimals) : (before?.qtyLots ?? null);
  const word = wordOf(item);
  const filledLots = readFilled(item, qtyDecimals, before, isNewFill, word === 'filled' ? qtyLots : null);
  if (filledLots < 0) throw item.at('cum_qty').fail('a quantity of at least 0');
  const toldType = before === null || has('order_type') ? readType(item.at('order_type')) : before.type;
  const triggers = item.at('triggers');
  const isBehindTrigger = before !== null && isTriggered(before.type) && !isTriggered(toldType);
  const wasTriggered =
    (before?.wasTriggered ?? false) ||
    isBehindTrigger ||
    (triggers.isThere && triggers.at('status').textOr('') === 'triggered');
  const status = statusOf(word, filledLots, wasTriggered, before?.status ?? null);
  return {
    instrument,
    clientOrderId: has('cl_ord_id') ? clientIdOf(item.at('cl_ord_id').text()) : (before?.clientOrderId ?? ''),
    side: before === null || has('side') ? item.at('side').word('buy', 'sell') : before.side,
    type: isBehindTrigger ? before.type : toldType,
    qtyLots,
    filledLots,
    priceTicks: ticksOr(item.at('limit_price'), priceDecimals, before?.priceTicks ?? null),
    triggerTicks: triggerOf(triggers, priceDecimals, before?.triggerTicks ?? null),
    wasTriggered,
    reduceOnly: has('reduce_only') ? item.at('reduce_only').flag() : (before?.reduceOnly ?? false),
    status,
    reason: endReason(item, status),
  };
}

/** The state by its own word, else by the kind of the item where that says an end. */
function wordOf(item: ReplyDoc): string {
  const status = item.at('order_status');
  const execType = item.at('exec_type').text();
  const isEnd = execType === 'canceled' || execType === 'expired' || execType === 'filled';
  if (isEnd) return execType;
  return status.isThere ? status.word(...STATUS_WORDS) : '';
}

function readFilled(
  item: ReplyDoc,
  qtyDecimals: number,
  before: KnownOrder | null,
  isNewFill: boolean,
  fullLots: number | null,
): number {
  const cum = item.at('cum_qty');
  if (cum.isThere) return cum.scaled(qtyDecimals);
  const filledBefore = before?.filledLots ?? 0;
  const addedLots = isNewFill ? item.at('last_qty').scaled(qtyDecimals) : 0;
  const isTrade = item.at('exec_type').text() === 'trade';
  return !isTrade && fullLots !== null ? fullLots : filledBefore + addedLots;
}

function endReason(item: ReplyDoc, status: KnownOrder['status']): string {
  if (status !== 'CANCELED' && status !== 'EXPIRED') return '';
  const text = item.at('reason').textOr('') || item.at('cancel_reason').textOr('');
  return status === 'EXPIRED' ? text || 'expired' : reasonOf(text);
}

function ticksOr(doc: ReplyDoc, priceDecimals: number, before: number | null): number | null {
  if (!doc.isThere) return before;
  const ticks = doc.scaled(priceDecimals);
  if (ticks < 0) throw doc.fail('a price');
  return ticks === 0 ? before : ticks;
}

/** A trigger that is relative to the market has a price only as `actual_price`. */
function triggerOf(triggers: ReplyDoc, priceDecimals: number, before: number | null): number | null {
  if (!triggers.isThere) return before;
  const isStatic = triggers.at('price_type').textOr('static') === 'static';
  return ticksOr(triggers.at(isStatic ? 'price' : 'actual_price'), priceDecimals, before);
}

function readFill(item: ReplyDoc, order: OrderRecord, tsVenueUs: EpochUs): FillRecord {
  const { clientOrderId, filledLots, instrument, side, venueOrderId } = order;
  const qtyLots = item.at('last_qty').scaled(instrument.qtyDecimals);
  const priceTicks = item.at('last_price').scaled(instrument.priceDecimals);
  if (qtyLots <= 0) throw item.at('last_qty').fail('a positive quantity');
  if (priceTicks <= 0) throw item.at('last_price').fail('a positive price');
  const liquidity = item.at('liquidity_ind');
  return {
    instrument,
    execId: idIn(item.at('exec_id')),
    clientOrderId,
    venueOrderId,
    side,
    priceTicks,
    qtyLots,
    filledLots,
    fee: feeOf(item.at('fees')),
    liquidity: liquidity.isThere && liquidity.word('m', 't') === 'm' ? 'maker' : 'taker',
    forcedBy: item.at('liquidated').isThere && item.at('liquidated').flag() ? 'liquidation' : null,
    tsVenueUs,
  };
}

/** Fees in several currencies are no one amount: the history of trades tells them in the quote currency. */
function feeOf(fees: ReplyDoc): ExactAmount | null {
  if (!fees.isThere) return null;
  const amounts = fees.items().map((fee) => fee.at('qty').amount(fee.at('asset').text()));
  const [first, ...others] = amounts;
  if (first === undefined || others.some(({ asset }) => asset !== first.asset)) return null;
  return others.reduce((sum, fee) => sumOf(sum, fee, 1n), first);
}
