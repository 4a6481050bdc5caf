/**
 * The gateway of a real venue: what the house sends goes out as signed requests, what the venue says comes back as events, from whichever side it is heard
 * first. A lost answer is resolved by asking under the same client order id until the venue has said what became of it; nothing is ever sent twice.
 */
import { assert, type EpochUs, US_PER_SECOND } from '#core';
import {
  assertRiskApproved,
  type ExecutionEvent,
  type InstrumentIx,
  isConditionalType,
  isFinalStatus,
  type OrderRequest,
  type OrderStatus,
  type RiskApproved,
  type VenueAccount,
  type VenueOrder,
  type VenueRejectCode,
} from '#domain';
import type { Timers } from '#net';
import type {
  EntryAdapter,
  EntryInstrument,
  ExactAmount,
  FillRecord,
  OrderRecord,
  PlacedRecord,
  PrivateSink,
} from '../entry/index.ts';
import type { AccountQueries, AccountRecovery, EarlierOrder, OrderGateway } from '../port.ts';
import { AccountMoney, type AccountMoneyParts } from './account-money.ts';
import { AccountQuestions } from './account-questions.ts';
import type { EntryOutcome, EntrySender } from './entry-sender.ts';
import { FillsQuestions } from './fills-questions.ts';
import { HeldFills } from './held-fills.ts';
import { FILLS_SLACK_US, MissingFills } from './missing-fills.ts';
import { isEnded, refOf, type SentOrder, SentOrders } from './sent-orders.ts';
import { entryOrderOf, fillEventOf, progressOf, unsaidOf } from './venue-records.ts';

/** Times of a gateway. */
export interface EntryGatewayOptions {
  /** An entry order that could not be sent within that is given up: its decision is too old. */
  readonly entryLifeUs: number;
  /** First question after a lost answer; later ones after twice as long each, up to ten times. */
  readonly askAfterUs: number;
  /** An order that the venue does not know is believed to be absent so long after it was sent, and not before: a request may still be under way. */
  readonly absentAfterUs: number;
  /** While the private stream is down, everything open is asked for so often. */
  readonly pollEveryUs: number;
}

/** What a gateway does unless told otherwise. */
export const ENTRY_GATEWAY_DEFAULTS: EntryGatewayOptions = {
  entryLifeUs: 5 * US_PER_SECOND,
  askAfterUs: US_PER_SECOND,
  absentAfterUs: 20 * US_PER_SECOND,
  pollEveryUs: 10 * US_PER_SECOND,
};

/** What a gateway is made of. */
export interface EntryGatewayParts extends AccountMoneyParts {
  readonly adapter: EntryAdapter;
  readonly sender: EntrySender;
  readonly timers: Timers;
  readonly instruments: readonly EntryInstrument[];
  readonly onEvent: (event: ExecutionEvent) => void;
  readonly options: EntryGatewayOptions;
}

/** Fills and payments of funding that are remembered, so that one that is told twice counts once. */
const EXEC_IDS_MAX = 8_192;

/** The gateway of one account at one venue. */
export class EntryGateway implements OrderGateway, AccountQueries, AccountRecovery, PrivateSink {
  readonly orders: SentOrders;
  readonly #parts: EntryGatewayParts;
  readonly #instruments: ReadonlyMap<InstrumentIx, EntryInstrument>;
  readonly #fills: FillsQuestions;
  readonly #money: AccountMoney;
  readonly #execIds = new Set<string>();
  readonly #questions: AccountQuestions;
  /** Fills that were heard by asking for them. */
  readonly #recalled = new WeakSet<FillRecord>();
  readonly #missing: MissingFills;
  readonly #held: HeldFills;
  #isStreamUp = false;
  #isPolling = false;
  /** True while a look that was not answered waits to be repeated. */
  #isLookWanted = false;
  #isStopped = false;

