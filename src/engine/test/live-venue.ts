/**
 * A venue that outlives its traders and tells nothing twice, in simulated time: what truly is there (orders, fills, position, money), with everything that can go wrong
 * between it and a trader under the hand of a test. One instrument; prints come every second.
 */
import { assert, type EpochUs, TimedHeap, US_PER_SECOND } from '#core';
import type {
  ExecutionEvent,
  FillEvent,
  InstrumentIx,
  MarketEvent,
  OrderRequest,
  OrderStatus,
  RiskApproved,
  Side,
  VenueAccount,
  VenueOrder,
  VenueRejectCode,
} from '#domain';
import { sideSign } from '#domain';
import type { EarlierOrder, World, WorldEvent } from '#venues';
import { START_US } from './fixture.ts';

const WIRE_US = 2_000;
const ATOMS_PER_TICK_LOT = 10_000n;
/** Five basis points. */
const FEE_PART = 2_000n;

/** What gets lost on the wire. */
export type Loss = 'request' | 'answer';

interface TrueOrder {
  readonly request: Pick<
    OrderRequest,
    'clientOrderId' | 'side' | 'type' | 'qtyLots' | 'priceTicks' | 'triggerTicks'
  >;
  status: OrderStatus;
  filledLots: number;
  updatedUs: EpochUs;
}

/** The venue. */
export class LiveVenue {
  readonly orders = new Map<string, TrueOrder>();
  readonly fills: FillEvent[] = [];
  /** Requests for new orders that arrived, by client order id. */
  readonly arrived: string[] = [];
  nowUs: EpochUs = START_US;
  priceTicks = 300_000;
  positionLots = 0;
  costTickLots = 0n;
  cashAtoms = 10_000n * 100_000_000n;
  /** What the next requests for new orders meet; one each. */
  readonly losses: Loss[] = [];
  /** What the next protective orders are refused with; one each. */
  readonly refusals: VenueRejectCode[] = [];
  /** Nothing is answered. */
  isSilent = false;
  /** The private stream is down: events are lost. */
  isDeaf = false;
  /** Fills are told again when asked for. */
  tellsFills = true;
  /** Hears events for the trader that is connected. */
  tell: (event: ExecutionEvent) => void = () => undefined;

  get open(): readonly TrueOrder[] {
    return [...this.orders.values()].filter(
      ({ status }) => status === 'ACCEPTED' || status === 'PARTIALLY_FILLED',
    );
  }

  /** Takes a request in. */
  receive(request: TrueOrder['request'] & Pick<OrderRequest, 'reduceOnly' | 'label'>): void {
    const loss = this.losses.shift();
    if (loss === 'request') return;
    const { clientOrderId, label } = request;
    this.arrived.push(clientOrderId);
    assert(!this.orders.has(clientOrderId), `order ${clientOrderId} arrives once`);
    const wasDeaf = this.isDeaf;
    this.isDeaf ||= loss === 'answer';
    const refusal = label === 'SL' ? this.refusals.shift() : undefined;
    const status = refusal === undefined ? 'ACCEPTED' : 'REJECTED';
    this.orders.set(clientOrderId, { request, status, filledLots: 0, updatedUs: this.nowUs });
    if (refusal === undefined) this.#say({ kind: 'order-accepted', ...this.#named(clientOrderId) });
    else this.#say({ kind: 'order-rejected', ...this.#named(clientOrderId), code: refusal, message: '' });
    if (refusal === undefined && request.type === 'market') {
      const closable = Math.max(0, -sideSign(request.side) * this.positionLots);
      this.fill(clientOrderId, request.reduceOnly ? Math.min(closable, request.qtyLots) : request.qtyLots);
      this.end(clientOrderId, 'EXPIRED');
    }
    this.isDeaf = wasDeaf;
  }

