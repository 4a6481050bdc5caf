/**
 * The simulated venue: one account, many instruments, one-way or hedged positions, cross or isolated margin. It is driven from outside, in time order: market
 * events at the moment the venue learns of them (`onMarket`), its own due work (`act`) and the requests that have arrived (`receive`).
 * `docs/specs/matching.md` numbers its rules. It knows no source, no wall clock and nothing of what the trader has seen.
 */
import {
  assert,
  type Checkpointable,
  type EpochUs,
  type Prng,
  stateRecord,
  TimedHeap,
  type TimedHeapState,
} from '#core';
import type {
  AmendRequest,
  ExecutionEvent,
  FillEvent,
  InstrumentIx,
  InstrumentTable,
  MarketEvent,
  OrderRequest,
  VenueAccount,
  VenueOrder,
} from '#domain';
import { SimAccount } from './account.ts';
import { AccountControls } from './account-controls.ts';
import { AccountSettings } from './account-settings.ts';
import { FillStudy, type MarkoutRow } from './adverse/index.ts';
import { amendOutcome } from './amend-rules.ts';
import type { Assumption } from './assumption.ts';
import { assumptionsOf } from './assumptions.ts';
import { DataGaps } from './data-gaps.ts';
import { type FeeModel, feeModelOf } from './fees/index.ts';
import { fundingPaymentAtoms } from './funding.ts';
import { MessageLatency } from './latency/index.ts';
import { Liquidator } from './liquidator.ts';
import { MarginKeeper } from './margin.ts';
import { MarkPrices } from './mark-prices.ts';
import type { Matcher } from './matcher.ts';
import { matcherOf } from './matcher-choice.ts';
import type { SimRules } from './options.ts';
import { OrderDesk } from './order-desk.ts';
import { OrderIntake } from './order-intake.ts';
import type { Refusal } from './order-rules.ts';
import { touchedConditionals } from './resting.ts';
import { compareUrgency, followPrice } from './sim-order.ts';
import { type DataCard, dataCardOf, type SourceFeed } from './source.ts';

/** What a simulated venue is made of. */
export interface SimulatedVenueOptions {
  readonly instruments: InstrumentTable;
  /** What its market data will be: decides how each instrument is matched. */
  readonly feeds: readonly SourceFeed[];
  readonly cashAtoms: bigint;
  readonly rules: SimRules;
  readonly prng: Prng;
  /** Takes each private event, stamped with the moment at which the trader sees it (`tsLocalUs`), in no order but that of the venue. */
  readonly deliver: (event: ExecutionEvent) => void;
}

/** A cancel as it is asked for. */
export interface CancelRequest {
  readonly clientOrderId: string;
  readonly instrumentIx: InstrumentIx;
}

type Request =
  | { readonly kind: 'submit'; readonly order: OrderRequest }
  | { readonly kind: 'cancel'; readonly cancel: CancelRequest }
  | { readonly kind: 'amend'; readonly amend: AmendRequest };

/** Requests that may be on their way at once; a trader that sends more is broken. */
const REQUESTS_MAX = 100_000;
const NEVER = Number.POSITIVE_INFINITY;
const NOT_KNOWN: Refusal = { code: 'unknown_order', message: 'the order is not known' };

/** Matches, charges, settles and liquidates. */
export class SimulatedVenue implements Checkpointable {
  /** What the account has chosen, and its margin. */
  readonly controls: AccountControls;
  readonly #instruments: InstrumentTable;
  readonly #rules: SimRules;
  readonly #cards: readonly (DataCard | null)[];
  readonly #matchers: readonly (Matcher | null)[];
  readonly #actionUs: Float64Array;
  readonly #settings: AccountSettings;
  readonly #account: SimAccount;
  readonly #desk: OrderDesk;
  readonly #marks: MarkPrices;
  readonly #margin: MarginKeeper;
  readonly #liquidator: Liquidator;
  readonly #intake: OrderIntake;
  readonly #latency: MessageLatency;
  readonly #requests = new TimedHeap<Request>(REQUESTS_MAX);
  readonly #fees: FeeModel;
  readonly #gaps: DataGaps;
  readonly #study: FillStudy;
  #nextActionUs = NEVER;
  /** When known paths break the account; `Infinity` when they do not. */
  #breakUs = NEVER;

