/**
 * A market source and the simulated venue in lock step with the trader: simulated time passes only when the trader asks for it, and the
 * trader sees an event only at its local time. Same seed, same source, same commands: the same bytes, also through `saveState`/`loadState`.
 * Invariant: nothing of a market event reaches the trader before its `tsLocalUs`; a candle is known to the venue at its open and shown at its close.
 */
import {
  assert,
  type Checkpointable,
  type EpochUs,
  stateRecord,
  TimedHeap,
  type TimedHeapState,
  XylenError,
} from '#core';
import {
  type AmendRequest,
  assertRiskApproved,
  type ExecutionEvent,
  type InstrumentIx,
  type MarketEvent,
  type OrderRequest,
  type RiskApproved,
  type VenueAccount,
  type VenueOrder,
} from '#domain';
import type { World, WorldEvent } from '#venues';
import type { AccountControls } from './account-controls.ts';
import type { MarkoutRow } from './adverse/index.ts';
import type { Assumption } from './assumption.ts';
import { FeedLatency } from './latency/index.ts';
import { type CancelRequest, SimulatedVenue, type SimulatedVenueOptions } from './simulated-venue.ts';
import { learnedUs, type PacedSource, type Quiet } from './source.ts';

/** What a simulated world is made of; the feeds of the venue are those of the source. */
export interface SimulatedWorldOptions extends Omit<SimulatedVenueOptions, 'feeds' | 'deliver'> {
  readonly source: PacedSource;
}

type VisibleEvent = MarketEvent | ExecutionEvent;
type Step = WorldEvent | 'idle' | 'end';

/** The simulated venue and its market, in this process. */
export class SimulatedWorld implements World, Checkpointable {
  readonly #source: PacedSource;
  readonly #venue: SimulatedVenue;
  /** What market data take to the trader where that is assumed; `null` = as they were recorded. */
  readonly #feed: FeedLatency | null;
  /** Events on their way to the trader, by the moment at which it sees them. */
  readonly #visible = new TimedHeap<VisibleEvent>();
  /** The next market event; `undefined` = not read yet, `null` = exhausted. */
  #head: MarketEvent | null | undefined = undefined;
  /** When the next event is learned; while it is not read, no event will be learned before. */
  #headUs = 0;
  #nowUs = 0;
  #worldSeq = 0;
  #lateCount = 0;
  #isReading = false;

