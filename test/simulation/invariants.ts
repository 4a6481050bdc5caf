/** What must be true of a trader and its venue, whatever went wrong between them. Each finding is a sentence; an empty list means that all is right. */
import { formatDurationUs } from '#core';
import type { InstrumentIx, InstrumentTable } from '#domain';
import type { Engine } from '#engine';
import { parseClientOrderId } from '#orders';
import type { RecordRow } from '#store';
import type { TrueVenue } from './true-venue.ts';
import { isOpen, type TrueFill, type TrueFunding, type TrueOrder } from './venue-record.ts';

/** Something that must not be. */
export class Violation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Violation';
  }
}

/** Both sides agree on orders, positions and money; only true once nothing is under way. `hasMadeUp`: some fill was made up by the venue's word, without its fee. */
export function differences(engine: Engine, venue: TrueVenue, hasMadeUp: boolean): readonly string[] {
  const { instruments } = engine.options;
  const found: string[] = [];
  const own = engine.orderDesk.orders.openOrders.map(
    ({ filledLots, request }) => `${request.clientOrderId}:${filledLots}`,
  );
  const theirs = venue.open.map(({ filledLots, id }) => `${id}:${filledLots}`);
  const mine = new Set(own);
  const his = new Set(theirs);
  for (const id of mine) if (!his.has(id)) found.push(`order ${id} is open here alone`);
  for (const id of his) if (!mine.has(id)) found.push(`order ${id} is open at the venue alone`);
  for (const { ix } of instruments.all) {
    const [here, there] = [engine.portfolio.positionLots(ix), venue.lots(ix)];
    if (here !== there) found.push(`position of ${ix} is ${here} lots here, ${there} at the venue`);
  }
  found.push(...moneyDifferences(engine, venue, hasMadeUp));
  return found;
}

/**
 * Money to the atom: cash here is the wallet there, fees and funding too; and what fills, fees and funding made of the cash at the start is, by itself, what cash
 * less the cost of open positions came to. That sum is not rounded, so that it does not matter how a part of a cost is.
 */
function moneyDifferences({ options, portfolio }: Engine, venue: TrueVenue, hasMadeUp: boolean): string[] {
  const found: string[] = [];
  const { fees, flow, funding } = venueMoney(venue, options.instruments);
  const { adjustmentsAtoms, cashAtoms, feesAtoms, fundingAtoms, startCashAtoms } = portfolio;
  if (cashAtoms !== venue.walletAtoms)
    found.push(`cash is ${cashAtoms} here, ${venue.walletAtoms} at the venue`);
  // What was missed is booked as an adjustment, by the venue's own word: then some parts differ, and the sum is right by it alone.
  if (!hasMadeUp && feesAtoms !== fees) found.push(`fees are ${feesAtoms} here, ${fees} at the venue`);
  if (adjustmentsAtoms === 0n && fundingAtoms !== funding)
    found.push(`funding is ${fundingAtoms} here, ${funding} at the venue`);
  let cost = 0n;
  for (const { costTickLots, instrumentIx } of portfolio.snapshot().positions)
    cost += costTickLots * BigInt(options.instruments.at(instrumentIx).atomsPerTickLot);
  const there = startCashAtoms + flow - fees + funding;
  if (adjustmentsAtoms === 0n && cashAtoms - cost !== there)
    found.push(`cash less cost is ${cashAtoms - cost} here, ${there} by the venue's fills`);
  const sum = startCashAtoms + portfolio.realisedAtoms - feesAtoms + fundingAtoms + adjustmentsAtoms;
  if (sum !== cashAtoms) found.push(`cash ${cashAtoms} is not the sum of its parts, ${sum}`);
  return found;
}

/** Money that fills moved (without fees), fees and funding, by the venue's own account. */
export function venueMoney(
  venue: { readonly fills: readonly TrueFill[]; readonly fundings: readonly TrueFunding[] },
  instruments: InstrumentTable,
): { readonly flow: bigint; readonly fees: bigint; readonly funding: bigint } {
  let [flow, fees, funding] = [0n, 0n, 0n];
  for (const { feeAtoms, ix, priceTicks, qtyLots, side } of venue.fills) {
    const worth = BigInt(priceTicks) * BigInt(qtyLots) * BigInt(instruments.at(ix).atomsPerTickLot);
    flow += side === 'buy' ? -worth : worth;
    fees += feeAtoms;
  }
  for (const { amountAtoms } of venue.fundings) funding += amountAtoms;
  return { flow, fees, funding };
}

/** How the record names a fill that it made up by the venue's word about a position. */
const MADE_UP = 'reconciled-';

/** True for the row of a fill that was made up by the venue's word. */
export function isMadeUp(row: RecordRow): boolean {
  return row.table === 'fills' && row.execId.startsWith(MADE_UP);
}

/**
 * Every fill of the venue stands in the record, once, and no other does. Where the trader had to take the venue's word for a position, the fills behind it may be
 * missing; then those that are there stand there once.
 */
