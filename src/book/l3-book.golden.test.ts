import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseDecimal, US_PER_HOUR } from '#core';
import type { Side } from '#domain';
import { sharedPath, skipWithoutShared } from '../../test/support/shared-data.ts';
import { L3Book, type L3Outcome } from './l3-book.ts';

const BITFINEX = ['data', 'bitfinex-spot', 'l3-raw', 'tBTCUSD_R0_100k.json.gz'] as const;
const BITSTAMP = ['data', 'bitstamp-spot', 'l3-raw', 'BTCUSD_2015-05-01_00-16h.log.gz'] as const;
const QTY_DECIMALS = 8;
const BITFINEX_PRICE_DECIMALS = 8;
const BITSTAMP_PRICE_DECIMALS = 2;

function readGzip(path: readonly string[]): string {
  return gunzipSync(readFileSync(sharedPath(...path))).toString('utf8');
}

test('the Bitfinex raw book rebuilds without an unknown order', { skip: skipWithoutShared }, () => {
  const book = new L3Book();
  const outcomes: Partial<Record<L3Outcome, number>> = {};
  let updates = 0;
  let crossed = 0;
  for (const message of JSON.parse(readGzip(BITFINEX)) as unknown[]) {
    if (!Array.isArray(message)) continue;
    const body = message[1] as BitfinexOrder | BitfinexOrder[];
    if (isSnapshot(body)) {
      for (const order of body) applyBitfinex(book, order);
      assert.equal(book.orderCount, 50);
      continue;
    }
    updates++;
    const outcome = applyBitfinex(book, body);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (book.levels.isCrossed) crossed++;
  }
  assert.equal(updates, 99_998);
  assert.deepEqual(outcomes, { added: 37_009, modified: 25_968, deleted: 37_021 });
  assert.equal(crossed, 21);
});

/** [id, price, amount]: price 0 removes, the sign of the amount is the side. */
type BitfinexOrder = readonly [id: number, price: number, amount: number];

function isSnapshot(body: BitfinexOrder | BitfinexOrder[]): body is BitfinexOrder[] {
  return Array.isArray(body[0]);
}

function applyBitfinex(book: L3Book, [id, price, amount]: BitfinexOrder): L3Outcome {
  if (price === 0) return book.delete(String(id));
  const priceTicks = parseDecimal(String(price), BITFINEX_PRICE_DECIMALS);
  const qtyLots = parseDecimal(String(Math.abs(amount)), QTY_DECIMALS);
  return book.add(amount > 0 ? 'buy' : 'sell', String(id), priceTicks, qtyLots);
}

interface BitstampBody {
  readonly id: number;
  readonly price: string;
  readonly amount: string;
  readonly order_type: 0 | 1;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

test('the Bitstamp orders rebuild the venue’s own best prices hour by hour', {
  skip: skipWithoutShared,
}, () => {
  const book = new L3Book();
  const hours = new Map<number, { shown: number; equal: number }>();
  let given = 0;
  for (const line of readGzip(BITSTAMP).split('\n')) {
    const [stamp = '', kind = ''] = line.split(' ', 2);
    if (kind === '' || kind === 'trade') continue;
    const body = JSON.parse(line.slice(stamp.length + kind.length + 2)) as BitstampBody;
    if (kind !== 'order_book') {
      applyBitstamp(book, kind, body);
      continue;
    }
    // The feed loses deletions: what is better than the venue's best is not there any more.
    given += giveUpBetter(book, 'buy', best(body.bids)) + giveUpBetter(book, 'sell', best(body.asks));
    const hour = Math.floor((Number(stamp) * 1000) / US_PER_HOUR);
    const figures = hours.get(hour) ?? { shown: 0, equal: 0 };
    hours.set(hour, figures);
    figures.shown++;
    const { bestBidTicks, bestAskTicks } = book.levels;
    if (bestBidTicks === best(body.bids) && bestAskTicks === best(body.asks)) figures.equal++;
  }
  assert.equal(hours.size, 16);
  assert.ok(given < 72, `${given} orders were given up in 16 of 24 hours`);
  for (const [hour, { shown, equal }] of hours) {
    // In the first hour orders are missing that are older than the file.
    assert.ok(shown > 800 && Math.round((equal / shown) * 100) >= 95, `hour ${hour}: ${equal} of ${shown}`);
  }
});

function best(levels: BitstampBody['bids']): number {
  return parseDecimal(levels[0]![0], BITSTAMP_PRICE_DECIMALS);
}

/** A change of an order that is older than the file says that it rests. */
function applyBitstamp(book: L3Book, kind: string, body: BitstampBody): void {
  const orderId = String(body.id);
  if (kind === 'order_deleted') {
    book.delete(orderId);
    return;
  }
  const priceTicks = parseDecimal(body.price, BITSTAMP_PRICE_DECIMALS);
  const qtyLots = parseDecimal(body.amount, QTY_DECIMALS);
  const outcome =
    kind === 'order_changed' && book.modify(orderId, priceTicks, qtyLots) !== 'unknown'
      ? 'modified'
      : book.add(body.order_type === 0 ? 'buy' : 'sell', orderId, priceTicks, qtyLots);
  assert.ok(outcome === 'added' || outcome === 'modified', outcome);
}

function giveUpBetter(book: L3Book, side: Side, bestTicks: number): number {
  let given = 0;
  for (;;) {
    const ticks = side === 'buy' ? book.levels.bestBidTicks : book.levels.bestAskTicks;
    const isBetter = side === 'buy' ? ticks > bestTicks : ticks < bestTicks;
    const order = isBetter ? book.firstOrder(side, ticks) : null;
    if (order === null) return given;
    book.delete(order.orderId);
    given++;
  }
}
