/**
 * The engine: one synchronous step from event to effects. Back-test, paper and live differ only in what feeds it and who carries its
 * effects out. It knows no clock (time is the event's), no randomness, no I/O; its whole state leaves and returns through checkpoints.
 *
 * Order within a step: account first (marks, fills, funding), then risk, then strategies, so that whoever decides sees the account as it
 * is after the event.
 */
import { assert, type Checkpointable, type EpochUs, formatIso, stateRecord, unreachable } from '#core';
import type {
  BookEvent,
  CandleEvent,
  ExecutionEvent,
  FeedStateEvent,
  InstrumentIx,
  MarketEvent,
  TradeEvent,
} from '#domain';
import { FeaturePipeline, featureSet } from '#features';
import type { ReconcileAction } from '#orders';
import { PerformanceStatistics, Portfolio } from '#portfolio';
import { type RiskAction, RiskEngine } from '#risk';
import { DecisionDesk } from './decision-desk.ts';
import type { Desk } from './desk.ts';
import type { Effect } from './effects.ts';
import { EventHash } from './event-hash.ts';
import type { ControlEvent, EngineEvent, PredictionEvent, TimerEvent } from './events.ts';
import { InstrumentState } from './instrument-state.ts';
import type { EngineOptions, EngineTuning } from './options.ts';
import { OrderDesk } from './order-desk.ts';
import { portfolioStateRow } from './rows.ts';
import { ScopedContext } from './scoped-context.ts';
import type { EngineServices } from './services.ts';
import type { Strategy, StrategyContext, Trigger } from './strategy.ts';
import { buildSummary, buyAndHoldPct, type EngineSummary } from './summary.ts';
import { SystemEvents } from './system-events.ts';
import { TradeJournal } from './trade-journal.ts';

/** No account row is due. */
const NOT_DUE = Number.POSITIVE_INFINITY;
/** What risk says that leaves no entry working. */
const ENDS_ENTRIES: ReadonlySet<RiskAction['kind']> = new Set([
  'cancel_all',
  'daily_loss_stop',
  'breaker_opened',
]);
const HEARTBEAT = 'heartbeat';

/** Turns events into effects. */
export class Engine implements Checkpointable, EngineServices {
  readonly options: EngineOptions;
  readonly portfolio: Portfolio;
  readonly statistics: PerformanceStatistics;
  readonly risk: RiskEngine;
  readonly states: readonly InstrumentState[];
  /** True when some strategy reads features: only then are they computed. */
  readonly needsFeatures: boolean;
  readonly orderDesk: OrderDesk;
  readonly decisionDesk: DecisionDesk;
  readonly journal: TradeJournal;
  readonly #eventHash = new EventHash();
  readonly #system: SystemEvents;
  readonly #strategies: readonly Strategy[];
  readonly #contexts: readonly ScopedContext[];
  #effects: Effect[] = [];
  #eventSeq = 0;
  #nowUs: EpochUs;
  #stateRowCount = 0;
  /** Moment of the account row that is written once the moment is over. */
  #accountDueUs: EpochUs = NOT_DUE;
  /** Moment of the last account row. */
  #accountRowUs: EpochUs = -1;
  #isPaused = false;
  #tuning: EngineTuning;