  constructor(options: SimulatedVenueOptions) {
    const { instruments, rules } = options;
    const fees = rules.costs.fees;
    this.#instruments = instruments;
    this.#rules = rules;
    this.#cards = instruments.all.map((instrument) => dataCardOf(options.feeds, instrument.ix));
    this.#gaps = new DataGaps(instruments, this.#cards);
    const { latency, latencyLegs } = rules;
    this.#latency = new MessageLatency(options.prng.split('latency'), instruments.all, latency, latencyLegs);
    this.#settings = new AccountSettings(instruments, rules.leverage);
    this.#account = new SimAccount(instruments, options.cashAtoms, this.#settings);
    this.#fees = feeModelOf(fees, rules.feeTiers);
    this.#desk = new OrderDesk({
      instruments,
      account: this.#account,
      fees: this.#fees,
      latency: this.#latency,
      ordersKeptMax: rules.ordersKeptMax,
      deliver: (event) => {
        if (event.kind === 'fill') this.#studyFill(event);
        options.deliver(event);
      },
      triggerRefusal: (order, nowUs) => this.#intake.triggerRefusal(order, nowUs),
    });
    this.#matchers = instruments.all.map((instrument, ix) =>
      matcherOf(instrument, this.#cards[ix] ?? null, rules, this.#desk),
    );
    const isStudied = (ix: number): boolean => this.#cards[ix]?.level !== 'candles';
    this.#study = new FillStudy(this.#matchers.map((matcher, ix) => (isStudied(ix) ? matcher : null)));
    this.#actionUs = new Float64Array(instruments.count).fill(NEVER);
    this.#marks = new MarkPrices(this.#matchers, rules.markAgeUsMax);
    const account = this.#account;
    this.#margin = new MarginKeeper({ instruments, account, prices: this.#marks, fees });
    const parts = { instruments, account, desk: this.#desk, margin: this.#margin, marks: this.#marks };
    this.controls = new AccountControls({ ...parts, onChanged: (nowUs) => this.#guard(nowUs) });
    this.#intake = new OrderIntake({ ...parts, cards: this.#cards, rules, matchers: this.#matchers });
    this.#liquidator = new Liquidator({
      ...parts,
      feePpmOf: (instrument) => fees.ppm(instrument.venue, 'taker') + rules.liquidationFeePpm,
    });
  }

  /** When `act` is due next; `Infinity` when nothing is. */
  get nextActionUs(): EpochUs {
    return Math.min(this.#nextActionUs, this.#breakUs);
  }

  /** When the next request arrives; `Infinity` when none is on its way. */
  get nextRequestUs(): EpochUs {
    return this.#requests.nextTsUs;
  }

  /** Puts an order on its way; it arrives after the latency of its venue. */
  submit(order: OrderRequest, nowUs: EpochUs): void {
    this.#send({ kind: 'submit', order }, order.instrumentIx, nowUs);
  }

  /** Puts a cancel on its way. */
  cancel(cancel: CancelRequest, nowUs: EpochUs): void {
    this.#send({ kind: 'cancel', cancel }, cancel.instrumentIx, nowUs);
  }

  /** Puts a change of a limit order on its way (rule M64). */
  amend(amend: AmendRequest, nowUs: EpochUs): void {
    this.#send({ kind: 'amend', amend }, amend.instrumentIx, nowUs);
  }

  /** Takes a market event at the moment the venue learns of it. */
  onMarket(event: MarketEvent, nowUs: EpochUs): void {
    const ix = event.instrumentIx;
    if (!(ix >= 0 && ix < this.#instruments.count))
      assert(false, `a market event names a known instrument, was ${ix}`);
    this.#gaps.onMarket(event, nowUs);
    if (event.kind === 'mark') this.#onMark(ix, event.markTicks, nowUs);
    else if (event.kind === 'funding') this.#settleFunding(ix, event.rateE12, nowUs);
    else {
      const matcher = this.#matchers[ix];
      if (matcher === null || matcher === undefined) return;
      if (event.kind !== 'candle')
        this.#study.beforeEvent(event, nowUs, this.#desk.openOrders(ix).length > 0);
      matcher.onMarket(event, nowUs);
      this.#replan(ix, matcher);
    }
    this.#guard(nowUs);
  }

  /** Carries out what is due: triggers and fills on known paths, or the liquidation of a broken account. */
  act(nowUs: EpochUs): void {
    if (this.#nextActionUs > nowUs) {
      this.#guard(nowUs);
      return;
    }
    const ix = this.#actionUs.indexOf(this.#nextActionUs);
    const matcher = this.#matchers[ix];
    assert(matcher !== null && matcher !== undefined, 'only an instrument with data has something due');
    matcher.act(nowUs);
    this.#replan(ix, matcher);
    this.#guard(nowUs);
  }

  /** Handles the request that has arrived. */
  receive(nowUs: EpochUs): void {
    const request = this.#requests.pop();
    assert(request !== undefined, 'a request is handled when one has arrived');
    if (request.kind === 'submit') this.#onSubmit(request.order, nowUs);
    else if (request.kind === 'cancel') this.#onCancel(request.cancel, nowUs);
    else this.#onAmend(request.amend, nowUs);
    this.#guard(nowUs);
  }

  /** Returns the live orders in order of instrument and arrival. */
  openOrders(): readonly VenueOrder[] {
    return this.#instruments.all.flatMap(({ ix }) =>
      this.#desk.openOrders(ix).map((order) => this.#desk.report(order)),
    );
  }

  /** Returns an order in whatever state; `null` when the venue never saw it or has forgotten it. */
  order(clientOrderId: string, instrumentIx: InstrumentIx): VenueOrder | null {
    const order = this.#desk.find(clientOrderId);
    return order === undefined || order.instrumentIx !== instrumentIx ? null : this.#desk.report(order);
  }

  /** Returns the leverage that applies to an instrument. */
  leverageOf(instrumentIx: InstrumentIx): number {
    return this.#settings.leverageOf(this.#instruments.at(instrumentIx));
  }

  /** Chooses the leverage of one instrument, an integer in [1, its maximum]; whether the account can bear it is for the caller to ask. */
  setLeverage(instrumentIx: InstrumentIx, leverage: number): void {
    this.#settings.setLeverage(this.#instruments.at(instrumentIx), leverage);
  }

  /** Cancels all orders and closes all positions by force (M39), also those of an account that could bear them. */
  liquidate(nowUs: EpochUs): void {
    this.#liquidator.closeAll(nowUs);
    this.#replanAll(nowUs);
  }

  /** Returns cash and positions. */
  accountAt(nowUs: EpochUs): VenueAccount {
    return {
      tsVenueUs: nowUs,
      cashAtoms: this.#account.cashAtoms,
      positions: this.#account.positions(),
    };
  }

  /** Returns what every result of this venue rests on. */
  assumptions(): readonly Assumption[] {
    return assumptionsOf(this.#instruments, this.#cards, this.#rules, this.#settings);
  }

  /** Returns what was missing in the data so far. */
  gaps(): readonly Assumption[] {
    return this.#gaps.assumptions();
  }

  /** Returns how the market moved after the fills so far; all zero where only candles are known. */
  markouts(): readonly MarkoutRow[] {
    return this.#study.rows();
  }

  saveState(): unknown {
    return {
      fees: this.#fees.saveState(),
      gaps: this.#gaps.saveState(),
      study: this.#study.saveState(),
      latency: this.#latency.saveState(),
      account: this.#account.saveState(),
      desk: this.#desk.saveState(),
      matchers: this.#matchers.map((matcher) => matcher?.saveState() ?? null),
      marks: this.#marks.saveState(),
      requests: structuredClone(this.#requests.save()),
      breakUs: this.#breakUs,
      settings: this.#settings.saveState(),
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'simulated venue');
    // Checkpoints of before fees had tiers, and gaps and fills were studied, have none.
    if (record.fees !== undefined) this.#fees.loadState(record.fees);
    if (record.gaps !== undefined) this.#gaps.loadState(record.gaps);
    if (record.study !== undefined) this.#study.loadState(record.study);
    this.#latency.loadState(record.latency);
    // Older checkpoints have the chosen leverages alone, the oldest not even these.
    this.#settings.loadState(
      record.settings ?? { mode: 'one-way', isolated: [], leverages: record.leverages ?? [] },
    );
    this.#account.loadState(record.account);
    this.#desk.loadState(record.desk);
    const saved = record.matchers as readonly unknown[];
    assert(saved.length === this.#matchers.length, 'a saved venue has the same instruments');
    for (const [ix, matcher] of this.#matchers.entries()) {
      if (matcher === null) continue;
      matcher.loadState(saved[ix]);
      this.#actionUs[ix] = matcher.nextActionUs;
    }
    this.#findNextAction();
    this.#marks.loadState(record.marks);
    this.#requests.load(structuredClone(record.requests) as TimedHeapState<Request>);
    this.#breakUs = record.breakUs as number;
  }

  /** A forced close names no order of the desk and is not studied. */
  #studyFill(fill: FillEvent): void {
    const order = this.#desk.find(fill.clientOrderId);
    if (order !== undefined) this.#study.onFill(fill, order);
  }

  #send(request: Request, instrumentIx: InstrumentIx, nowUs: EpochUs): void {
    assert(instrumentIx >= 0 && instrumentIx < this.#instruments.count, 'a request names a known instrument');
    this.#requests.push(this.#latency.arrivalUs('request', instrumentIx, nowUs), request);
  }

  #onSubmit(request: OrderRequest, nowUs: EpochUs): void {
    const known = this.#desk.find(request.clientOrderId);
    if (known !== undefined) {
      this.#desk.answerAgain(known, nowUs);
      return;
    }
    const ix = request.instrumentIx;
    const matcher = this.#matchers[ix] ?? null;
    const place = this.#intake.placeOf(request);
    const refusal = this.#intake.refusalOf(request, place, nowUs);
    if (refusal !== null || matcher === null) {
      const { code, message } = refusal ?? { code: 'no_liquidity', message: 'no data' };
      this.#desk.refuse(request, code, message, nowUs);
      return;
    }
    const order = this.#desk.accept(request, place, nowUs);
    if (order.callbackBps > 0) followPrice(order, this.#intake.triggeringTicks(place, ix, nowUs));
    matcher.enter(order, nowUs);
    this.#replan(ix, matcher);
  }

  /** A mark price brings the orders to life that wait for it; they meet the market of the moment. */
  #onMark(ix: InstrumentIx, markTicks: number, nowUs: EpochUs): void {
    this.#marks.set(ix, markTicks, nowUs);
    const matcher = this.#matchers[ix] ?? null;
    const orders = this.#desk.openOrders(ix);
    if (matcher === null || orders.length === 0) return;
    const touched = touchedConditionals(orders, markTicks, 'mark');
    if (touched.length === 0) return;
    for (const order of touched.sort(compareUrgency)) {
      if (this.#desk.trigger(order, nowUs)) matcher.enter(order, nowUs);
    }
    matcher.onLeft(nowUs);
    this.#replan(ix, matcher);
  }

  #onAmend(request: AmendRequest, nowUs: EpochUs): void {
    const order = this.#desk.find(request.clientOrderId);
    const outcome = amendOutcome(
      request,
      order,
      order === undefined ? null : this.#intake.amendContext(order, nowUs),
    );
    if (outcome.kind === 'refused' || order === undefined) {
      const { code, message } = outcome.kind === 'refused' ? outcome : NOT_KNOWN;
      this.#desk.refuseAmend(request, code, message, nowUs);
      return;
    }
    const ix = order.instrumentIx;
    const matcher = this.#matchers[ix]!;
    if (outcome.kind === 'cancelled') this.#desk.cancel(order, outcome.reason, nowUs);
    else {
      this.#desk.amend(order, outcome, nowUs);
      matcher.onLeft(nowUs);
      if (!outcome.keepsPlace) matcher.enter(order, nowUs);
    }
    matcher.onLeft(nowUs);
    this.#replan(ix, matcher);
  }

  #onCancel(request: CancelRequest, nowUs: EpochUs): void {
    const order = this.#desk.find(request.clientOrderId);
    if (order === undefined || order.phase === 'done') {
      const found = order === undefined ? 'not known' : order.status;
      this.#desk.refuseCancel(request, `the order is ${found}`, nowUs);
      return;
    }
    this.#desk.cancel(order, 'requested', nowUs);
    const matcher = this.#matchers[order.instrumentIx]!;
    matcher.onLeft(nowUs);
    this.#replan(order.instrumentIx, matcher);
  }

  #settleFunding(ix: InstrumentIx, rateE12: number, nowUs: EpochUs): void {
    const instrument = this.#instruments.at(ix);
    for (const positionSide of this.#settings.sidesOf(instrument)) {
      const slot = this.#settings.slotOf(ix, positionSide);
      const positionLots = this.#account.positionLots(slot);
      if (positionLots === 0) continue;
      const markTicks = this.#marks.markTicks(ix, nowUs);
      const amountAtoms = fundingPaymentAtoms({ instrument, positionLots, markTicks, rateE12 });
      this.#account.applyFunding(amountAtoms, slot);
      const payment = { instrumentIx: ix, amountAtoms, rateE12, positionLots, markTicks, positionSide };
      this.#desk.tellFunding(payment, nowUs);
    }
  }

  #replan(ix: InstrumentIx, matcher: Matcher): void {
    const nextUs = matcher.nextActionUs;
    if (this.#actionUs[ix] === nextUs) return;
    this.#actionUs[ix] = nextUs;
    this.#findNextAction();
  }

  #replanAll(nowUs: EpochUs): void {
    for (const [ix, matcher] of this.#matchers.entries()) {
      matcher?.onLeft(nowUs);
      if (matcher !== null) this.#replan(ix, matcher);
    }
  }

  #findNextAction(): void {
    let nextUs = NEVER;
    for (const us of this.#actionUs) if (us < nextUs) nextUs = us;
    this.#nextActionUs = nextUs;
  }

  /** Liquidates a broken account and foresees when known paths will break a sound one. */
  #guard(nowUs: EpochUs): void {
    this.#breakUs = NEVER;
    if (this.#account.openSlots.length === 0 || this.#margin.isFarFromBroken(nowUs)) return;
    if (this.#margin.isBroken(nowUs)) {
      this.#liquidator.liquidate(nowUs);
      this.#replanAll(nowUs);
      // What is isolated and sound lives on.
      if (this.#account.openSlots.length > 0) this.#guard(nowUs);
      return;
    }
    const bends: number[] = [];
    for (const slot of this.#account.openSlots) {
      this.#matchers[this.#settings.instrumentIxOf(slot)]?.addBends(nowUs, bends);
    }
    bends.sort((a, b) => a - b);
    this.#breakUs = this.#margin.breakUs(nowUs, bends);
  }
}