  /** Fills an order, in part or as a whole. */
  fill(clientOrderId: string, lots: number): void {
    const order = this.orders.get(clientOrderId);
    if (order === undefined || lots === 0) return;
    const { side } = order.request;
    const qtyLots = Math.min(lots, order.request.qtyLots - order.filledLots);
    order.filledLots += qtyLots;
    order.status = order.filledLots === order.request.qtyLots ? 'FILLED' : 'PARTIALLY_FILLED';
    order.updatedUs = this.nowUs;
    this.#trade(clientOrderId, side, qtyLots, false);
  }

  /** Trades for the account without any order of this program: a liquidation, or a person. */
  tradeElsewhere(side: Side, qtyLots: number, isLiquidation = false): void {
    this.#trade('', side, qtyLots, isLiquidation);
  }

  /** Ends an order that lives. */
  end(clientOrderId: string, status: 'CANCELED' | 'EXPIRED'): void {
    const order = this.orders.get(clientOrderId);
    if (order === undefined || (order.status !== 'ACCEPTED' && order.status !== 'PARTIALLY_FILLED')) return;
    order.status = status;
    order.updatedUs = this.nowUs;
    const kind = status === 'CANCELED' ? 'order-canceled' : 'order-expired';
    this.#say({ kind, ...this.#named(clientOrderId), reason: 'over' });
  }

  /** Rests an order that this program has not sent in this life. */
  rest(clientOrderId: string, form: Omit<TrueOrder['request'], 'clientOrderId'>): void {
    const request = { ...form, clientOrderId };
    this.orders.set(clientOrderId, { request, status: 'ACCEPTED', filledLots: 0, updatedUs: this.nowUs });
  }

  /** Returns an order as the venue tells it. */
  shown(clientOrderId: string): VenueOrder | null {
    const order = this.orders.get(clientOrderId);
    if (order === undefined) return null;
    const { filledLots, request, status, updatedUs } = order;
    return { ...request, venueOrderId: `v-${clientOrderId}`, instrumentIx: 0, status, filledLots, updatedUs };
  }

  #trade(clientOrderId: string, side: Side, qtyLots: number, isLiquidation: boolean): void {
    const notional = BigInt(this.priceTicks * qtyLots);
    const feeAtoms = (notional * ATOMS_PER_TICK_LOT) / FEE_PART;
    const signedLots = sideSign(side) * qtyLots;
    this.#book(signedLots);
    this.cashAtoms -= feeAtoms;
    const execId = `f${this.fills.length}`;
    const fill: FillEvent = {
      ...{ kind: 'fill', ...this.#named(clientOrderId), execId, side, qtyLots, leavesLots: 0, feeAtoms },
      ...{ priceTicks: this.priceTicks, liquidity: 'taker', isLiquidation },
    };
    this.fills.push(fill);
    this.#say(fill);
  }

  /** Average cost, as the portfolio has it; quantities here divide without a rest. */
  #book(signedLots: number): void {
    const before = this.positionLots;
    const closing = before * signedLots < 0 ? Math.min(Math.abs(before), Math.abs(signedLots)) : 0;
    if (closing > 0) {
      const closedCost = (this.costTickLots * BigInt(closing)) / BigInt(Math.abs(before));
      const got = BigInt(Math.sign(before) * closing * this.priceTicks);
      this.cashAtoms += (got - closedCost) * ATOMS_PER_TICK_LOT;
      this.costTickLots -= closedCost;
    }
    const opened = signedLots - Math.sign(signedLots) * closing;
    this.costTickLots += BigInt(opened * this.priceTicks);
    this.positionLots = before + signedLots;
  }

  #named(clientOrderId: string) {
    const tsVenueUs = this.nowUs;
    const venueOrderId = clientOrderId === '' ? 'elsewhere' : `v-${clientOrderId}`;
    return { tsVenueUs, tsLocalUs: tsVenueUs, instrumentIx: 0, clientOrderId, venueOrderId };
  }

  #say(event: ExecutionEvent): void {
    if (!this.isDeaf) this.tell(event);
  }
}

