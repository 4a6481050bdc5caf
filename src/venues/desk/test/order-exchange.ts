/** The made-up exchange with orders that rest, fill and end, and a private stream that says so: what truly happened, to hold a gateway's events against. */
import type { Timers } from '#net';
import { FakeExchange } from './fake-exchange.ts';

/** An order as it truly is. */
export interface TrueOrder {
  readonly id: string;
  readonly venueId: string;
  readonly side: 'buy' | 'sell';
  readonly qtyLots: number;
  filledLots: number;
  status: 'ACCEPTED' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED';
  updatedUs: number;
}

/** A fill as it truly is. */
export interface TrueFill {
  readonly execId: string;
  readonly id: string;
  readonly clientId: string;
  readonly venueId: string;
  readonly side: 'buy' | 'sell';
  readonly qtyLots: number;
  readonly priceTicks: number;
  readonly atUs: number;
}

/** What a client sends. */
interface Wish {
  readonly qtyLots: number;
  readonly side: 'buy' | 'sell';
  readonly isMarket: boolean;
  readonly reduceOnly: boolean;
}

/** The exchange. */
export class OrderExchange extends FakeExchange {
  readonly orders = new Map<string, TrueOrder>();
  readonly fills: TrueFill[] = [];
  readonly #timers: Timers;

  constructor(timers: Timers) {
    super(timers);
    this.#timers = timers;
  }

  /** It forgets orders once they have ended, as some venues do. */
  forgetsEnded = false;
  /** The stream tells of fills, and not of orders alone. */
  tellsFills = true;
  /** Fills name the client's id too. */
  namesFills = false;
  /** At which everything fills. */
  priceTicks = 100;
  /** Lots that a market order finds at most. */
  marketLots = Number.POSITIVE_INFINITY;

  /** What the account holds by its fills. */
  get positionLots(): number {
    return this.fills.reduce((sum, { qtyLots, side }) => sum + (side === 'buy' ? qtyLots : -qtyLots), 0);
  }

  /** Open orders, oldest first. */
  get open(): readonly TrueOrder[] {
    return [...this.orders.values()].filter(isOpen);
  }

  /** Fills part of an order, or all of it. */
  fill(order: TrueOrder, lots: number): void {
    const qtyLots = Math.min(lots, order.qtyLots - order.filledLots);
    if (!isOpen(order) || qtyLots === 0) return;
    order.filledLots += qtyLots;
    order.status = order.filledLots === order.qtyLots ? 'FILLED' : 'PARTIALLY_FILLED';
    const { id, side, venueId } = order;
    const fill: TrueFill = {
      ...{ execId: `f${this.fills.length}`, id, venueId, side, qtyLots },
      clientId: this.namesFills ? id : '',
      ...{ priceTicks: this.priceTicks, atUs: this.#timers.nowUs() },
    };
    this.fills.push(fill);
    if (this.tellsFills) this.tell(JSON.stringify({ fill }));
    this.#say(order);
  }

  /** Takes an order that was long on its way. */
  arrive(id: string, qtyLots: number): void {
    this.place(id, JSON.stringify({ qtyLots, side: 'buy', isMarket: false, reduceOnly: false }));
  }

  /** Ends an order without being asked. */
  end(order: TrueOrder): void {
    if (!isOpen(order)) return;
    order.status = 'EXPIRED';
    this.#say(order);
  }

  protected override place(id: string, text: string): string | null {
    if (this.orders.has(id)) return null;
    const { isMarket, qtyLots, reduceOnly, side } = JSON.parse(text) as Wish;
    const venueId = `v-${id}`;
    const order: TrueOrder = {
      ...{ id, venueId, side, qtyLots },
      ...{ filledLots: 0, status: 'ACCEPTED', updatedUs: this.#timers.nowUs() },
    };
    this.orders.set(id, order);
    this.placed.set(id, (this.placed.get(id) ?? 0) + 1);
    this.#say(order);
    if (isMarket) {
      const closable = Math.max(0, side === 'sell' ? this.positionLots : -this.positionLots);
      this.fill(order, Math.min(this.marketLots, reduceOnly ? closable : order.qtyLots));
      this.end(order);
    }
    return venueId;
  }

  protected override cancel(id: string): string | null {
    if (id === 'all') {
      for (const order of this.open) this.cancel(order.id);
      return 'ok';
    }
    const order = this.orders.get(id);
    if (order === undefined || !isOpen(order)) return null;
    order.status = 'CANCELED';
    this.canceled.push(id);
    this.#say(order);
    return 'ok';
  }

  protected override question(path: string, id: string): unknown {
    if (path === '/open') return this.open;
    if (path === '/balance') return '10000.00';
    if (path === '/position') return this.positionLots;
    if (path === '/fills') return this.fills.filter(({ atUs }) => atUs >= Number(id));
    const order = this.orders.get(id);
    return order === undefined || (this.forgetsEnded && !isOpen(order)) ? null : order;
  }

  #say(order: TrueOrder): void {
    order.updatedUs = this.#timers.nowUs();
    this.tell(JSON.stringify({ order }));
  }
}

function isOpen({ status }: TrueOrder): boolean {
  return status === 'ACCEPTED' || status === 'PARTIALLY_FILLED';
}
