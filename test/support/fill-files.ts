/** Invented files of `xylen fills`: a book around a wandering price with its trades, and limit orders near it. */
import type { EpochUs, Prng } from '#core';

const EVENTS = 4_000;
const ORDERS = 60;
const EVERY_US = 5_000;
/** From the exchange to the trader. */
const FEED_US = 1_000;

/** Returns events and orders as CSV. */
export function fillFiles(
  prng: Prng,
  startUs: EpochUs,
): { readonly events: string; readonly orders: string } {
  const events = ['ev,exch_ts,local_ts,side,price_ticks,qty_lots'];
  const orders = ['order_id,submit_local_ts,side,price_ticks,qty_lots,cancel_local_ts'];
  let middle = 600_000;
  for (let i = 0; i < EVENTS; i++) {
    const exchUs = startUs + i * EVERY_US;
    if (prng.uniform() < 0.02) middle += prng.integer(-1, 2);
    const isBid = prng.uniform() < 0.5;
    const isTrade = prng.uniform() < 0.2;
    const away = isTrade ? 0 : prng.integer(0, 5);
    const price = isBid === isTrade ? middle + 1 + away : middle - away;
    const lots = prng.integer(isTrade ? 1 : 0, isTrade ? 20 : 60);
    const times = `${exchUs}000,${exchUs + FEED_US}000`;
    events.push(`${isTrade ? 'T' : 'D'},${times},${isBid ? 'B' : 'S'},${price},${lots}`);
    if (i % Math.floor(EVENTS / ORDERS) !== 10) continue;
    const side = prng.uniform() < 0.5 ? 1 : -1;
    const limit = side === 1 ? middle - prng.integer(0, 3) : middle + 1 + prng.integer(0, 3);
    const atUs = exchUs + FEED_US;
    orders.push(
      `${orders.length},${atUs}000,${side},${limit},${prng.integer(1, 9)},${atUs + prng.integer(1, 4) * 1_000_000}000`,
    );
  }
  return { events: `${events.join('\n')}\n`, orders: `${orders.join('\n')}\n` };
}
