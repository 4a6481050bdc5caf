/** What stands open at a venue and whether our books agree with it: said at the end of a run, so that nobody has to guess what was left behind. */
import { formatDecimal, messageOf } from '#core';
import type { Engine } from '#engine';
import type { BalanceRecord, OrderRecord, PositionRecord } from '#venues/entry';
import { type AccountDesk, atomsOf } from './account-desk.ts';

/** The venue and our books at the end of a run. */
export interface AccountEnd {
  /** Open positions and orders of the instruments of the run, at the venue; what it did not say is said too. */
  readonly left: readonly string[];
  /** Where our books hold something else; empty when both agree to the atom. */
  readonly differences: readonly string[];
}

/** Asks the venue, and compares. */
export async function endOfAccount(desk: AccountDesk, engine: Engine): Promise<AccountEnd> {
  const { adapter, instruments } = desk;
  const left: string[] = [];
  const differences: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      left.push(`${what} are not known: ${messageOf(error)}`);
    }
  };
  await attempt('positions', async () => {
    const call = adapter.positions(instruments);
    const positions = call === null ? [] : (await desk.ask(call)).filter(({ qtyLots }) => qtyLots !== 0);
    left.push(...positions.map(positionWords));
    if (call !== null) differences.push(...positionDifferences(desk, engine, positions));
  });
  await attempt('open orders', async () => {
    const open: OrderRecord[] = [];
    for (const question of adapter.openOrders(instruments)) open.push(...(await desk.ask(question)));
    left.push(...open.map(orderWords));
    differences.push(...orderDifferences(engine, open));
  });
  // On spot markets holdings and money change hands; the books, which reckon with margin, cannot be compared with them.
  if (adapter.positions(instruments) === null) return { left, differences };
  await attempt('balances', async () => {
    differences.push(...cashDifferences(desk, engine, await desk.ask(adapter.balances())));
  });
  return { left, differences };
}

function positionDifferences(
  { instruments }: AccountDesk,
  { portfolio }: Engine,
  positions: readonly PositionRecord[],
): readonly string[] {
  return instruments.flatMap((instrument) => {
    const there = positions
      .filter((position) => position.instrument.ix === instrument.ix)
      .reduce((sum, { qtyLots }) => sum + qtyLots, 0);
    const here = portfolio.positionLots(instrument.ix);
    if (here === there) return [];
    const text = (lots: number): string => formatDecimal(lots, instrument.qtyDecimals);
    return [`position of ${instrument.symbol}: ${text(there)} at the venue, ${text(here)} in our books`];
  });
}

function orderDifferences({ orderDesk }: Engine, open: readonly OrderRecord[]): readonly string[] {
  const there = new Set(open.map(({ clientOrderId, venueOrderId }) => clientOrderId || venueOrderId));
  const here = new Set(orderDesk.orders.openOrders.map(({ request }) => request.clientOrderId));
  return [
    ...[...there]
      .filter((id) => !here.has(id))
      .map((id) => `order ${id}: open at the venue, not in our books`),
    ...[...here]
      .filter((id) => !there.has(id))
      .map((id) => `order ${id}: open in our books, not at the venue`),
  ];
}

function cashDifferences(
  { instruments }: AccountDesk,
  { options, portfolio }: Engine,
  balances: readonly BalanceRecord[],
): readonly string[] {
  const currency = instruments[0]?.quoteAsset ?? '';
  const { atomDecimals } = options.instruments;
  const total = balances.find((balance) => balance.total.asset === currency)?.total;
  const there = total === undefined ? 0n : atomsOf(total, atomDecimals);
  if (there === portfolio.cashAtoms) return [];
  const text = (atoms: bigint): string => `${formatDecimal(atoms, atomDecimals)} ${currency}`;
  return [`cash: ${text(there)} at the venue, ${text(portfolio.cashAtoms)} in our books`];
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
