/** What Kraken's REST replies say of an account beside its orders: trades, balances, what the key may do. */
import {
  amountOf,
  type BalanceRecord,
  type ExactAmount,
  type FillRecord,
  type KeyRights,
  type ReplyDoc,
} from '../../entry/index.ts';
import { assetName, idIn, type KrakenPairs } from './names.ts';
import { secondsUs } from './times.ts';

/** Reads trades by their ids, oldest first; those of pairs that nobody here trades are left out. @throws XY_VENUE_REPLY */
export function readTrades(trades: ReplyDoc, pairs: KrakenPairs): readonly FillRecord[] {
  return trades
    .names()
    .flatMap((id) => {
      const fill = readTrade(id, trades.at(id), pairs);
      return fill === null ? [] : [fill];
    })
    .sort((a, b) => a.tsVenueUs - b.tsVenueUs || (a.execId < b.execId ? -1 : 1));
}

/** A trade names the order by Kraken's id alone. Its fee is in the quote currency. */
function readTrade(execId: string, doc: ReplyDoc, pairs: KrakenPairs): FillRecord | null {
  const instrument = pairs.named(doc.at('pair'));
  if (instrument === undefined) return null;
  const qtyLots = doc.at('vol').scaled(instrument.qtyDecimals);
  const priceTicks = doc.at('price').scaled(instrument.priceDecimals);
  if (qtyLots <= 0) throw doc.at('vol').fail('a positive quantity');
  if (priceTicks <= 0) throw doc.at('price').fail('a positive price');
  const misc = doc.at('misc').textOr('').split(',');
  return {
    instrument,
    execId,
    clientOrderId: '',
    venueOrderId: idIn(doc.at('ordertxid')),
    side: doc.at('type').word('buy', 'sell'),
    priceTicks,
    qtyLots,
    filledLots: null,
    fee: doc.at('fee').amount(instrument.quoteAsset),
    liquidity: doc.at('maker').isThere && doc.at('maker').flag() ? 'maker' : 'taker',
    forcedBy: misc.includes('liquidated') ? 'liquidation' : null,
    tsVenueUs: secondsUs(doc.at('time')),
  };
}

/** Reads balances: with what is held by orders (`BalanceEx`), or totals alone (`Balance`). @throws XY_VENUE_REPLY */
export function readBalances(result: ReplyDoc): readonly BalanceRecord[] {
  return result.names().map((id) => {
    const asset = assetName(id);
    const entry = result.at(id);
    if (isNumber(entry)) return { total: entry.amount(asset), available: null };
    const total = entry.at('balance').amount(asset);
    const credit = amountOr(entry.at('credit'), asset);
    const used = amountOr(entry.at('credit_used'), asset);
    const held = amountOr(entry.at('hold_trade'), asset);
    return { total, available: sumOf(sumOf(total, credit, 1n), sumOf(used, held, 1n), -1n) };
  });
}

function isNumber(doc: ReplyDoc): boolean {
  try {
    doc.text();
    return true;
  } catch {
    // Not a number: an object, whose members are read by name.
    return false;
  }
}

function amountOr(doc: ReplyDoc, asset: string): ExactAmount {
  return doc.isThere ? doc.amount(asset) : amountOf(asset, '0');
}

/** Returns `a` + `sign` x `b`, exactly. */
export function sumOf(a: ExactAmount, b: ExactAmount, sign: 1n | -1n): ExactAmount {
  const decimals = Math.max(a.decimals, b.decimals);
  const scaled = ({ decimals: own, units }: ExactAmount): bigint => units * 10n ** BigInt(decimals - own);
  return { asset: a.asset, units: scaled(a) + sign * scaled(b), decimals };
}

/** Reads what a key may do from the words of its permissions (`query-funds`, `modify-trades`, `withdraw-funds`). @throws XY_VENUE_REPLY */
export function readKeyRights(result: ReplyDoc): KeyRights {
  const words = result
    .at('permissions')
    .items()
    .map((permission) => permission.text().toLowerCase());
  const has = (pattern: RegExp): boolean => words.some((word) => pattern.test(word));
  return {
    canRead: has(/query.*(funds|trades|orders)/),
    canTrade: has(/(modify|create).*(trades|orders)/),
    canWithdraw: has(/withdraw/),
  };
}
