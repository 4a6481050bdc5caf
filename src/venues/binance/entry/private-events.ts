/**
 * Messages of the user data stream as records. A message is read to its end before anything of it is handed on, so that one that is not as documented
 * changes nothing. Orders and fills come by `ORDER_TRADE_UPDATE`, conditional orders by `ALGO_UPDATE`, money and positions by `ACCOUNT_UPDATE`;
 * these are not ordered among each other.
 */
import type { EpochUs } from '#core';
import type { EntryInstrument, EntryInstruments, PrivateSink, ReplyDoc } from '../../entry/index.ts';
import { readFillEvent } from './fill-record.ts';
import { readAlgoEvent, readPlainEvent } from './order-record.ts';
import { readPosition } from './position-record.ts';
import { lotsOf, timeUs } from './wire-fields.ts';

/** What a message says, to be handed on. */
export type Delivery = (sink: PrivateSink) => void;

/** A kind of execution that is not known could be a fill: such a message is refused. */
const EXECUTIONS = [
  'NEW',
  'TRADE',
  'CALCULATED',
  'AMENDMENT',
  'CANCELED',
  'EXPIRED',
  'REJECTED',
  'TRADE_PREVENTION',
] as const;
/** Longest foreign word that is passed on in a notice. */
const WORD_CHARS_MAX = 60;

/** Returns what an event says, in the order in which it counts. @throws XY_VENUE_REPLY */
export function readEvent(doc: ReplyDoc, instruments: EntryInstruments): readonly Delivery[] {
  const kind = doc.at('e').text();
  if (isCoinMargined(doc)) return [noticeOf(`${wordOf(doc.at('e'))} of coin-margined futures is not read`)];
  switch (kind) {
    case 'ORDER_TRADE_UPDATE':
      return readOrderUpdate(doc.at('o'), instruments);
    case 'ALGO_UPDATE':
      return readAlgoUpdate(doc, instruments);
    case 'ACCOUNT_UPDATE':
      return readAccountUpdate(doc, instruments);
    case 'TRADE_LITE':
      // Early, and without fee: the ORDER_TRADE_UPDATE of the same trade id is the fill.
      return [noticeOf(`TRADE_LITE of ${wordOf(doc.at('s'))}: the full fill follows`)];
    case 'ACCOUNT_CONFIG_UPDATE':
      return [noticeOf(configText(doc))];
    case 'MARGIN_CALL':
      return [noticeOf(marginCallText(doc))];
    case 'listenKeyExpired':
      // Its time is a text in some versions and says nothing that is needed.
      return [(sink) => sink.onStreamEnd('the listen key has expired')];
    default:
      return [noticeOf(`${wordOf(doc.at('e'))} is not read`)];
  }
}

/** Marks of the business unit: messages of coin-margined futures look the same, and their money is another wallet's. */
function isCoinMargined(doc: ReplyDoc): boolean {
  return doc.at('st').textOr('') === '2' || doc.at('fs').textOr('') === 'CM';
}

/** The fill goes before the order that has it. */
function readOrderUpdate(order: ReplyDoc, instruments: EntryInstruments): readonly Delivery[] {
  const record = readPlainEvent(order, instruments);
  if (record === null)
    return [noticeOf(`ORDER_TRADE_UPDATE of ${wordOf(order.at('s'))}, which is not traded here`)];
  const fill = readFillOf(order, record.instrument);
  return [...(fill === null ? [] : [fill]), (sink) => sink.onOrder(record)];
}

/** An execution of the liquidation engine may be announced before it has a trade id: without one it could count twice. */
function readFillOf(order: ReplyDoc, instrument: EntryInstrument): Delivery | null {
  const execution = order.at('x').word(...EXECUTIONS);
  if (execution !== 'TRADE' && execution !== 'CALCULATED') return null;
  const isForced = execution === 'CALCULATED';
  if (isForced && lotsOf(order.at('l'), instrument) === 0) return null;
  if (isForced && order.at('t').text() === '0')
    return noticeOf(`a forced fill of ${instrument.symbol} without id: ask for fills`);
  const fill = readFillEvent(order, instrument);
  return (sink) => sink.onFill(fill);
}

