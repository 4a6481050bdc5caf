/**
 * Orders of both families as records. Replies and the private stream say the same things under long and short names: one reader, two tables of names,
 * so that both paths cannot differ.
 */
import { type EpochUs, XylenError } from '#core';
import type { OrderStatus } from '#domain';
import type {
  EntryInstrument,
  EntryInstruments,
  EntryOrderType,
  OrderRecord,
  ReplyDoc,
} from '../../entry/index.ts';
import { idText, lotsOf, priceTicksOrNull, sideOf, timeUs } from './wire-fields.ts';

/** Names of members in one of the two forms. */
interface OrderNames {
  readonly symbol: string;
  readonly clientId: string;
  readonly id: string;
  readonly side: string;
  /** The first that is there. */
  readonly type: readonly string[];
  readonly qty: string;
  readonly filled: string;
  readonly price: string;
  readonly trigger: string;
  readonly activation: string;
  readonly status: string;
  readonly reduceOnly: string;
  readonly closePosition: string;
  /** Why it ended. */
  readonly reason: string;
  /** The order that it became; empty = this family becomes none. */
  readonly triggered: string;
}

const PLAIN_REPLY: OrderNames = {
  symbol: 'symbol',
  clientId: 'clientOrderId',
  id: 'orderId',
  side: 'side',
  type: ['type'],
  qty: 'origQty',
  filled: 'executedQty',
  price: 'price',
  trigger: 'stopPrice',
  activation: 'activatePrice',
  status: 'status',
  reduceOnly: 'reduceOnly',
  closePosition: 'closePosition',
  reason: '',
  triggered: '',
};

const PLAIN_EVENT: OrderNames = {
  symbol: 's',
  clientId: 'c',
  id: 'i',
  side: 'S',
  type: ['o'],
  qty: 'q',
  filled: 'z',
  price: 'p',
  trigger: 'sp',
  activation: 'AP',
  status: 'X',
  reduceOnly: 'R',
  closePosition: 'cp',
  reason: 'er',
  triggered: '',
};

const ALGO_REPLY: OrderNames = {
  symbol: 'symbol',
  clientId: 'clientAlgoId',
  id: 'algoId',
  side: 'side',
  type: ['orderType', 'type'],
  qty: 'quantity',
  filled: 'actualQty',
  price: 'price',
  trigger: 'triggerPrice',
  activation: 'activatePrice',
  status: 'algoStatus',
  reduceOnly: 'reduceOnly',
  closePosition: 'closePosition',
  reason: '',
  triggered: 'actualOrderId',
};

const ALGO_EVENT: OrderNames = {
  symbol: 's',
  clientId: 'caid',
  id: 'aid',
  side: 'S',
  type: ['o'],
  qty: 'q',
  filled: 'aq',
  price: 'p',
  trigger: 'tp',
  activation: 'AP',
  status: 'X',
  reduceOnly: 'R',
  closePosition: 'cp',
  reason: 'rm',
  triggered: 'ai',
};

const TYPES: ReadonlyMap<string, EntryOrderType> = new Map([
  ['MARKET', 'market'],
  ['LIMIT', 'limit'],
  ['STOP', 'stop_limit'],
  ['STOP_MARKET', 'stop_market'],
  ['TAKE_PROFIT', 'take_profit_limit'],
  ['TAKE_PROFIT_MARKET', 'take_profit_market'],
  ['TRAILING_STOP_MARKET', 'trailing_stop'],
  // The venue's own orders; they take what the book has.
  ['LIQUIDATION', 'market'],
]);

const PLAIN_STATUSES: ReadonlyMap<string, OrderStatus> = new Map([
  ['NEW', 'ACCEPTED'],
  ['NEW_INSURANCE', 'ACCEPTED'],
  ['NEW_ADL', 'ACCEPTED'],
  ['PARTIALLY_FILLED', 'PARTIALLY_FILLED'],
  ['PENDING_CANCEL', 'PENDING_CANCEL'],
  ['FILLED', 'FILLED'],
  ['CANCELED', 'CANCELED'],
  ['REJECTED', 'REJECTED'],
  ['EXPIRED', 'EXPIRED'],
  ['EXPIRED_IN_MATCH', 'EXPIRED'],
]);

