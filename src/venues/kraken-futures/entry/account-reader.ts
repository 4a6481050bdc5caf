/** Fills, balances and positions of Kraken futures, by question and by feed. The same fill has the same id in both. */
import type { EpochUs } from '#core';
import type {
  BalanceRecord,
  EntryInstrument,
  EntryInstruments,
  ExactAmount,
  FillRecord,
  KeyRights,
  PositionRecord,
  ReplyDoc,
} from '../../entry/index.ts';
import { assetOf, clientOrderIdOf, instrumentOf, isoUs, msUs } from './names.ts';

const FILL_TYPES = [
  'maker',
  'taker',
  'takerAfterEdit',
  'liquidation',
  'partialLiquidation',
  'assignor',
  'assignee',
  'unwindBankrupt',
  'unwindCounterparty',
] as const;

/** What kind of fill it was. An assignee takes over a position of his own will; a counterparty of an unwinding is deleveraged. */
const FORCED: Readonly<Record<(typeof FILL_TYPES)[number], FillRecord['forcedBy']>> = {
  maker: null,
  taker: null,
  takerAfterEdit: null,
  assignee: null,
  liquidation: 'liquidation',
  partialLiquidation: 'liquidation',
  assignor: 'liquidation',
  unwindBankrupt: 'liquidation',
  unwindCounterparty: 'adl',
};

/** Reads a fill of an answer. @throws XY_VENUE_REPLY */
export function readFill(item: ReplyDoc, instrument: EntryInstrument): FillRecord {
  return {
    ...sharedFill(item, instrument, item.at('fillType').word(...FILL_TYPES)),
    side: item.at('side').word('buy', 'sell'),
    qtyLots: item.at('size').scaled(instrument.qtyDecimals),
    tsVenueUs: isoUs(item.at('fillTime')),
  };
}

/** Reads a fill of the private feed. @throws XY_VENUE_REPLY */
export function readFeedFill(item: ReplyDoc, instrument: EntryInstrument): FillRecord {
  return {
    ...sharedFill(item, instrument, item.at('fill_type').word(...FILL_TYPES)),
    side: item.at('buy').flag() ? 'buy' : 'sell',
    qtyLots: item.at('qty').scaled(instrument.qtyDecimals),
    tsVenueUs: msUs(item.at('time')),
  };
}

function sharedFill(
  item: ReplyDoc,
  instrument: EntryInstrument,
  kind: (typeof FILL_TYPES)[number],
): Omit<FillRecord, 'side' | 'qtyLots' | 'tsVenueUs'> {
  return {
    instrument,
    execId: item.at('fill_id').text(),
    clientOrderId: clientOrderIdOf(item),
    venueOrderId: item.at('order_id').text(),
    priceTicks: item.at('price').scaled(instrument.priceDecimals),
    // The feed says what is left of the order, not what is filled.
    filledLots: null,
    fee: feeOf(item),
    liquidity: kind === 'maker' ? 'maker' : 'taker',
    forcedBy: FORCED[kind],
  };
}

/** The fee is told by the feed; the documented list has none, recorded ones have. */
function feeOf(item: ReplyDoc): ExactAmount | null {
  const paid = item.at('fee_paid');
  const currency = item.at('fee_currency');
  return paid.isThere && currency.isThere ? paid.amount(assetOf(currency.text())) : null;
}

/** Reads the multi-collateral wallet, on which linear contracts trade; an account without one has nothing for them. @throws XY_VENUE_REPLY */
export function readWallet(wallet: ReplyDoc): readonly BalanceRecord[] {
  if (!wallet.isThere) return [];
  const currencies = wallet.at('currencies');
  return currencies.names().map((name) => {
    const currency = currencies.at(name);
    const available = currency.at('available');
    const asset = assetOf(name);
    return {
      total: currency.at('quantity').amount(asset),
      available: available.isThere ? available.amount(asset) : null,
    };
  });
}

/** Reads the list of open positions. @throws XY_VENUE_REPLY */
export function readPositions(list: ReplyDoc, instruments: EntryInstruments): readonly PositionRecord[] {
  return list.items().flatMap((item) => {
    const instrument = instrumentOf(instruments, item.at('symbol'));
    if (instrument === undefined) return [];
    const lots = item.at('size').scaled(instrument.qtyDecimals);
    const isLong = item.at('side').word('long', 'short') === 'long';
    return [
      {
        instrument,
        positionSide: 'both' as const,
        qtyLots: isLong ? lots : -lots,
        entryPrice: lots === 0 ? null : item.at('price').decimal(),
        tsVenueUs: isoUs(item.at('fillTime')),
      },
    ];
  });
}

/** Reads a position of the private feed. @throws XY_VENUE_REPLY */
export function readFeedPosition(
  item: ReplyDoc,
  instrument: EntryInstrument,
  tsVenueUs: EpochUs,
): PositionRecord {
  const qtyLots = item.at('balance').scaled(instrument.qtyDecimals);
  const entryPrice = qtyLots === 0 ? null : item.at('entry_price').decimal();
  return { instrument, positionSide: 'both', qtyLots, entryPrice, tsVenueUs };
}

/** Reads what a key may do; its right to transfer is the right to withdraw. @throws XY_VENUE_REPLY */
export function readKeyRights(answer: ReplyDoc): KeyRights {
  const permissions = answer.at('permissions');
  const general = permissions.at('general').word('NO_ACCESS', 'READ_ONLY', 'FULL_ACCESS');
  const transfer = permissions.at('transfer').word('NO_ACCESS', 'READ_ONLY', 'FULL_ACCESS');
  return {
    canRead: general !== 'NO_ACCESS',
    canTrade: general === 'FULL_ACCESS',
    canWithdraw: transfer === 'FULL_ACCESS',
  };
}
