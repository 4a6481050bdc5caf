/** What Coinbase's REST replies say of an account beside its orders: fills, balances, positions in contracts, what the key may do. */
import { divRound, type EpochUs, plainDecimal } from '#core';
import {
  amountOf,
  type BalanceRecord,
  type EntryInstrument,
  type ExactAmount,
  type FillRecord,
  type KeyRights,
  type PositionRecord,
  type ReplyDoc,
} from '../../entry/index.ts';
import { readSide } from './order-record.ts';
import { idIn, lotsIn, type Products } from './sizes.ts';

/**
 * Reads fills, oldest first, those of products that nobody here trades left out. Corrections of the venue's books (`REVERSAL`, `CORRECTION`, `SYNTHETIC`) are no fills: the balances
 * show them. @throws XY_VENUE_REPLY
 */
export function readFills(fills: ReplyDoc, products: Products): readonly FillRecord[] {
  return fills
    .items()
    .flatMap((doc) => {
      const instrument = products.named(doc.at('product_id'));
      const kind = doc.at('trade_type').textOr('FILL');
      return instrument === undefined || kind !== 'FILL' ? [] : [readFill(doc, instrument)];
    })
    .sort((a, b) => a.tsVenueUs - b.tsVenueUs || (a.execId < b.execId ? -1 : 1));
}

/** A fill names its order by the venue's id alone. Its commission is in the quote currency; `entry_id` is its own, `trade_id` that of the match. */
function readFill(doc: ReplyDoc, instrument: EntryInstrument): FillRecord {
  const priceTicks = doc.at('price').scaled(instrument.priceDecimals);
  if (priceTicks <= 0) throw doc.at('price').fail('a positive price');
  const inQuote = doc.at('size_in_quote');
  const size = doc.at('size');
  const qtyLots =
    inQuote.isThere && inQuote.flag()
      ? baseLots(size, doc.at('price'), instrument)
      : lotsIn(size, instrument);
  if (qtyLots <= 0) throw size.fail('a positive quantity');
  return {
    instrument,
    execId: idIn(doc.at('entry_id')),
    clientOrderId: '',
    venueOrderId: idIn(doc.at('order_id')),
    side: readSide(doc.at('side')),
    priceTicks,
    qtyLots,
    filledLots: null,
    fee: doc.at('commission').amount(instrument.quoteAsset),
    liquidity: doc.at('liquidity_indicator').textOr('') === 'MAKER' ? 'maker' : 'taker',
    forcedBy: null,
    tsVenueUs: doc.at('trade_time').rfc3339Us(),
  };
}

/** Fills of orders that were sized in quote currency state what they cost; the quantity is the nearest number of lots, which it was made of. */
function baseLots(cost: ReplyDoc, price: ReplyDoc, instrument: EntryInstrument): number {
  const quote = unitsOf(cost);
  const each = unitsOf(price);
  const scale = BigInt(instrument.qtyDecimals + each.decimals - quote.decimals);
  const numerator = quote.units * 10n ** (scale > 0n ? scale : 0n);
  const denominator = each.units * 10n ** (scale < 0n ? -scale : 0n);
  const lots = Number(divRound(numerator, denominator));
  if (!Number.isSafeInteger(lots)) throw cost.fail('a cost of fewer lots');
  return lots;
}

function unitsOf(doc: ReplyDoc): ExactAmount {
  return doc.amount('');
}

/** Reads the balances of a page of accounts; what is held by orders belongs to the total. @throws XY_VENUE_REPLY */
export function readAccounts(accounts: ReplyDoc): readonly BalanceRecord[] {
  const byAsset = new Map<string, BalanceRecord>();
  for (const account of accounts.items()) {
    const asset = account.at('currency').text();
    const available = account.at('available_balance').at('value').amount(asset);
    const hold = account.at('hold');
    const held = hold.isThere ? hold.at('value').amount(asset) : amountOf(asset, '0');
    const before = byAsset.get(asset);
    // A currency may have a wallet and a vault.
    byAsset.set(asset, {
      total: sumOf(before?.total ?? amountOf(asset, '0'), sumOf(available, held)),
      available: sumOf(before?.available ?? amountOf(asset, '0'), available),
    });
  }
  return [...byAsset.values()];
}

function sumOf(a: ExactAmount, b: ExactAmount): ExactAmount {
  const decimals = Math.max(a.decimals, b.decimals);
  const scaled = ({ decimals: own, units }: ExactAmount): bigint => units * 10n ** BigInt(decimals - own);
  return { asset: a.asset, units: scaled(a) + scaled(b), decimals };
}

/** Reads positions in CDE contracts; contracts asked for that the reply does not have are flat. @throws XY_VENUE_REPLY */
export function readContractPositions(
  positions: ReplyDoc,
  products: Products,
  askedUs: EpochUs,
): readonly PositionRecord[] {
  const byProduct = new Map<EntryInstrument, PositionRecord>();
  for (const doc of positions.items()) {
    const instrument = products.named(doc.at('product_id'));
    if (instrument === undefined) continue;
    const lots = lotsIn(doc.at('number_of_contracts'), instrument);
    const qtyLots = doc.at('side').word('LONG', 'SHORT') === 'LONG' ? lots : 0 - lots;
    const entryPrice = plainDecimal(doc.at('avg_entry_price').text());
    if (entryPrice === undefined) throw doc.at('avg_entry_price').fail('a decimal number');
    const told = { qtyLots, entryPrice: qtyLots === 0 ? null : entryPrice, tsVenueUs: askedUs };
    byProduct.set(instrument, { instrument, positionSide: 'both', ...told });
  }
  return products.all.map(
    (instrument) =>
      byProduct.get(instrument) ?? {
        instrument,
        positionSide: 'both',
        qtyLots: 0,
        entryPrice: null,
        tsVenueUs: askedUs,
      },
  );
}

/** Reads what a key may do. @throws XY_VENUE_REPLY */
export function readKeyRights(reply: ReplyDoc): KeyRights {
  return {
    canRead: reply.at('can_view').flag(),
    canTrade: reply.at('can_trade').flag(),
    canWithdraw: reply.at('can_transfer').flag(),
  };
}