const FINISHED = 'FINISHED';
const ALGO_STATUSES: ReadonlyMap<string, OrderStatus> = new Map([
  ['NEW', 'ACCEPTED'],
  ['TRIGGERING', 'TRIGGERED'],
  ['TRIGGERED', 'TRIGGERED'],
  // No more than that the order it became has ended: `finishedStatus` says how.
  [FINISHED, 'TRIGGERED'],
  ['CANCELED', 'CANCELED'],
  ['REJECTED', 'REJECTED'],
  ['EXPIRED', 'EXPIRED'],
]);

/** Reads an order of a reply; `null` when nobody here trades its instrument. @throws XY_VENUE_REPLY */
export function readPlainOrder(doc: ReplyDoc, instruments: EntryInstruments): OrderRecord | null {
  return readOrder(doc, PLAIN_REPLY, instruments, timeUs(doc.at('updateTime')));
}

/** Reads the order of an `ORDER_TRADE_UPDATE`; `null` when nobody here trades its instrument. @throws XY_VENUE_REPLY */
export function readPlainEvent(doc: ReplyDoc, instruments: EntryInstruments): OrderRecord | null {
  return readOrder(doc, PLAIN_EVENT, instruments, timeUs(doc.at('T')));
}

/** Reads a conditional order of a reply; `null` when nobody here trades its instrument. @throws XY_VENUE_REPLY */
export function readAlgoOrder(doc: ReplyDoc, instruments: EntryInstruments): OrderRecord | null {
  return readOrder(doc, ALGO_REPLY, instruments, timeUs(doc.at('updateTime')));
}

/** Reads the order of an `ALGO_UPDATE` of `tsVenueUs`; `null` when nobody here trades its instrument. @throws XY_VENUE_REPLY */
export function readAlgoEvent(
  doc: ReplyDoc,
  instruments: EntryInstruments,
  tsVenueUs: EpochUs,
): OrderRecord | null {
  return readOrder(doc, ALGO_EVENT, instruments, tsVenueUs);
}

/** The head of both families: terms, then how far it has come. */
function readOrder(
  doc: ReplyDoc,
  names: OrderNames,
  instruments: EntryInstruments,
  tsVenueUs: EpochUs,
): OrderRecord | null {
  const instrument = instruments.named(doc.at(names.symbol).text());
  if (instrument === undefined) return null;
  const terms = readTerms(doc, names, instrument);
  const isConditional = names.triggered !== '';
  const fate = isConditional ? readAlgoFate(doc, names, terms) : readPlainFate(doc, names, terms);
  return { ...terms, ...fate, isConditional, tsVenueUs };
}

function readPlainFate(doc: ReplyDoc, names: OrderNames, { instrument }: Terms): Fate {
  const { status, word } = statusIn(doc.at(names.status), PLAIN_STATUSES, 'a status of an order');
  const filledLots = lotsOf(doc.at(names.filled), instrument);
  return {
    filledLots,
    // An amended order is NEW again, whatever it has filled.
    status: status === 'ACCEPTED' && filledLots > 0 ? 'PARTIALLY_FILLED' : status,
    triggeredOrderId: null,
    reason: status === 'EXPIRED' || status === 'REJECTED' ? reasonOf(doc, names, word) : '',
  };
}