  constructor(options: SimulatedWorldOptions) {
    const { source, ...venue } = options;
    this.#source = source;
    const { instruments, prng, rules } = venue;
    const feed = new FeedLatency(prng.split('feed'), instruments.all, rules.latencyLegs);
    this.#feed = feed.isAny ? feed : null;
    this.#venue = new SimulatedVenue({
      ...venue,
      feeds: source.feeds,
      deliver: (event) => this.#visible.push(event.tsLocalUs, event),
    });
  }

  /** Events that came with an earlier venue time than one before them (M42). */
  get lateCount(): number {
    return this.#lateCount;
  }

  /** Number of the last event that the trader has seen. */
  get worldSeq(): number {
    return this.#worldSeq;
  }

  /** The present moment; 0 before the first event. */
  get nowUs(): EpochUs {
    return this.#nowUs;
  }

  submit(order: RiskApproved<OrderRequest>, nowUs: EpochUs): void {
    assertRiskApproved(order);
    this.receiveOrder(order.value, nowUs);
  }

  /**
   * Takes an order on the venue's side of the wire, for a host that got it from another process, where the gateway of the trader has checked
   * the seal of risk. Traders use `submit`.
   */
  receiveOrder(order: OrderRequest, nowUs: EpochUs): void {
    this.#assertPresent(nowUs);
    this.#venue.submit(order, nowUs);
  }

  cancel(request: CancelRequest, nowUs: EpochUs): void {
    this.#assertPresent(nowUs);
    this.#venue.cancel(request, nowUs);
  }

  /** Asks for a change of a limit order; it is answered by `order-amended`, `amend-rejected` or the end of the order. */
  amend(request: AmendRequest, nowUs: EpochUs): void {
    this.#assertPresent(nowUs);
    this.#venue.amend(request, nowUs);
  }

  /** What the account has chosen at the venue, and its margin; changes take effect at once, without latency. */
  get controls(): AccountControls {
    return this.#venue.controls;
  }

  advance(limitUs: EpochUs): Step | Promise<Step> {
    assert(!this.#isReading, 'advance is called again after its promise has settled');
    assert(!Number.isNaN(limitUs), 'the limit of advance is a moment');
    while (true) {
      if (this.#head === undefined) {
        const wantedUs = Math.min(limitUs, this.#nextOwnUs());
        if (wantedUs >= this.#headUs) {
          const next = this.#source.next(wantedUs);
          if (next instanceof Promise) return this.#advanceLater(next, limitUs);
          this.#takeHead(next);
        }
      }
      const step = this.#step(limitUs);
      if (step !== undefined) return step;
    }
  }

  /** Only the state restored by `loadState` can be resumed in the process. @throws XY_CHECKPOINT_INVALID for any other event. */
  resumeAfter(worldSeq: number): number {
    if (worldSeq === this.#worldSeq) return worldSeq;
    throw new XylenError(
      'XY_CHECKPOINT_INVALID',
      `the world stands after event ${this.#worldSeq} and cannot resume after ${worldSeq}`,
      { fields: { worldSeq: this.#worldSeq, asked: worldSeq } },
    );
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    return this.#venue.openOrders();
  }

  async order(clientOrderId: string, instrumentIx: InstrumentIx): Promise<VenueOrder | null> {
    return this.#venue.order(clientOrderId, instrumentIx);
  }

  async account(): Promise<VenueAccount> {
    return this.#venue.accountAt(this.#nowUs);
  }

  /** Returns what every result of this world rests on. */
  assumptions(): readonly Assumption[] {
    return this.#venue.assumptions();
  }

  /** Returns what was missing in the data up to now, late events included. */
  gaps(): readonly Assumption[] {
    if (this.#lateCount === 0) return this.#venue.gaps();
    const text = 'Recorded events with an earlier venue time than one before them counted when they came.';
    return [...this.#venue.gaps(), { key: 'late-events', value: `${this.#lateCount}`, text }];
  }

  /** Returns how the market moved after the fills up to now. */
  markouts(): readonly MarkoutRow[] {
    return this.#venue.markouts();
  }

  async close(): Promise<void> {
    // Holds nothing open; sources end with their iterators.
  }

  saveState(): unknown {
    assert(!this.#isReading, 'a world is saved between two calls of advance');
    return {
      head: structuredClone(this.#head),
      headUs: this.#headUs,
      nowUs: this.#nowUs,
      worldSeq: this.#worldSeq,
      lateCount: this.#lateCount,
      visible: structuredClone(this.#visible.save()),
      venue: this.#venue.saveState(),
      source: this.#source.saveState(),
      feed: this.#feed?.saveState() ?? null,
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'simulated world');
    this.#head = structuredClone(record.head) as MarketEvent | null | undefined;
    this.#headUs = record.headUs as number;
    this.#nowUs = record.nowUs as number;
    this.#worldSeq = record.worldSeq as number;
    this.#lateCount = record.lateCount as number;
    this.#visible.load(structuredClone(record.visible) as TimedHeapState<VisibleEvent>);
    this.#venue.loadState(record.venue);
    this.#source.loadState(record.source);
    // Checkpoints of before feeds had rules hold none.
    if (this.#feed !== null && record.feed !== undefined) this.#feed.loadState(record.feed);
  }

  /** When something happens that needs no market event. */
  #nextOwnUs(): EpochUs {
    const { nextActionUs, nextRequestUs } = this.#venue;
    return Math.min(nextActionUs, nextRequestUs, this.#visible.nextTsUs);
  }

  async #advanceLater(next: Promise<MarketEvent | Quiet | undefined>, limitUs: EpochUs): Promise<Step> {
    this.#isReading = true;
    try {
      this.#takeHead(await next);
    } finally {
      this.#isReading = false;
    }
    return this.advance(limitUs);
  }

  #takeHead(next: MarketEvent | Quiet | undefined): void {
    if (next?.kind === 'quiet') {
      this.#headUs = Math.max(this.#headUs, next.untilUs);
      return;
    }
    this.#head = next ?? null;
    if (next === undefined) {
      this.#headUs = Number.POSITIVE_INFINITY;
      return;
    }
    const us = learnedUs(next);
    if (!(next.tsLocalUs >= us))
      assert(false, `an event is seen after it happened: ${next.tsLocalUs} < ${us}`);
    if (us < this.#headUs) {
      this.#takeLate(next);
      return;
    }
    this.#headUs = us;
  }

  /**
   * Recorded prints and book changes may bear an earlier venue time than what was recorded before them (streams of one venue are not
   * synchronised). M42: such an event counts at the moment when the recorder had it, which is now.
   */
  #takeLate(late: MarketEvent): void {
    assert(
      late.kind !== 'candle' || late.isSummary === true,
      `a source is in order: ${late.kind} at ${learnedUs(late)} after ${this.#headUs}`,
    );
    this.#lateCount++;
    this.#head = { ...late, tsLocalUs: Math.max(late.tsLocalUs, this.#headUs) };
  }

  /**
   * Does the next thing that happens up to `limitUs`: due work of the venue, then market events, then requests, then what the trader sees
   * (rule M1). Returns what `advance` returns, or `undefined` when it must go on.
   */
  #step(limitUs: EpochUs): Step | undefined {
    const venue = this.#venue;
    const actionUs = venue.nextActionUs;
    const isRead = this.#head !== undefined;
    const headUs = isRead ? this.#headUs : Number.POSITIVE_INFINITY;
    const requestUs = venue.nextRequestUs;
    const visibleUs = this.#visible.nextTsUs;
    const nextUs = Math.min(actionUs, headUs, requestUs, visibleUs);
    // What is not read could come first: then the source is asked again.
    if (!isRead && Math.min(nextUs, limitUs) >= this.#headUs) return undefined;
    if (nextUs === Number.POSITIVE_INFINITY && isRead) return 'end';
    if (nextUs > limitUs) {
      this.#nowUs = Math.max(this.#nowUs, limitUs);
      return 'idle';
    }
    if (actionUs === nextUs) venue.act(nextUs);
    else if (headUs === nextUs) this.#takeMarket(nextUs);
    else if (requestUs === nextUs) venue.receive(nextUs);
    else {
      this.#nowUs = nextUs;
      const event = this.#visible.pop();
      assert(event !== undefined, 'an event is due when its moment has come');
      return { worldSeq: ++this.#worldSeq, event };
    }
    return undefined;
  }

  #takeMarket(nowUs: EpochUs): void {
    const event = this.#head;
    assert(event !== undefined && event !== null, 'a market event is due when its moment has come');
    this.#head = undefined;
    this.#venue.onMarket(event, nowUs);
    const seen = this.#feed === null ? event : this.#feed.stamp(event, nowUs);
    this.#visible.push(seen.tsLocalUs, seen);
  }

  /** A command from before the present moment would change what has happened. */
  #assertPresent(nowUs: EpochUs): void {
    if (nowUs >= this.#nowUs) return;
    assert(false, `commands are given at the present moment ${this.#nowUs} or later, was ${nowUs}`);
  }
}