export function recordFindings(rows: readonly RecordRow[], venue: TrueVenue): readonly string[] {
  const found: string[] = [];
  const booked = new Set<string>();
  let madeUp = 0;
  for (const row of rows) {
    if (row.table !== 'fills') continue;
    if (row.execId.startsWith(MADE_UP)) {
      madeUp++;
      continue;
    }
    if (booked.has(row.execId)) found.push(`fill ${row.execId} is booked twice`);
    booked.add(row.execId);
  }
  const told = new Set(venue.fills.map(({ execId }) => execId));
  for (const execId of told)
    if (madeUp === 0 && !booked.has(execId)) found.push(`fill ${execId} is not booked`);
  for (const execId of booked) if (!told.has(execId)) found.push(`fill ${execId} never happened`);
  return found;
}

/** Fills in the record that were made up by the venue's word. */
export function madeUpFills(rows: readonly RecordRow[]): number {
  return rows.filter(isMadeUp).length;
}

/** Orders of one client id that the venue took. */
export class OrderCount {
  readonly #created = new Map<string, number>();

  /** Notes an order that the venue takes. @throws Violation when it is the second of its id, closes and could open, or has no durable intent */
  note({ id, reduceOnly }: TrueOrder, hasIntent: (id: string) => boolean): void {
    const count = (this.#created.get(id) ?? 0) + 1;
    this.#created.set(id, count);
    if (count > 1) throw new Violation(`the venue has order ${id} twice`);
    const mayOnlyClose = parseClientOrderId(id)?.label !== 'ENTRY';
    if (mayOnlyClose !== reduceOnly) throw new Violation(`order ${id} can do more than close`);
    if (!hasIntent(id)) throw new Violation(`order ${id} is at the venue and its intent is not durable`);
  }
}

/**
 * How long a position may go without a stop for all of it while nothing keeps the trader from placing one: neither a fault, nor more orders in doubt than
 * `DOUBTS_MAX`, each of which is asked for by itself within what the venue allows.
 */
export const UNPROTECTED_US_MAX = 90_000_000;

/** Orders in doubt at a time with which the trader still knows its position soon. */
export const DOUBTS_MAX = 20;

/** Watches over the protection of positions, as the venue has it. */
export class ProtectionWatch {
  readonly #venue: TrueVenue;
  /** Since when an instrument has been without enough protection; -1 = it has it. */
  readonly #sinceUs: number[];
  longestUs = 0;

  constructor(venue: TrueVenue, count: number) {
    this.#venue = venue;
    this.#sinceUs = Array.from({ length: count }, () => -1);
  }

  /** Looks at a moment; while `isTrouble` the time does not count. @throws Violation */
  look(nowUs: number, isTrouble: boolean): void {
    for (let ix = 0; ix < this.#sinceUs.length; ix++) {
      const sinceUs = this.#sinceUs[ix] ?? -1;
      if (isCovered(this.#venue, ix)) this.#sinceUs[ix] = -1;
      else if (sinceUs < 0 || isTrouble) this.#sinceUs[ix] = nowUs;
      else {
        this.longestUs = Math.max(this.longestUs, nowUs - sinceUs);
        if (nowUs - sinceUs <= UNPROTECTED_US_MAX) continue;
        const lots = this.#venue.lots(ix);
        const time = formatDurationUs(nowUs - sinceUs);
        throw new Violation(`${lots} lots of ${ix} are without enough protection for ${time}`);
      }
    }
  }
}

function isCovered(venue: TrueVenue, ix: InstrumentIx): boolean {
  const lots = venue.lots(ix);
  if (lots === 0) return true;
  const side = lots > 0 ? 'sell' : 'buy';
  let covered = 0;
  for (const order of venue.open) {
    if (order.ix === ix && order.side === side && order.type === 'stop_market')
      covered += order.qtyLots - order.filledLots;
  }
  return covered >= Math.abs(lots);
}

/** How long an order whose end is wanted may stay while nothing keeps the trader from ending it. */
export const CANCEL_US_MAX = 45_000_000;

/** Watches over orders whose end the engine has asked for. */
export class CancelWatch {
  readonly #venue: TrueVenue;
  /** Since when each of them should have ended. */
  readonly #wanted = new Map<string, number>();

  constructor(venue: TrueVenue) {
    this.#venue = venue;
  }

  /** The engine wants an order to end. */
  note(id: string, nowUs: number): void {
    this.#wanted.set(id, nowUs);
  }

  /** A trader that starts again may not know what it wanted. */
  forget(): void {
    this.#wanted.clear();
  }

  /** Looks at a moment; while `isTrouble` the time does not count. @throws Violation */
  look(nowUs: number, isTrouble: boolean): void {
    for (const [id, sinceUs] of this.#wanted) {
      const order = this.#venue.find(id);
      if (isTrouble) this.#wanted.set(id, nowUs);
      else if (nowUs - sinceUs > 2 * CANCEL_US_MAX || (order !== undefined && !isOpen(order)))
        this.#wanted.delete(id);
      else if (order !== undefined && nowUs - sinceUs > CANCEL_US_MAX)
        throw new Violation(`order ${id} was to end and is open ${formatDurationUs(nowUs - sinceUs)} later`);
    }
  }
}

/** What a trader says when it has to mend its own books: none of it may happen before anything went wrong. */
export const REPAIRS: ReadonlySet<string> = new Set([
  'order_repaired',
  'position_forced',
  'position_adopted',
  'balance_adjusted',
  'fill_absorbed',
  'foreign_order_cancelled',
  'order_oddity',
  'entries_held',
]);