  constructor(parts: EntryGatewayParts) {
    this.#parts = parts;
    this.orders = new SentOrders(parts.adapter.areConditionalIdsApart);
    this.#instruments = new Map(parts.instruments.map((instrument) => [instrument.ix, instrument]));
    this.#money = new AccountMoney(parts);
    this.#fills = new FillsQuestions({
      ...parts,
      againAfterUs: parts.options.pollEveryUs,
      onFill: (fill) => {
        this.#recalled.add(fill);
        this.onFill(fill);
      },
    });
    this.#questions = new AccountQuestions(parts);
    const { askAfterUs } = parts.options;
    this.#missing = new MissingFills({ ...parts, fills: this.#fills, askAfterUs });
    this.#held = new HeldFills({
      ...{ ...parts, orders: this.orders, askAfterUs },
      onOrder: (record) => this.onOrder(record),
      onFill: (record) => this.#tellFill(record),
    });
  }

  adopt(orders: readonly EarlierOrder[], sentUs: EpochUs): void {
    for (const { request, wasThere } of orders) {
      const { clientOrderId, instrumentIx, qtyLots, side, type } = request;
      if (this.orders.find(clientOrderId) !== undefined) continue;
      const instrument = this.#instrument(instrumentIx);
      this.orders.add({
        ...{ clientOrderId, instrument, side, qtyLots, sentUs, wasThere },
        isConditional: isConditionalType(type),
      });
    }
    // A stream that is up tells of what happens from now on; what has happened is asked for.
    if (this.#isStreamUp) this.#look();
  }

  tellFills(instrumentIx: InstrumentIx, fromUs: EpochUs): Promise<void> {
    const instrument = this.#instrument(instrumentIx);
    // Fills that wait for the name of their order are not told yet.
    return new Promise((resolve) =>
      this.#fills.fetch({ instrument, sentUs: fromUs - FILLS_SLACK_US }, () => this.#held.whenEmpty(resolve)),
    );
  }

  submit(approved: RiskApproved<OrderRequest>, nowUs: EpochUs): void {
    assertRiskApproved(approved);
    const { adapter, options, sender } = this.#parts;
    const request = approved.value;
    const { clientOrderId, label, qtyLots, side, type } = request;
    const instrument = this.#instrument(request.instrumentIx);
    const order = entryOrderOf(request, instrument);
    const isConditional = isConditionalType(type);
    const sent = this.orders.add({ clientOrderId, instrument, side, qtyLots, isConditional, sentUs: nowUs });
    const obstacle = unsaidOf(request) ?? adapter.unsupported(order);
    if (obstacle !== null) {
      this.#parts.timers.after(0, () => this.#reject(sent, 'other', obstacle));
      return;
    }
    const untilUs = label === 'ENTRY' ? nowUs + options.entryLifeUs : Number.POSITIVE_INFINITY;
    sender.send(adapter.place(order), (outcome) => this.#onPlaced(sent, outcome), untilUs);
  }

  cancel(
    { clientOrderId, instrumentIx }: { readonly clientOrderId: string; readonly instrumentIx: InstrumentIx },
    nowUs: EpochUs,
  ): void {
    const { timers } = this.#parts;
    const sent = this.orders.find(clientOrderId);
    if (sent === undefined) {
      const message = 'this program has not sent it';
      const named = { clientOrderId, venueOrderId: '', instrumentIx, tsVenueUs: nowUs, tsLocalUs: nowUs };
      timers.after(0, () =>
        this.#parts.onEvent({ kind: 'cancel-rejected', ...named, code: 'unknown_order', message }),
      );
      return;
    }
    sent.isCancelWanted = true;
    this.#sendCancel(sent);
  }

  /** The private stream is up: everything from now on is heard. */
  onStreamUp(): void {
    this.#isStreamUp = true;
    this.#look();
  }

  /** The private stream is down: what is open is asked for until it is up. */
  onStreamDown(): void {
    this.#isStreamUp = false;
    this.#poll();
  }

  /** Asks nothing any more. */
  stop(): void {
    this.#isStopped = true;
    this.#fills.stop();
    this.#missing.stop();
    this.#held.stop();
  }

  openOrders(): Promise<readonly VenueOrder[]> {
    return this.#questions.openOrders();
  }

  order(clientOrderId: string, instrumentIx: InstrumentIx): Promise<VenueOrder | null> {
    const sent = this.orders.find(clientOrderId);
    const instrument = this.#instrument(instrumentIx);
    const plain = { instrument, clientOrderId, venueOrderId: null, isConditional: false };
    return this.#questions.order(sent === undefined ? plain : refOf(sent));
  }

  account(): Promise<VenueAccount> {
    return this.#questions.account();
  }

  onOrder(record: OrderRecord): void {
    const sent = this.orders.of(record);
    if (sent === undefined) {
      const { clientOrderId, instrument, status, venueOrderId } = record;
      this.#parts.onNotice(
        'foreign_order',
        `${instrument.symbol} ${clientOrderId || venueOrderId} ${status}`,
      );
      return;
    }
    this.#name(sent, record);
    sent.isInDoubt = false;
    this.#held.retry();
    // The end of an order is told after its fills, which may come another way.
    if (isFinalStatus(record.status) && record.filledLots > sent.filledLots) {
      this.#missing.fetch(sent, record.filledLots, () => this.#tell(sent, record));
      return;
    }
    this.#tell(sent, record);
    if (record.filledLots > sent.filledLots) this.#missFills(sent, record.filledLots);
  }

  onFill(record: FillRecord): void {
    if (this.#execIds.has(record.execId)) return;
    const sent = this.orders.of(record);
    if (sent !== undefined || !this.#held.hold(record)) this.#tellFill(record);
  }

  #tellFill(record: FillRecord): void {
    const { execId, instrument, qtyLots } = record;
    if (this.#execIds.has(execId)) return;
    const sent = this.orders.of(record);
    this.#noteExecId(execId);
    if (sent === undefined) this.#parts.onNotice('foreign_fill', `${instrument.symbol} ${execId}`);
    else sent.filledLots += qtyLots;
    const leavesLots = Math.max(0, (sent?.qtyLots ?? 0) - (sent?.filledLots ?? 0));
    const clientOrderId = sent?.clientOrderId ?? record.clientOrderId;
    const isRecalled = this.#recalled.has(record);
    const told = { clientOrderId, leavesLots, feeAtoms: this.#money.feeAtoms(record), isRecalled };
    this.#parts.onEvent(fillEventOf(record, told, this.#parts.timers.nowUs()));
  }

  onBalance(): void {
    // Balances are asked for when both sides are compared.
  }

  onPosition(): void {
    // Positions follow from fills; the venue's are asked for when both sides are compared.
  }

  onFunding(instrument: EntryInstrument | null, amount: ExactAmount, tsVenueUs: EpochUs): void {
    // Two connections are heard at a time while one replaces the other: what both say counts once.
    const key = `funding ${instrument?.ix ?? ''} ${tsVenueUs} ${amount.units}e-${amount.decimals} ${amount.asset}`;
    if (this.#execIds.has(key)) return;
    this.#noteExecId(key);
    const amountAtoms = this.#money.fundingAtoms(instrument, amount);
    if (instrument === null || amountAtoms === null) return;
    const facts = { rateE12: 0, positionLots: 0, markTicks: 0 };
    const times = { tsVenueUs, tsLocalUs: this.#parts.timers.nowUs() };
    const instrumentIx = instrument.ix;
    this.#parts.onEvent({ kind: 'funding-payment', ...times, instrumentIx, amountAtoms, ...facts });
  }

  onStreamEnd(): void {
    // The stream itself opens another connection.
  }

  onNotice(detail: string): void {
    this.#parts.onNotice('private_stream', detail);
  }

  /** Some venues stream orders, but no fills; others tell them a moment later. */
  #missFills(sent: SentOrder, filledLots: number): void {
    this.#parts.timers.after(this.#parts.options.askAfterUs, () => {
      if (this.#isStopped || sent.filledLots >= filledLots) return;
      this.#missing.fetch(sent, filledLots, () => undefined);
    });
  }

  /** What a triggered order became is another order at the venue: cancelled, asked for and filled by that one's id. */
  #name(sent: SentOrder, { isConditional, triggeredOrderId, venueOrderId }: OrderRecord): void {
    this.orders.named(sent, venueOrderId, isConditional, isConditional === sent.isConditional);
    if (!isConditional || triggeredOrderId === null) return;
    this.orders.named(sent, triggeredOrderId, false);
    sent.isConditional = false;
  }

  #noteExecId(execId: string): void {
    this.#execIds.add(execId);
    for (const oldest of this.#execIds) {
      if (this.#execIds.size <= EXEC_IDS_MAX) return;
      this.#execIds.delete(oldest);
    }
  }

  #onPlaced(sent: SentOrder, outcome: EntryOutcome<PlacedRecord>): void {
    switch (outcome.kind) {
      case 'good': {
        const { order, venueOrderId } = outcome.value;
        this.orders.named(sent, venueOrderId, sent.isConditional);
        this.#held.retry();
        if (order !== null) this.onOrder(order);
        else if (sent.told === null) this.#emit(sent, 'ACCEPTED', this.#parts.timers.nowUs(), '');
        return;
      }
      case 'refused':
        // An id that is taken is ours: the order is there.
        if (outcome.code === 'duplicate_client_order_id') this.#doubt(sent, outcome.message);
        else this.#reject(sent, outcome.code, `${outcome.venueCode} ${outcome.message}`.trim());
        return;
      case 'failed':
        this.#reject(sent, 'other', `it was not sent: ${outcome.message}`);
        return;
      case 'unknown':
        this.#doubt(sent, outcome.message);
    }
  }

  #sendCancel(sent: SentOrder): void {
    const { adapter, sender } = this.#parts;
    const isEarly = sent.told === null;
    sender.send(adapter.cancel(refOf(sent)), (outcome) => this.#onCanceled(sent, outcome, isEarly));
  }

  /** `isEarly`: nothing was known of the order yet when its end was asked for. */
  #onCanceled(sent: SentOrder, outcome: EntryOutcome<void>, isEarly: boolean): void {
    // A cancel may overtake its order: one that the venue did not know yet is ended once it is there.
    const hasOvertaken = isEarly && outcome.kind === 'refused' && outcome.code === 'unknown_order';
    if (outcome.kind === 'refused' && outcome.code !== 'maintenance' && !hasOvertaken) {
      sent.isCancelWanted = false;
      if (!isEnded(sent)) this.#emitCancelRejected(sent, outcome.code, outcome.message);
    }
    // Done or not, its end is heard on the stream; when that says nothing it is asked for, and found open it is ended again.
    this.#parts.timers.after(this.#parts.options.askAfterUs, () => {
      if (!isEnded(sent)) this.#doubt(sent, 'its end was not heard');
    });
  }

  /** What became of an order is asked for until the venue has said it. */
  #doubt(sent: SentOrder, message: string): void {
    if (sent.isInDoubt || this.#isStopped) return;
    sent.isInDoubt = true;
    this.#parts.onNotice('order_in_doubt', `${sent.clientOrderId}: ${message}`);
    this.#askLater(sent, this.#parts.options.askAfterUs);
  }

  #askLater(sent: SentOrder, delayUs: number): void {
    const { adapter, options, sender, timers } = this.#parts;
    timers.after(delayUs, () => {
      if (!this.#isStillInDoubt(sent)) return;
      sender.send(adapter.order(refOf(sent)), (outcome) => {
        if (!this.#isStillInDoubt(sent)) return;
        if (outcome.kind === 'good' && outcome.value !== null) {
          this.onOrder(outcome.value);
          if (sent.isCancelWanted && !isEnded(sent)) this.#sendCancel(sent);
        } else if (outcome.kind === 'good' && timers.nowUs() - sent.sentUs >= options.absentAfterUs)
          this.#onAbsent(sent);
        else this.#askLater(sent, Math.min(2 * delayUs, 10 * options.askAfterUs));
      });
    });
  }

  /** A word about an order ends the doubt about it, but not about its cancel: found open by whatever message, it is ended again. */
  #isStillInDoubt(sent: SentOrder): boolean {
    if (this.#isStopped || sent.isInDoubt) return !this.#isStopped;
    if (sent.isCancelWanted && !isEnded(sent)) this.#sendCancel(sent);
    return false;
  }

  /** Venues forget orders soon after their end: its fills say whether it was there. */
  #onAbsent(sent: SentOrder): void {
    this.#missing.fetchOnce(sent, () => {
      if (!sent.isInDoubt || this.#isStopped) return;
      sent.isInDoubt = false;
      sent.isPresumedGone = true;
      if (sent.told === null && sent.filledLots === 0 && !sent.wasThere) {
        this.#reject(sent, 'other', 'the venue never saw it');
        return;
      }
      const nowUs = this.#parts.timers.nowUs();
      if (sent.told === null) this.#emit(sent, 'ACCEPTED', nowUs, '');
      if (sent.qtyLots !== null && sent.filledLots >= sent.qtyLots) this.#emit(sent, 'FILLED', nowUs, '');
      else this.#emit(sent, 'CANCELED', nowUs, 'the venue does not know it any more');
    });
  }

  /** Looks after everything that is open; an answer that did not come is asked for again. */
  #look(): void {
    const { adapter, instruments, options, sender, timers } = this.#parts;
    const open = this.orders.open.filter(({ isInDoubt }) => !isInDoubt);
    if (open.length === 0) return;
    const calls = adapter.openOrders(instruments);
    const listed = new Set<SentOrder>();
    let left = calls.length;
    let isWhole = true;
    for (const call of calls) {
      sender.send(call, (outcome) => {
        if (this.#isStopped) return;
        if (outcome.kind === 'good') for (const record of outcome.value) this.#onListed(record, listed);
        else isWhole = false;
        if (--left > 0) return;
        if (!isWhole) {
          if (this.#isLookWanted) return;
          this.#isLookWanted = true;
          timers.after(options.askAfterUs, () => {
            this.#isLookWanted = false;
            if (!this.#isStopped) this.#look();
          });
          return;
        }
        for (const sent of open) {
          if (!isEnded(sent) && !listed.has(sent)) this.#doubt(sent, 'it is not listed as open');
        }
      });
    }
  }

  #onListed(record: OrderRecord, listed: Set<SentOrder>): void {
    const sent = this.orders.of(record);
    if (sent === undefined) return;
    listed.add(sent);
    // Its fills may bear the venue's id alone.
    this.#name(sent, record);
    if (record.filledLots > sent.filledLots)
      this.#missing.fetch(sent, record.filledLots, () => this.onOrder(record));
    else this.onOrder(record);
  }

  #poll(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#parts.timers.after(this.#parts.options.pollEveryUs, () => {
      this.#isPolling = false;
      if (this.#isStreamUp || this.#isStopped) return;
      this.#look();
      this.#poll();
    });
  }

  #tell(sent: SentOrder, { reason, status, tsVenueUs }: OrderRecord): void {
    // Nothing that was refused for good can be late news: the venue has it after all, by a copy of the request.
    if ((sent.isPresumedGone || sent.told === 'REJECTED') && status !== sent.told) {
      this.#parts.onNotice('order_came_back', `${sent.clientOrderId} ${status}`);
      sent.isPresumedGone = false;
      sent.told = null;
    }
    // An answer may be older than what was heard since it was asked for.
    if (sent.told !== null && progressOf(status) <= progressOf(sent.told)) return;
    // The acknowledgement comes first, also when it was overtaken.
    if (sent.told === null && status !== 'ACCEPTED' && status !== 'REJECTED')
      this.#emit(sent, 'ACCEPTED', tsVenueUs, '');
    this.#emit(sent, status, tsVenueUs, reason);
  }

  #emit(sent: SentOrder, status: OrderStatus, tsVenueUs: EpochUs, reason: string): void {
    this.orders.told(sent, status);
    const { onEvent } = this.#parts;
    const named = this.#named(sent, tsVenueUs);
    if (status === 'ACCEPTED') onEvent({ kind: 'order-accepted', ...named });
    else if (status === 'TRIGGERED') onEvent({ kind: 'order-triggered', ...named });
    else if (status === 'CANCELED') onEvent({ kind: 'order-canceled', ...named, reason });
    else if (status === 'EXPIRED') onEvent({ kind: 'order-expired', ...named, reason });
    else if (status === 'REJECTED')
      onEvent({ kind: 'order-rejected', ...named, code: 'other', message: reason });
    // Fills tell the others by themselves.
  }

  #reject(sent: SentOrder, code: VenueRejectCode, message: string): void {
    sent.isInDoubt = false;
    if (sent.told !== null) return;
    this.orders.told(sent, 'REJECTED');
    const named = this.#named(sent, this.#parts.timers.nowUs());
    this.#parts.onEvent({ kind: 'order-rejected', ...named, code, message });
    this.#held.retry();
  }

  #emitCancelRejected(sent: SentOrder, code: VenueRejectCode, message: string): void {
    const named = this.#named(sent, this.#parts.timers.nowUs());
    this.#parts.onEvent({ kind: 'cancel-rejected', ...named, code, message });
  }

  #named({ clientOrderId, instrument, venueOrderId }: SentOrder, tsVenueUs: EpochUs) {
    const tsLocalUs = this.#parts.timers.nowUs();
    const ids = { clientOrderId, venueOrderId: venueOrderId ?? '', instrumentIx: instrument.ix };
    return { ...ids, tsVenueUs, tsLocalUs };
  }

  #instrument(ix: InstrumentIx): EntryInstrument {
    const instrument = this.#instruments.get(ix);
    assert(instrument !== undefined, `instrument ${ix} is traded at ${this.#parts.adapter.venue}`);
    return instrument;
  }
}