function readAlgoUpdate(doc: ReplyDoc, instruments: EntryInstruments): readonly Delivery[] {
  const order = doc.at('o');
  if (order.at('at').text() !== 'CONDITIONAL')
    return [noticeOf(`ALGO_UPDATE of type ${wordOf(order.at('at'))} is not read`)];
  const record = readAlgoEvent(order, instruments, timeUs(doc.at('T')));
  if (record === null) return [noticeOf(`ALGO_UPDATE of ${wordOf(order.at('s'))}, which is not traded here`)];
  return [(sink) => sink.onOrder(record)];
}

/** Lists no more than what changed. */
function readAccountUpdate(doc: ReplyDoc, instruments: EntryInstruments): readonly Delivery[] {
  const tsVenueUs = timeUs(doc.at('T'));
  const account = doc.at('a');
  if (!account.at('B').isThere && !account.at('P').isThere) throw account.fail('balances or positions');
  const balances = itemsOf(account.at('B'));
  const positions = itemsOf(account.at('P'));
  const isFunding = account.at('m').text() === 'FUNDING_FEE';
  return [
    ...(isFunding ? readFunding(balances, positions, instruments, tsVenueUs) : []),
    ...balances.map((item) => balanceOf(item, tsVenueUs)),
    ...positions.map((item) => positionOf(item, instruments, tsVenueUs)),
  ];
}

function balanceOf(item: ReplyDoc, tsVenueUs: EpochUs): Delivery {
  const total = item.at('wb').amount(item.at('a').text());
  return (sink) => sink.onBalance({ total, available: null }, tsVenueUs);
}

function positionOf(item: ReplyDoc, instruments: EntryInstruments, tsVenueUs: EpochUs): Delivery {
  const instrument = instruments.named(item.at('s').text());
  if (instrument === undefined)
    return noticeOf(`a position in ${wordOf(item.at('s'))}, which is not traded here`);
  const record = readPosition(instrument, {
    side: item.at('ps'),
    qty: item.at('pa'),
    entryPrice: item.at('ep'),
    tsVenueUs,
  });
  return (sink) => sink.onPosition(record);
}

/** The change of the balance is the payment. In cross margin the position is not told, and the instrument is not known. */
function readFunding(
  balances: readonly ReplyDoc[],
  positions: readonly ReplyDoc[],
  instruments: EntryInstruments,
  tsVenueUs: EpochUs,
): readonly Delivery[] {
  const symbols = new Set(positions.map((item) => item.at('s').text()));
  const [symbol = ''] = symbols;
  const instrument = symbols.size === 1 ? (instruments.named(symbol) ?? null) : null;
  return balances.flatMap((item) => {
    const amount = item.at('bc').amount(item.at('a').text());
    return amount.units === 0n ? [] : [(sink: PrivateSink) => sink.onFunding(instrument, amount, tsVenueUs)];
  });
}

function configText(doc: ReplyDoc): string {
  const symbol = doc.at('ac');
  if (symbol.isThere) return `leverage of ${wordOf(symbol.at('s'))} is now ${symbol.at('l').integer()}`;
  const asset = doc.at('ai');
  return asset.isThere
    ? `multi-assets mode is now ${asset.at('j').flag()}`
    : 'a setting of the account changed';
}

function marginCallText(doc: ReplyDoc): string {
  const positions = doc
    .at('p')
    .items()
    .map((item) => `${wordOf(item.at('s'))} ${wordOf(item.at('ps'))} ${item.at('pa').decimal()}`);
  return `margin call: ${positions.slice(0, 10).join(', ')}`;
}

function itemsOf(doc: ReplyDoc): readonly ReplyDoc[] {
  return doc.isThere ? doc.items() : [];
}

function wordOf(doc: ReplyDoc): string {
  return doc.text().slice(0, WORD_CHARS_MAX);
}

function noticeOf(detail: string): Delivery {
  return (sink) => sink.onNotice(detail);
}
