/**
 * The journal: books fills and funding into portfolio, round trips and statistics, and writes their rows. Knows which order and which
 * decision opened a trade. It decides nothing.
 */
import { type Checkpointable, stateRecord } from '#core';
import {
  type FillEvent,
  type FundingPaymentEvent,
  type InstrumentIx,
  type InstrumentTable,
  notionalAtoms,
} from '#domain';
import type { Order } from '#orders';
import {
  type FillOutcome,
  type PerformanceStatistics,
  type Portfolio,
  type Trade,
  TradeBook,
} from '#portfolio';
import type { Desk } from './desk.ts';
import {
  fillRow,
  fundingPaymentRow,
  type OrderContext,
  orderRow,
  type TradeContext,
  tradeRow,
} from './rows.ts';
import type { DecisionReference } from './strategy.ts';

/** Orders whose links are remembered after their end, for late messages. */
const LINKS_KEPT_MAX = 512;

export interface JournalParts {
  readonly instruments: InstrumentTable;
  readonly portfolio: Portfolio;
  readonly statistics: PerformanceStatistics;
}

/** What a fill meant. */
export interface BookedFill {
  readonly outcome: FillOutcome;
  /** The trade that the fill closed, if it did. */
  readonly closed: Trade | null;
}

interface OrderLinks {
  tradeId: number | null;
  stopLossOrderId: number | null;
  takeProfitOrderId: number | null;
  decision: DecisionReference | null;
}

/** Books what happened to the account. */
export class TradeJournal implements Checkpointable {
  readonly #parts: JournalParts;
  readonly #desk: Desk;
  readonly #trades: TradeBook;
  readonly #contexts: (TradeContext | null)[];
  /** Of orders that may still fill, and of the newest that ended. */
  readonly #links = new Map<string, OrderLinks>();
  readonly #endedLinks = new Map<string, OrderLinks>();
  #nextFillId = 1;
  #nextPaymentId = 1;

  constructor(parts: JournalParts, desk: Desk) {
    this.#parts = parts;
    this.#desk = desk;
    this.#trades = new TradeBook(parts.instruments);
    this.#contexts = parts.instruments.all.map(() => null);
  }

  get trades(): TradeBook {
    return this.#trades;
  }

  /** How many fills were booked. */
  get fillCount(): number {
    return this.#nextFillId - 1;
  }

  /** Takes in a new order: it belongs to the open trade of its instrument, if there is one. */
  addOrder(order: Order, decision: DecisionReference | null): void {
    const { clientOrderId, instrumentIx } = order.request;
    const tradeId = this.#trades.openTrade(instrumentIx)?.tradeId ?? null;
    this.#links.set(clientOrderId, { tradeId, stopLossOrderId: null, takeProfitOrderId: null, decision });
    this.recordOrder(order);
  }

