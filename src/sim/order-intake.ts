/**
 * Where orders come in: what the account makes of a request, why it is refused (rule M6), and what a trigger or a change asks of market and margin.
 * It asks and changes nothing.
 */
import type { EpochUs } from '#core';
import {
  type InstrumentIx,
  type InstrumentTable,
  type OrderRequest,
  oppositeSide,
  type Side,
  type VenueRejectCode,
} from '#domain';
import type { SimAccount } from './account.ts';
import type { AmendContext } from './amend-rules.ts';
import type { MarginKeeper } from './margin.ts';
import type { MarkPrices } from './mark-prices.ts';
import type { Matcher } from './matcher.ts';
import type { SimRules } from './options.ts';
import type { OrderDesk } from './order-desk.ts';
import { isReducing, type Refusal, refusalOfForm, refusalOfMarket, refusalOfSide } from './order-rules.ts';
import { restingOrders } from './resting.ts';
import { leavesOf, type OrderPlace, type SimOrder } from './sim-order.ts';
import type { DataCard } from './source.ts';

/** What an intake looks at. */
export interface OrderIntakeParts {
  readonly instruments: InstrumentTable;
  readonly cards: readonly (DataCard | null)[];
  readonly rules: SimRules;
  readonly account: SimAccount;
  readonly desk: OrderDesk;
  readonly margin: MarginKeeper;
  readonly marks: MarkPrices;
  readonly matchers: readonly (Matcher | null)[];
}

/** The questions of one venue. */
export class OrderIntake {
  readonly #parts: OrderIntakeParts;

  constructor(parts: OrderIntakeParts) {
    this.#parts = parts;
  }

  /** Returns which position an order changes, whether it may only shrink it, and which price triggers it. */
  placeOf(request: OrderRequest): OrderPlace {
    const { account, cards } = this.#parts;
    const { instrumentIx, positionSide = 'both', triggerBy = 'last' } = request;
    return {
      slot: account.settings.slotOf(instrumentIx, positionSide),
      isReducing: isReducing(request),
      // Where no mark price is recorded the last price stands in for it (M61).
      triggerBy: cards[instrumentIx]?.hasMark === true ? triggerBy : 'last',
    };
  }

  /** Returns the price that triggers an order now; `NaN` before the first one. */
  triggeringTicks({ triggerBy }: OrderPlace, ix: InstrumentIx, nowUs: EpochUs): number {
    const { marks, matchers } = this.#parts;
    const lastTicks = matchers[ix]?.lastTicks(nowUs) ?? Number.NaN;
    return triggerBy === 'mark' && !Number.isNaN(lastTicks) ? marks.markTicks(ix, nowUs) : lastTicks;
  }

  /** Returns why an arriving order is refused, `null` when it is taken in. */
  refusalOf(request: OrderRequest, place: OrderPlace, nowUs: EpochUs): Refusal | null {
    const { account, desk, instruments, rules } = this.#parts;
    const instrument = instruments.at(request.instrumentIx);
    const formal =
      refusalOfForm(request, instrument) ?? refusalOfSide(request, account.settings.sidesOf(instrument));
    if (formal !== null) return formal;
    const ofMarket = this.#refusalOfMarket(request, place, nowUs);
    if (ofMarket !== null) return ofMarket;
    if (desk.openCount >= rules.ordersOpenMax) {
      return { code: 'too_many_orders', message: `at most ${rules.ordersOpenMax} orders are open` };
    }
    const isConditional = request.triggerTicks !== null || request.type === 'trailing_stop';
    return isConditional || place.isReducing ? null : this.#marginRefusal(request, nowUs);
  }

  /** Returns why a triggered order may not trade: margin is not frozen for a conditional order, it is asked for when it triggers. */
  triggerRefusal(order: SimOrder, nowUs: EpochUs): VenueRejectCode | null {
    if (order.isReducing) return null;
    const { instrumentIx, side } = order;
    return this.#marginRefusal({ instrumentIx, side, qtyLots: leavesOf(order) }, nowUs)?.code ?? null;
  }

  /** Returns what a change of an order has to be held against. */
  amendContext({ instrumentIx, side }: SimOrder, nowUs: EpochUs): AmendContext {
    const { instruments, matchers } = this.#parts;
    return {
      instrument: instruments.at(instrumentIx),
      touchTicks: matchers[instrumentIx]?.touchTicks(side, nowUs) ?? Number.NaN,
      ownOppositeTicks: this.#bestOwnTicks(instrumentIx, oppositeSide(side)),
      marginRefusal: (qtyLots) => this.#marginRefusal({ instrumentIx, side, qtyLots }, nowUs),
    };
  }

  #refusalOfMarket(request: OrderRequest, place: OrderPlace, nowUs: EpochUs): Refusal | null {
    const { account, instruments, matchers } = this.#parts;
    const { instrumentIx: ix, side, triggerTicks } = request;
    const matcher = matchers[ix] ?? null;
    return refusalOfMarket(request, {
      instrument: instruments.at(ix),
      positionLots: account.positionLots(place.slot),
      isReducing: place.isReducing,
      lastTicks: matcher?.lastTicks(nowUs) ?? Number.NaN,
      triggeringTicks: triggerTicks === null ? Number.NaN : this.triggeringTicks(place, ix, nowUs),
      touchTicks: matcher?.touchTicks(side, nowUs) ?? Number.NaN,
      takeableLots: (limitTicks) => matcher?.takeableLots(side, limitTicks, nowUs) ?? 0,
      ownOppositeTicks: this.#bestOwnTicks(ix, oppositeSide(side)),
    });
  }

  #bestOwnTicks(ix: InstrumentIx, side: Side): number {
    return restingOrders(this.#parts.desk.openOrders(ix), side)[0]?.priceTicks ?? Number.NaN;
  }

  #marginRefusal(
    wish: Pick<OrderRequest, 'instrumentIx' | 'side' | 'qtyLots'>,
    nowUs: EpochUs,
  ): Refusal | null {
    const { desk, instruments, margin } = this.#parts;
    const { instrumentIx, qtyLots, side } = wish;
    const code = margin.refusalOf(
      { instrument: instruments.at(instrumentIx), side, qtyLots },
      (ix, ofSide) => desk.openingLots(ix, ofSide),
      nowUs,
    );
    if (code === null) return null;
    return code === 'leverage'
      ? { code, message: 'the margin tiers do not allow such a position at this leverage' }
      : { code, message: 'equity does not cover the initial margin and the fee' };
  }
}