function readAlgoFate(doc: ReplyDoc, names: OrderNames, { instrument, qtyLots }: Terms): Fate {
  const { status, word } = statusIn(doc.at(names.status), ALGO_STATUSES, 'a status of a conditional order');
  const filled = doc.at(names.filled);
  const filledLots = filled.isThere ? lotsOf(filled, instrument) : null;
  const end = word === FINISHED ? finishedStatus(qtyLots, filledLots) : status;
  const isRefused = end === 'REJECTED' || end === 'EXPIRED';
  return {
    filledLots: filledLots ?? 0,
    status: end,
    triggeredOrderId: triggeredId(doc.at(names.triggered)),
    reason: isRefused ? reasonOf(doc, names, word) : end === 'CANCELED' && word === FINISHED ? word : '',
  };
}

/** The status of an order beside the venue's word for it. */
function statusIn(
  doc: ReplyDoc,
  statuses: ReadonlyMap<string, OrderStatus>,
  expected: string,
): { readonly status: OrderStatus; readonly word: string } {
  const word = doc.text();
  const status = statuses.get(word);
  if (status === undefined) throw doc.fail(expected);
  return { status, word };
}

/** How the order that a conditional one became has ended: filled, or cancelled with the rest unfilled. Where the quantity is not told, it must be asked for. */
function finishedStatus(qtyLots: number | null, filledLots: number | null): OrderStatus {
  if (filledLots === null) return 'TRIGGERED';
  return filledLots > 0 && filledLots >= (qtyLots ?? 0) ? 'FILLED' : 'CANCELED';
}

/** Empty and 0 until it is triggered. */
function triggeredId(doc: ReplyDoc): string | null {
  const text = doc.textOr('');
  return text === '' || text === '0' ? null : idText(doc);
}

/** How far an order has come. */
type Fate = Pick<OrderRecord, 'filledLots' | 'status' | 'triggeredOrderId' | 'reason'>;
/** What an order is. */
type Terms = Omit<OrderRecord, keyof Fate | 'isConditional' | 'tsVenueUs'>;

function readTerms(doc: ReplyDoc, names: OrderNames, instrument: EntryInstrument): Terms {
  const type = typeOf(doc, names);
  // A trailing stop has a moving `stopPrice` that is documented as one to ignore.
  const trigger = doc.at(type === 'trailing_stop' ? names.activation : names.trigger);
  const closePosition = doc.at(names.closePosition);
  const isWhole = closePosition.isThere && closePosition.flag();
  return {
    instrument,
    clientOrderId: doc.at(names.clientId).text(),
    venueOrderId: idText(doc.at(names.id)),
    side: sideOf(doc.at(names.side)),
    type,
    qtyLots: isWhole ? null : lotsOf(doc.at(names.qty), instrument),
    priceTicks: priceTicksOrNull(doc.at(names.price), instrument),
    triggerTicks: type === 'market' || type === 'limit' ? null : priceTicksOrNull(trigger, instrument),
    reduceOnly: doc.at(names.reduceOnly).flag(),
  };
}

function typeOf(doc: ReplyDoc, names: OrderNames): EntryOrderType {
  const name = names.type.find((candidate) => doc.at(candidate).isThere);
  if (name === undefined) throw doc.fail(`a member ${names.type.join(' or ')}`);
  const type = TYPES.get(doc.at(name).text());
  if (type === undefined) throw doc.at(name).fail('a type of order');
  return type;
}

/** The status, and beside it the number (`er`) or words (`rm`) that say why, where there are any. */
function reasonOf(doc: ReplyDoc, names: OrderNames, word: string): string {
  const why = names.reason === '' ? '' : doc.at(names.reason).textOr('');
  if (why === '' || why === '0') return word;
  return names.reason === 'rm' ? why : `${word} (${why})`;
}

/** Returns a record that is about the instrument that was asked for. @throws XY_VENUE_REPLY */
export function ownOrder(
  record: OrderRecord | null,
  instrument: EntryInstrument,
  doc: ReplyDoc,
): OrderRecord {
  if (record?.instrument.wireSymbol === instrument.wireSymbol) return record;
  throw new XylenError(
    'XY_VENUE_REPLY',
    `${instrument.venue}: expected an order of ${instrument.symbol}, found one of ${doc.at('symbol').text().slice(0, 40)}`,
  );
}