  /** An order has ended: its links are remembered for late messages, those of the oldest ended ones no longer. */
  endOrder({ request: { clientOrderId } }: Order): void {
    const links = this.#links.get(clientOrderId);
    if (links === undefined) return;
    this.#links.delete(clientOrderId);
    this.#endedLinks.set(clientOrderId, links);
    const [oldest] = this.#endedLinks.keys();
    if (this.#endedLinks.size > LINKS_KEPT_MAX && oldest !== undefined) this.#endedLinks.delete(oldest);
  }

  /** Ties a protective order to the entry it protects. */
  linkProtection(entry: Order, protective: Order): void {
    const links = this.#linksOf(entry.request.clientOrderId);
    if (links === undefined) return;
    if (protective.request.label === 'SL') links.stopLossOrderId = protective.orderId;
    else links.takeProfitOrderId = protective.orderId;
    this.recordOrder(entry);
  }

  /** Books a fill. `order` is `null` for fills that no order of ours asked for (a liquidation). */
  bookFill(fill: FillEvent, order: Order | null): BookedFill {
    const { instruments, portfolio, statistics } = this.#parts;
    const instrument = instruments.at(fill.instrumentIx);
    const equityBefore = portfolio.equityAtoms;
    const outcome = portfolio.applyFill(fill);
    const change = this.#trades.applyFill(fill, outcome, equityBefore);
    statistics.addFill(notionalAtoms(instrument, fill.priceTicks, fill.qtyLots));
    const orderId = order?.orderId ?? null;
    const links = this.#linksOf(fill.clientOrderId);
    if (change.closed !== null) {
      statistics.addTrade(change.closed);
      this.#finishTrade(change.closed, orderId);
    }
    if (change.isOpened) {
      this.#contexts[fill.instrumentIx] = {
        strategy: order?.origin.strategy ?? 'venue',
        entryOrderId: orderId,
        exitOrderId: null,
        decision: links?.decision ?? null,
      };
    }
    if (links !== undefined) links.tradeId = change.trade.tradeId;
    if (change.trade.status === 'OPEN') this.#recordTrade(change.trade);
    if (this.#desk.isRecorded) {
      const ids = { fillId: this.#nextFillId, orderId, tradeId: change.trade.tradeId };
      this.#desk.emit({ kind: 'record', row: fillRow(fill, instrument, ids, outcome.realisedAtoms) });
    }
    this.#nextFillId++;
    return { outcome, closed: change.closed };
  }

  /** Books a funding payment. */
  bookFunding(payment: FundingPaymentEvent): void {
    this.#parts.portfolio.applyFunding(payment);
    const trade = this.#trades.applyFunding(payment);
    if (this.#desk.isRecorded) {
      const instrument = this.#parts.instruments.at(payment.instrumentIx);
      const row = fundingPaymentRow(payment, instrument, this.#nextPaymentId, trade?.tradeId ?? null);
      this.#desk.emit({ kind: 'record', row });
    }
    this.#nextPaymentId++;
    if (trade !== null) this.#recordTrade(trade);
  }

  /** The strategy that opened the open trade of an instrument. */
  strategyOf(instrumentIx: InstrumentIx): string {
    return this.#contexts[instrumentIx]?.strategy ?? 'engine';
  }

  /** Writes the row of an order as it stands. */
  recordOrder(order: Order): void {
    if (!this.#desk.isRecorded) return;
    const context: OrderContext = this.#linksOf(order.request.clientOrderId) ?? {
      tradeId: null,
      stopLossOrderId: null,
      takeProfitOrderId: null,
    };
    const instrument = this.#parts.instruments.at(order.request.instrumentIx);
    this.#desk.emit({ kind: 'record', row: orderRow(order, instrument, context) });
  }

  /** Writes the rows of the open trades as they stand: the last word of a run. */
  recordOpenTrades(): void {
    for (const trade of this.#trades.openTrades()) this.#recordTrade(trade);
  }

  saveState(): unknown {
    return {
      trades: this.#trades.saveState(),
      contexts: structuredClone(this.#contexts),
      links: structuredClone([...this.#links]),
      endedLinks: structuredClone([...this.#endedLinks]),
      nextFillId: this.#nextFillId,
      nextPaymentId: this.#nextPaymentId,
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'trade journal');
    this.#trades.loadState(saved.trades);
    const contexts = structuredClone(saved.contexts) as (TradeContext | null)[];
    for (let ix = 0; ix < this.#contexts.length; ix++) this.#contexts[ix] = contexts[ix] ?? null;
    for (const [map, entries] of [
      [this.#links, saved.links],
      [this.#endedLinks, saved.endedLinks],
    ] as const) {
      map.clear();
      for (const [id, links] of structuredClone(entries) as [string, OrderLinks][]) map.set(id, links);
    }
    this.#nextFillId = Number(saved.nextFillId);
    this.#nextPaymentId = Number(saved.nextPaymentId);
  }

  #linksOf(clientOrderId: string): OrderLinks | undefined {
    return this.#links.get(clientOrderId) ?? this.#endedLinks.get(clientOrderId);
  }

  #finishTrade(trade: Trade, exitOrderId: number | null): void {
    const context = this.#contexts[trade.instrumentIx];
    if (context !== null && context !== undefined) {
      this.#contexts[trade.instrumentIx] = { ...context, exitOrderId };
    }
    this.#recordTrade(trade);
  }

  #recordTrade(trade: Trade): void {
    if (!this.#desk.isRecorded) return;
    const instrument = this.#parts.instruments.at(trade.instrumentIx);
    const context = this.#contexts[trade.instrumentIx] ?? {
      strategy: 'venue',
      entryOrderId: null,
      exitOrderId: null,
      decision: null,
    };
    this.#desk.emit({ kind: 'record', row: tradeRow(trade, instrument, context) });
  }
}
