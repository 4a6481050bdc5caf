/**
 * The venue port. Requests are fire-and-forget; every outcome comes back as an event, so that real venues and the
 * simulated one look the same to the engine. Nothing can be sent that does not carry the seal of risk.
 */
import type { EpochUs } from '#core';
import type {
  ExecutionEvent,
  InstrumentIx,
  MarketEvent,
  OrderRequest,
  RiskApproved,
  VenueAccount,
  VenueOrder,
} from '#domain';

/** Where orders leave the house. Implementations call `assertRiskApproved` first. */
export interface OrderGateway {
  /** Sends a new order; a client order id that the venue already knows never makes a second order. */
  submit(order: RiskApproved<OrderRequest>, nowUs: EpochUs): void;
  /** Asks for the end of an order; the answer is `order-canceled`, a last fill, or `cancel-rejected`. */
  cancel(
    request: { readonly clientOrderId: string; readonly instrumentIx: InstrumentIx },
    nowUs: EpochUs,
  ): void;
}

/** What reconciliation asks a venue. */
export interface AccountQueries {
  openOrders(): Promise<readonly VenueOrder[]>;
  /** Returns the order of that client id in whatever state, or `null` when the venue never saw it. */
  order(clientOrderId: string, instrumentIx: InstrumentIx): Promise<VenueOrder | null>;
  account(): Promise<VenueAccount>;
}

/** An order that an earlier life of a trader has sent, or meant to send. */
export interface EarlierOrder {
  readonly request: OrderRequest;
  /** True when the venue has said that it had it: should it know nothing of it now, it was there and is over. */
  readonly wasThere: boolean;
}

/**
 * What a trader needs of a venue that tells nothing twice: a real one. Absent where a resumed trader hears again what it had not made durable, or
 * where both share their checkpoints.
 */
export interface AccountRecovery {
  /**
   * Takes over orders that an earlier life of this trader has sent, or meant to send, at `sentUs` or later; what became of them is told as events.
   * Those that are known already are left as they are.
   */
  adopt?(orders: readonly EarlierOrder[], sentUs: EpochUs): void;
  /**
   * Has all fills of an instrument from `fromUs` (the venue's time) on told as events that were not told yet; settles once they are on their way.
   * A venue that does not answer is asked again.
   */
  tellFills?(instrumentIx: InstrumentIx, fromUs: EpochUs): Promise<void>;
}

/** A trader-visible event with its number in the venue's stream (1, 2, 3, ...): the key of resumption. */
export interface WorldEvent {
  readonly worldSeq: number;
  readonly event: MarketEvent | ExecutionEvent;
}

/**
 * A venue together with its market, run in lock step with the trader: simulated time passes only when the trader asks for it.
 * In the process it answers at once; over a link it answers with a promise. The same seed gives the same events either way.
 */
export interface World extends OrderGateway, AccountQueries, AccountRecovery {
  /**
   * Lets time pass until the next event that the trader sees, but not beyond `limitUs`. Returns that event,
   * `idle` when nothing happens up to and including `limitUs` (time then stands at `limitUs`), `end` when the market data are exhausted and
   * nothing is pending. Commands given before the call take effect at their own `nowUs` + latency.
   */
  advance(limitUs: EpochUs): WorldEvent | 'idle' | 'end' | Promise<WorldEvent | 'idle' | 'end'>;
  /**
   * Goes back to just after event `worldSeq`: events the trader had not made durable are sent again, commands given twice count once. Returns
   * the number of the last event that the venue had sent already; once the trader has heard it, both stand at the same moment. `notBeforeUs`: what the
   * trader has heard already was told at that moment; where events bear the time of a clock that can be set, no later one is told before it.
   */
  resumeAfter(worldSeq: number, notBeforeUs?: EpochUs): number | Promise<number>;
  /**
   * Tells the venue that everything up to event `worldSeq` is durable at the trader, which will never resume before it: what the venue kept for
   * that it may forget. Absent where venue and trader share their checkpoints.
   */
  acknowledge?(worldSeq: number): void;
  /** Events that have happened and were not told yet; absent where nothing happens before it is asked for. */
  readonly waitingCount?: number;
  close(): Promise<void>;
}
