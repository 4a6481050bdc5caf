/** What stands open at a venue, in words: said at the end of a run, so that nobody has to guess what was left behind. */
import { formatDecimal, messageOf } from '#core';
import type { OrderRecord, PositionRecord } from '#venues/entry';
import type { AccountDesk } from './account-desk.ts';

/** Returns the open positions and orders of the instruments of a run; what the venue did not say is said too. */
export async function leftAtVenue(desk: AccountDesk): Promise<readonly string[]> {
  const { adapter, instruments } = desk;
  const left: string[] = [];
  const call = adapter.positions(instruments);
  try {
    const positions = call === null ? [] : await desk.ask(call);
    left.push(...positions.filter(({ qtyLots }) => qtyLots !== 0).map(positionWords));
  } catch (error) {
    left.push(`positions are not known: ${messageOf(error)}`);
  }
  try {
    for (const question of adapter.openOrders(instruments))
      left.push(...(await desk.ask(question)).map(orderWords));
  } catch (error) {
    left.push(`open orders are not known: ${messageOf(error)}`);
  }
  return left;
}

function positionWords({ entryPrice, instrument, qtyLots }: PositionRecord): string {
  const { qtyDecimals, symbol } = instrument;
  const side = qtyLots > 0 ? 'long' : 'short';
  const at = entryPrice === null ? '' : ` from ${entryPrice}`;
  return `position: ${side} ${formatDecimal(Math.abs(qtyLots), qtyDecimals)} of ${symbol}${at}`;
}

function orderWords({
  clientOrderId,
  instrument,
  priceTicks,
  qtyLots,
  side,
  triggerTicks,
  type,
  venueOrderId,
}: OrderRecord): string {
  const { priceDecimals, qtyDecimals, symbol } = instrument;
  const qty = qtyLots === null ? 'all' : formatDecimal(qtyLots, qtyDecimals);
  const price = (ticks: number | null, word: string): string =>
    ticks === null ? '' : ` ${word} ${formatDecimal(ticks, priceDecimals)}`;
  const prices = price(priceTicks, 'at') + price(triggerTicks, 'from');
  return `order ${clientOrderId || venueOrderId}: ${type.replaceAll('_', ' ')} to ${side} ${qty} of ${symbol}${prices}`;
}
