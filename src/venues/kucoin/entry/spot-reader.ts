/** Answers of the spot market: high-frequency orders, stop orders, fills, wallets. */
import type {
  BalanceRecord,
  EntryInstrument,
  EntryInstruments,
  FillRecord,
  OrderRecord,
  ReplyDoc,
} from '../../entry/index.ts';
import { doneStatus, isTriggerWord, liveStatus, typeOf } from './order-type.ts';
import { assetOf, isSaid, momentUs, spotLots, ticksOrNull } from './quantity.ts';

/** Wallets that orders trade on, the newer kind first. */
const TRADE_WALLETS = ['trade_hf', 'trade'];

/** Reads a high-frequency order. @throws XY_VENUE_REPLY */
export function readSpotOrder(item: ReplyDoc, instrument: EntryInstrument): OrderRecord {
  const side = item.at('side').word('buy', 'sell');
  const isLimit = item.at('type').word('limit', 'market') === 'limit';
  const size = spotLots(item.at('size'), instrument);
  // A market order by amount has no size; when it is done its size is what was filled.
  const qtyLots = size > 0 ? size : null;
  const filledLots = spotLots(item.at('dealSize'), instrument);
  const isActive = item.at('active').flag();
  const isEnded = item.at('cancelExist').flag();
  const done = isEnded ? 'CANCELED' : doneStatus(qtyLots ?? filledLots, filledLots);
  const changed = item.at('lastUpdatedAt');
  return {
    instrument,
    clientOrderId: item.at('clientOid').textOr(''),
    venueOrderId: item.at('id').text(),
    side,
    type: typeOf('', side, isLimit),
    qtyLots: qtyLots ?? filledLots,
    filledLots,
    priceTicks: isLimit ? ticksOrNull(item.at('price'), instrument) : null,
    triggerTicks: null,
    status: isActive ? liveStatus(filledLots) : done,
    reduceOnly: false,
    isConditional: false,
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: momentUs(changed.isThere ? changed : item.at('createdAt')),
  };
}

/** Reads a stop order; `null` for one of a linked pair, which nobody here places. @throws XY_VENUE_REPLY */
export function readStopOrder(item: ReplyDoc, instrument: EntryInstrument): OrderRecord | null {
  const trigger = item.at('stop').text();
  if (!isTriggerWord(trigger)) return null;
  const side = item.at('side').word('buy', 'sell');
  const isLimit = item.at('type').word('limit', 'market') === 'limit';
  const isTriggered = item.at('status').word('NEW', 'TRIGGERED') === 'TRIGGERED';
  const triggered = item.at('stopTriggerTime');
  return {
    instrument,
    clientOrderId: item.at('clientOid').textOr(''),
    venueOrderId: item.at('id').text(),
    side,
    type: typeOf(trigger, side, isLimit),
    qtyLots: isSaid(item.at('size')) ? spotLots(item.at('size'), instrument) : null,
    filledLots: 0,
    priceTicks: isLimit ? ticksOrNull(item.at('price'), instrument) : null,
    triggerTicks: ticksOrNull(item.at('stopPrice'), instrument),
    status: isTriggered ? 'TRIGGERED' : 'ACCEPTED',
    reduceOnly: false,
    isConditional: true,
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: momentUs(isTriggered && triggered.isThere ? triggered : item.at('createdAt')),
  };
}

/** Reads those orders of a list whose instruments are traded here. @throws XY_VENUE_REPLY */
export function readListed<T>(
  items: readonly ReplyDoc[],
  instruments: EntryInstruments,
  read: (item: ReplyDoc, instrument: EntryInstrument) => T | null,
): readonly T[] {
  return items.flatMap((item) => {
    const instrument = instruments.named(item.at('symbol').text());
    const record = instrument === undefined ? null : read(item, instrument);
    return record === null ? [] : [record];
  });
}

/** Reads a fill; `null` for one that is less than a lot. @throws XY_VENUE_REPLY */
export function readSpotFill(item: ReplyDoc, instrument: EntryInstrument): FillRecord | null {
  const venueOrderId = item.at('orderId').text();
  const qtyLots = spotLots(item.at('size'), instrument);
  const fee = item.at('fee');
  const record: FillRecord = {
    instrument,
    execId: execIdOf(item.at('tradeId'), venueOrderId),
    clientOrderId: item.at('clientOid').textOr(''),
    venueOrderId,
    side: item.at('side').word('buy', 'sell'),
    priceTicks: item.at('price').scaled(instrument.priceDecimals),
    qtyLots,
    filledLots: null,
    fee: isSaid(fee) ? fee.amount(assetOf(item.at('feeCurrency').text())) : null,
    liquidity: item.at('liquidity').word('maker', 'taker'),
    forcedBy: null,
    tsVenueUs: momentUs(item.at('createdAt')),
  };
  return qtyLots === 0 ? null : record;
}

/** A trade with oneself is one trade and two fills: the order belongs to the id. */
export function execIdOf(tradeId: ReplyDoc, venueOrderId: string): string {
  const text = tradeId.text();
  if (text === '') throw tradeId.fail('the id of a trade');
  return `${text}-${venueOrderId}`;
}

/** Reads the wallets that orders trade on. @throws XY_VENUE_REPLY */
export function readWallets(list: ReplyDoc): readonly BalanceRecord[] {
  const items = list.items().map((item) => ({ item, type: item.at('type').text() }));
  const kind = TRADE_WALLETS.find((wanted) => items.some(({ type }) => type === wanted));
  return items.flatMap(({ item, type }) => {
    if (type !== kind) return [];
    const asset = assetOf(item.at('currency').text());
    return [{ total: item.at('balance').amount(asset), available: item.at('available').amount(asset) }];
  });
}
