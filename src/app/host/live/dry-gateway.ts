/**
 * The gateway of a dry run: says what would have been sent and sends nothing. Each order is told as taken and at once as cancelled, so that no position comes
 * about and the next decision is as free as the first; there is no account to ask.
 */
import { formatDecimal } from '#core';
import {
  assertRiskApproved,
  type ExecutionEvent,
  type InstrumentTable,
  type OrderRequest,
  priceOf,
  type RiskApproved,
  type VenueAccount,
  type VenueOrder,
} from '#domain';
import type { Timers } from '#net';
import type { AccountQueries, OrderGateway } from '#venues';

/** What it needs. */
export interface DryGatewayParts {
  readonly instruments: InstrumentTable;
  readonly timers: Timers;
  readonly cashAtoms: bigint;
  readonly onEvent: (event: ExecutionEvent) => void;
  /** Hears every order in words. */
  readonly onWouldSend: (words: string, order: OrderRequest) => void;
}

const REASON = 'dry run: nothing is sent';

/** Sends nothing. */
export class DryGateway implements OrderGateway, AccountQueries {
  readonly #parts: DryGatewayParts;
  #count = 0;

  constructor(parts: DryGatewayParts) {
    this.#parts = parts;
  }

  /** Orders that would have been sent. */
  get count(): number {
    return this.#count;
  }

  submit(approved: RiskApproved<OrderRequest>, nowUs: number): void {
    assertRiskApproved(approved);
    const request = approved.value;
    this.#count++;
    this.#parts.onWouldSend(this.#words(request), request);
    const { clientOrderId, instrumentIx } = request;
    const times = { tsVenueUs: nowUs, tsLocalUs: nowUs };
    const named = { clientOrderId, venueOrderId: `dry-${this.#count}`, instrumentIx, ...times };
    this.#parts.timers.after(0, () => {
      this.#parts.onEvent({ kind: 'order-accepted', ...named });
      this.#parts.onEvent({ kind: 'order-canceled', ...named, reason: REASON });
    });
  }

  cancel(): void {
    // Every order has ended before its end can be asked for.
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    return [];
  }

  async order(): Promise<VenueOrder | null> {
    return null;
  }

  async account(): Promise<VenueAccount> {
    const { cashAtoms, timers } = this.#parts;
    return { tsVenueUs: timers.nowUs(), cashAtoms, positions: [] };
  }

  #words({ instrumentIx, priceTicks, qtyLots, reduceOnly, side, triggerTicks, type }: OrderRequest): string {
    const instrument = this.#parts.instruments.at(instrumentIx);
    const { baseAsset, qtyDecimals, symbol } = instrument;
    const at = priceTicks === null ? '' : ` at ${priceOf(instrument, priceTicks)}`;
    const from = triggerTicks === null ? '' : ` from ${priceOf(instrument, triggerTicks)}`;
    const kind = `${type.replaceAll('_', ' ')}${reduceOnly ? ', reduce-only' : ''}`;
    return `would send: ${side} ${formatDecimal(qtyLots, qtyDecimals)} ${baseAsset} of ${symbol}${at}${from} (${kind})`;
  }
}