  constructor(options: EngineOptions) {
    assert(options.tradeFromUs >= options.startUs, 'trading starts within the data');
    this.options = options;
    this.#nowUs = options.startUs;
    this.#strategies = options.strategies;
    this.needsFeatures = options.strategies.some((strategy) => strategy.needsFeatures === true);
    const { instruments, sourceTimeframeUs, startCashAtoms, timeframesUs, tradeFromUs } = options;
    this.states = instruments.all.map((instrument) => {
      const pipeline = this.needsFeatures ? new FeaturePipeline({ sourceTimeframeUs, timeframesUs }) : null;
      return new InstrumentState(instrument, pipeline, options.timeframesUs[0] ?? options.sourceTimeframeUs);
    });
    const startUs = tradeFromUs;
    this.portfolio = new Portfolio({ instruments, startCashAtoms, startUs, leverage: options.leverage });
    const { atomDecimals } = instruments;
    this.statistics = new PerformanceStatistics({ startUs, startEquityAtoms: startCashAtoms, atomDecimals });
    this.#tuning = options.tuning;
    this.risk = new RiskEngine(options.tuning.risk);
    this.#system = new SystemEvents(this);
    const { portfolio, risk, statistics, states } = this;
    this.journal = new TradeJournal({ instruments, portfolio, statistics }, this);
    const { journal } = this;
    this.orderDesk = new OrderDesk({ states, portfolio, risk, journal, runTag: options.runTag }, this);
    this.decisionDesk = new DecisionDesk(
      {
        states,
        models: options.models,
        featureSetHash: this.needsFeatures ? featureSet(timeframesUs).hash : '',
        timeframeUs: timeframesUs[0]!,
        eventHash: this.#eventHash,
      },
      this,
    );
    this.#contexts = this.#strategies.map((strategy) => new ScopedContext(this, strategy.name));
    const names = new Set(this.#strategies.map((strategy) => strategy.name));
    assert(names.size === this.#strategies.length, 'strategies have names of their own');
  }

  get nowUs(): EpochUs {
    return this.#nowUs;
  }
  /** How many events were stepped through. */
  get eventSeq(): number {
    return this.#eventSeq;
  }
  get isRecorded(): boolean {
    return this.options.isRecorded;
  }
  get isReduceOnlyMode(): boolean {
    return this.#isPaused;
  }
  get tuning(): EngineTuning {
    return this.#tuning;
  }
  /** True before the first moment of trading: events only warm features up. */
  get isWarmingUp(): boolean {
    return this.#nowUs < this.options.tradeFromUs;
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  systemEvent: Desk['systemEvent'] = (eventType, severity, message, details) =>
    this.#system.add(eventType, severity, message, details);

  /** Returns the first effects: the run's row, timers. Called once, before the first `step` of a fresh run. */
  start(): readonly Effect[] {
    this.#effects.length = 0;
    const { options } = this;
    if (this.isRecorded) this.emit({ kind: 'record', row: options.run });
    this.systemEvent('run_started', 'info', `${options.run.mode} run started`, { seed: options.run.seed });
    if (options.triggers.includes('heartbeat')) this.#armHeartbeat();
    this.#forEach((strategy, context) => strategy.onStart?.(context));
    return this.#effects;
  }

  /** Handles one event. The returned list is valid until the next call. */
  step(event: EngineEvent): readonly Effect[] {
    assert(event.tsLocalUs >= this.#nowUs, `time does not go back: ${event.tsLocalUs} after ${this.#nowUs}`);
    this.#effects.length = 0;
    if (event.tsLocalUs > this.#accountDueUs) this.#recordAccount();
    this.#nowUs = event.tsLocalUs;
    this.#eventSeq++;
    if (this.isRecorded) this.#eventHash.add(event);
    switch (event.kind) {
      case 'candle':
      case 'trade':
      case 'book':
      case 'mark':
      case 'funding':
      case 'feed-state':
        this.#onMarket(event);
        break;
      case 'timer':
        this.#onTimer(event);
        break;
      case 'prediction':
        this.#onPrediction(event);
        break;
      case 'control':
        this.#onControl(event);
        break;
      default:
        this.#onExecution(event);
    }
    return this.#effects;
  }

  /** Stops entries because the venue's account and ours differ; a person resumes. The differences stand in the record. */
  distrust(differences: readonly ReconcileAction[]): readonly Effect[] {
    this.#effects.length = 0;
    this.#isPaused = true;
    this.orderDesk.cancelEntries();
    const reasons = differences.map((difference) => ({ kind: difference.kind, reason: difference.reason }));
    const message = 'the account at the venue and ours differ: nothing but exits until a person resumes';
    this.systemEvent('reconcile_mismatch', 'critical', message, { reasons });
    return this.#effects;
  }

  /**
   * Takes over settings that may change while the engine runs, all of them; loosening was confirmed or refused by whoever asks. `changes` says in
   * words what changed, for the record.
   */
  retune(tuning: EngineTuning, changes: readonly Readonly<Record<string, unknown>>[]): readonly Effect[] {
    this.#effects.length = 0;
    const update = this.risk.updateOptions(tuning.risk, true);
    assert(update.kind === 'applied', `limits of the configuration are valid: ${JSON.stringify(update)}`);
    this.#tuning = tuning;
    this.systemEvent('config_applied', 'info', `${changes.length} settings changed`, { changes });
    return this.#effects;
  }

  /** Returns the last effects of a run: open trades and the account as they stand. Nothing is closed. */
  finish(): readonly Effect[] {
    this.#effects.length = 0;
    this.journal.recordOpenTrades();
    // A run that had ended and is resumed has its last row already.
    if (this.#accountRowUs !== this.#nowUs) this.#accountDueUs = this.#nowUs;
    if (this.#accountDueUs !== NOT_DUE) this.#recordAccount();
    return this.#effects;
  }

  /** Returns the last effects before a run is left to be resumed: open trades as they stand, in rows that a later state overwrites. */
  suspend(): readonly Effect[] {
    this.#effects.length = 0;
    this.journal.recordOpenTrades();
    return this.#effects;
  }

  /** Returns the figures of the run so far. */
  summary(): EngineSummary {
    return buildSummary(this);
  }

  saveState(): unknown {
    return {
      nowUs: this.#nowUs,
      eventSeq: this.#eventSeq,
      stateRowCount: this.#stateRowCount,
      accountDueUs: this.#accountDueUs,
      accountRowUs: this.#accountRowUs,
      isPaused: this.#isPaused,
      eventHash: this.#eventHash.saveState(),
      system: this.#system.saveState(),
      states: this.states.map((state) => state.saveState()),
      portfolio: this.portfolio.saveState(),
      statistics: this.statistics.saveState(),
      risk: this.risk.saveState(),
      journal: this.journal.saveState(),
      orderDesk: this.orderDesk.saveState(),
      decisionDesk: this.decisionDesk.saveState(),
      strategies: this.#strategies.map((strategy) => [strategy.name, strategy.saveState?.() ?? null]),
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'engine');
    this.#nowUs = Number(saved.nowUs);
    this.#eventSeq = Number(saved.eventSeq);
    this.#stateRowCount = Number(saved.stateRowCount);
    this.#accountDueUs = Number(saved.accountDueUs);
    this.#accountRowUs = Number(saved.accountRowUs);
    this.#isPaused = saved.isPaused === true;
    this.#eventHash.loadState(saved.eventHash);
    this.#system.loadState(saved.system);
    const states = saved.states as unknown[];
    assert(states.length === this.states.length, 'checkpoint and run have the same instruments');
    this.states.forEach((own, ix) => {
      own.loadState(states[ix]);
    });
    this.portfolio.loadState(saved.portfolio);
    this.statistics.loadState(saved.statistics);
    this.risk.loadState(saved.risk);
    this.journal.loadState(saved.journal);
    this.orderDesk.loadState(saved.orderDesk);
    this.decisionDesk.loadState(saved.decisionDesk);
    const strategies = new Map(saved.strategies as [string, unknown][]);
    for (const strategy of this.#strategies) {
      assert(strategies.has(strategy.name), `checkpoint holds strategy ${strategy.name}`);
      strategy.loadState?.(strategies.get(strategy.name));
    }
  }

  #onMarket(event: MarketEvent): void {
    switch (event.kind) {
      case 'candle':
        this.#onCandle(event);
        break;
      case 'trade':
        this.#onTrade(event);
        break;
      case 'book':
        this.#onBook(event);
        break;
      case 'mark':
        // The account is valued at the last price; the mark is the venue's affair (margin, funding).
        break;
      case 'funding':
        this.states[event.instrumentIx]!.onFunding(event);
        break;
      case 'feed-state':
        this.#onFeedState(event);
        break;
      default:
        unreachable(event, 'market event');
    }
  }

  #onCandle(candle: CandleEvent): void {
    const state = this.states[candle.instrumentIx]!;
    if (candle.timeframeUs !== this.options.sourceTimeframeUs) return;
    if (state.isOutdated(candle)) return;
    const missing = state.barsMissingBefore(candle);
    const isDecisionBar = state.onCandle(candle);
    if (this.isWarmingUp) return;
    if (missing > 0) this.#onGap(state, candle, missing);
    if (state.firstTicks === 0) state.firstTicks = candle.closeTicks;
    this.journal.trades.mark(candle.instrumentIx, candle.lowTicks);
    this.journal.trades.mark(candle.instrumentIx, candle.highTicks);
    this.#markAccount(candle.instrumentIx, state.lastTicks);
    this.#forEach((strategy, context) => strategy.onCandle?.(candle, context));
    if (!isDecisionBar) return;
    this.orderDesk.audit();
    if (this.options.triggers.includes('bar_close')) this.#trigger('bar_close', candle.instrumentIx);
    this.#accountDueUs = this.#nowUs;
  }

  /** A gap is part of a result: it is counted, and told where it is longer than a decision bar. */
  #onGap(state: InstrumentState, candle: CandleEvent, barsMissing: number): void {
    state.barsMissing += barsMissing;
    const { sourceTimeframeUs, timeframesUs } = this.options;
    if (barsMissing * sourceTimeframeUs < (timeframesUs[0] ?? sourceTimeframeUs)) return;
    const { symbol } = state.instrument;
    const until = formatIso(candle.openTsUs);
    this.systemEvent('data_gap', 'warning', `${barsMissing} bars of ${symbol} are missing before ${until}`, {
      symbol,
      barsMissing,
      until,
    });
  }

  #onTrade(trade: TradeEvent): void {
    const state = this.states[trade.instrumentIx]!;
    state.lastTicks = trade.priceTicks;
    state.lastTsUs = trade.tsVenueUs;
    if (this.isWarmingUp) return;
    if (state.firstTicks === 0) state.firstTicks = trade.priceTicks;
    this.journal.trades.mark(trade.instrumentIx, trade.priceTicks);
    this.#markAccount(trade.instrumentIx, trade.priceTicks);
    this.#forEach((strategy, context) => strategy.onTrade?.(trade, context));
    if (this.#isNewBar()) this.#onBarWithoutCandle();
  }

  #onBook(event: BookEvent): void {
    const state = this.states[event.instrumentIx]!;
    state.onBook(event);
    if (this.isWarmingUp || state.lastTicks === 0) return;
    if (state.firstTicks === 0) state.firstTicks = state.lastTicks;
    this.#markAccount(event.instrumentIx, state.lastTicks);
    this.#forEach((strategy, context) => strategy.onBook?.(event, context));
    if (this.options.triggers.includes('book_signal') && state.hasBookSignal) {
      this.#trigger('book_signal', event.instrumentIx);
    }
    if (this.#isNewBar()) this.#onBarWithoutCandle();
  }

  #onFeedState(event: FeedStateEvent): void {
    const state = this.states[event.instrumentIx]!;
    if (state.isFeedUsable === event.isUsable) return;
    state.isFeedUsable = event.isUsable;
    const { symbol } = state.instrument;
    if (event.isUsable)
      this.systemEvent('feed_usable', 'info', `the feed of ${symbol} is right again`, { symbol });
    else this.systemEvent('feed_stale', 'warning', `the feed of ${symbol} is not to be trusted`, { symbol });
  }

  #markAccount(instrumentIx: InstrumentIx, priceTicks: number): void {
    this.portfolio.mark(instrumentIx, priceTicks, this.#nowUs);
    this.#observeAccount();
  }

  /** Lets statistics and risk see the account after it changed, and does what risk demands. */
  #observeAccount(): void {
    const isExposed = this.portfolio.grossExposureAtoms > 0n;
    this.statistics.observe(this.#nowUs, this.portfolio.equityAtoms, isExposed);
    const actions = this.risk.onEquity(this.#nowUs, this.portfolio);
    if (actions.length > 0) this.#carryOut(actions);
  }

  #onExecution(event: ExecutionEvent): void {
    const fill = this.orderDesk.onExecution(event);
    if (event.kind === 'fill' || event.kind === 'funding-payment') this.#observeAccount();
    const actions = this.orderDesk.takeRiskActions();
    if (actions.length > 0) this.#carryOut(actions);
    if (fill !== null) this.#forEach((strategy, context) => strategy.onFill?.(fill, context));
    for (const { instrumentIx, reason, strategy, targetLots } of this.orderDesk.takeReversals()) {
      this.#contextOf(strategy).setTarget(instrumentIx, targetLots, reason);
    }
  }

  #onTimer(event: TimerEvent): void {
    if (event.owner === 'engine') {
      assert(event.key === HEARTBEAT, `engine timer is known, was ${event.key}`);
      this.#armHeartbeat();
      if (this.isWarmingUp) return;
      for (let ix = 0; ix < this.states.length; ix++) this.#trigger('heartbeat', ix);
      return;
    }
    if (this.isWarmingUp) {
      // Nothing is decided before trading begins; the strategy is woken then.
      this.emit({ kind: 'timer', atUs: this.options.tradeFromUs, owner: event.owner, key: event.key });
      return;
    }
    const at = this.#indexOf(event.owner);
    this.#strategies[at]!.onTimer?.(event.key, this.#contexts[at]!);
  }

  #onPrediction(event: PredictionEvent): void {
    const snapshot = this.decisionDesk.onPrediction(event);
    if (snapshot === null) return;
    if (this.#nowUs - snapshot.tsUs > this.#tuning.decisionTimeoutUs) {
      this.decisionDesk.drop('decision_timeout');
      return;
    }
    const at = this.#indexOf(snapshot.strategy);
    this.#strategies[at]!.onPrediction?.(event, snapshot, this.#contexts[at]!);
  }

  #onControl(event: ControlEvent): void {
    const severity = event.command === 'flatten' ? 'warning' : 'info';
    this.systemEvent(`control_${event.command}`, severity, event.reason, {});
    if (event.command === 'pause') {
      this.#isPaused = true;
      this.orderDesk.cancelEntries();
    }
    if (event.command === 'resume') {
      this.#isPaused = false;
      this.orderDesk.endFlatten();
      this.#carryOut(this.risk.resume(event.reason, this.#nowUs, this.portfolio));
    }
    if (event.command === 'flatten') this.orderDesk.flatten(event.reason);
  }