/** The venue as one life of a trader sees it. */
export class LiveVenueWorld implements World {
  readonly #venue: LiveVenue;
  readonly #endUs: EpochUs;
  readonly #script: TimedHeap<() => void>;
  readonly #visible = new TimedHeap<MarketEvent | ExecutionEvent>();
  readonly adopted: string[] = [];
  #worldSeq = 0;
  #printUs: EpochUs;

  /** `script` is what happens at its moments, at the venue. */
  constructor(venue: LiveVenue, endUs: EpochUs, script: TimedHeap<() => void>) {
    this.#venue = venue;
    this.#endUs = endUs;
    this.#script = script;
    this.#printUs = venue.nowUs + US_PER_SECOND;
    venue.tell = (event) => {
      const tsLocalUs = event.tsLocalUs + WIRE_US;
      this.#visible.push(tsLocalUs, { ...event, tsLocalUs });
    };
  }

  submit(order: RiskApproved<OrderRequest>, nowUs: EpochUs): void {
    this.#script.push(nowUs + WIRE_US, () => this.#venue.receive(order.value));
  }

  cancel({ clientOrderId }: { readonly clientOrderId: string }, nowUs: EpochUs): void {
    this.#script.push(nowUs + WIRE_US, () => this.#venue.end(clientOrderId, 'CANCELED'));
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    this.#assertAnswering();
    return this.#venue.open.flatMap(({ request }) => this.#venue.shown(request.clientOrderId) ?? []);
  }

  async order(clientOrderId: string): Promise<VenueOrder | null> {
    this.#assertAnswering();
    return this.#venue.shown(clientOrderId);
  }

  async account(): Promise<VenueAccount> {
    this.#assertAnswering();
    const { cashAtoms, costTickLots, nowUs, positionLots } = this.#venue;
    const position = { instrumentIx: 0, qtyLots: positionLots, costTickLots };
    return { tsVenueUs: nowUs, cashAtoms, positions: positionLots === 0 ? [] : [position] };
  }

  adopt(orders: readonly EarlierOrder[]): void {
    this.adopted.push(...orders.map(({ request }) => request.clientOrderId));
  }

  async tellFills(_: InstrumentIx, fromUs: EpochUs): Promise<void> {
    if (!this.#venue.tellsFills) return;
    const tsLocalUs = this.#venue.nowUs + WIRE_US;
    for (const fill of this.#venue.fills)
      if (fill.tsVenueUs >= fromUs) this.#visible.push(tsLocalUs, { ...fill, tsLocalUs, isRecalled: true });
  }

  advance(limitUs: EpochUs): WorldEvent | 'idle' | 'end' {
    for (;;) {
      const scriptUs = this.#script.nextTsUs;
      const visibleUs = this.#visible.nextTsUs;
      const nextUs = Math.min(scriptUs, visibleUs, this.#printUs);
      if (nextUs > limitUs) {
        this.#venue.nowUs = Math.max(this.#venue.nowUs, limitUs);
        return 'idle';
      }
      if (nextUs > this.#endUs) return 'end';
      this.#venue.nowUs = Math.max(this.#venue.nowUs, nextUs);
      if (scriptUs === nextUs) this.#script.pop()?.();
      else if (visibleUs === nextUs) {
        const event = this.#visible.pop();
        assert(event !== undefined, 'an event is due');
        return { worldSeq: ++this.#worldSeq, event };
      } else this.#print();
    }
  }

  resumeAfter(worldSeq: number): number {
    this.#worldSeq = worldSeq;
    return worldSeq;
  }

  async close(): Promise<void> {
    // Holds nothing open.
  }

  #print(): void {
    const at = { instrumentIx: 0, tsVenueUs: this.#printUs, tsLocalUs: this.#printUs };
    const tradeId = this.#printUs / US_PER_SECOND;
    const { priceTicks } = this.#venue;
    this.#visible.push(this.#printUs, {
      kind: 'trade',
      ...at,
      tradeId,
      priceTicks,
      qtyLots: 1,
      takerSide: 'buy',
    });
    this.#printUs += US_PER_SECOND;
  }

  #assertAnswering(): void {
    if (this.#venue.isSilent) throw new Error('no answer');
  }
}