  #indexOf(strategy: string): number {
    const at = this.#strategies.findIndex(({ name }) => name === strategy);
    assert(at >= 0, `a strategy of this run is named, was ${strategy}`);
    return at;
  }

  #contextOf(strategy: string): StrategyContext {
    return this.#contexts[this.#indexOf(strategy)]!;
  }

  #trigger(trigger: Trigger, instrumentIx: InstrumentIx): void {
    this.#forEach((strategy, context) => strategy.onTrigger?.(trigger, instrumentIx, context));
  }

  #carryOut(actions: readonly RiskAction[]): void {
    for (const { kind, code, message } of actions) {
      const isStop = kind === 'shutdown' || kind === 'close_all' || kind === 'cancel_all';
      this.systemEvent(`risk_${kind}`, isStop ? 'critical' : 'warning', message, { code });
      if (ENDS_ENTRIES.has(kind)) this.orderDesk.cancelEntries();
      if (kind === 'close_all') this.orderDesk.flatten(message);
    }
  }

  #armHeartbeat(): void {
    const { heartbeatUs } = this.#tuning;
    const atUs = Math.floor(this.#nowUs / heartbeatUs + 1) * heartbeatUs;
    this.emit({ kind: 'timer', atUs, owner: 'engine', key: HEARTBEAT });
  }

  /** True when a decision bar's time has passed since the last account row: how data without candles come by them. */
  #isNewBar(): boolean {
    const { sourceTimeframeUs, timeframesUs } = this.options;
    const barUs = timeframesUs[0] ?? sourceTimeframeUs;
    const lastUs = this.#accountDueUs === NOT_DUE ? this.#accountRowUs : this.#accountDueUs;
    return Math.floor(this.#nowUs / barUs) > Math.floor(lastUs / barUs);
  }

  #onBarWithoutCandle(): void {
    this.orderDesk.audit();
    this.#accountDueUs = this.#nowUs;
  }

  /** Writes the row that is due: after all events of its moment, so that several symbols that close a bar together are all in it. */
  #recordAccount(): void {
    const timestamp = this.#accountDueUs;
    this.#accountDueUs = NOT_DUE;
    this.#accountRowUs = timestamp;
    if (!this.isRecorded) return;
    const { all } = this.options.instruments;
    const holdPct = buyAndHoldPct(this);
    const benchmark = holdPct === null ? null : 1 + holdPct / 100;
    const at = { stateId: ++this.#stateRowCount, timestamp, benchmark };
    this.emit({ kind: 'record', row: portfolioStateRow(this.portfolio.snapshot(), all, at) });
  }

  #forEach(call: (strategy: Strategy, context: StrategyContext) => void): void {
    for (let i = 0; i < this.#strategies.length; i++) call(this.#strategies[i]!, this.#contexts[i]!);
  }
}
