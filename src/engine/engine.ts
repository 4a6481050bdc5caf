/**
 * The engine: one synchronous step from event to effects. Back-test, paper and live differ only in what feeds it and who carries its
 * effects out. It knows no clock (time is the event's), no randomness, no I/O; its whole state leaves and returns through checkpoints.
 *
 * Order within a step: account first (marks, fills, funding), then risk, then strategies, so that whoever decides sees the account as it
 * is after the event.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord, unreachable } from '#core';
import type { BookEvent, CandleEvent, ExecutionEvent, InstrumentIx, MarketEvent, TradeEvent } from '#domain';
import { FeaturePipeline, featureSet } from '#features';
import type { ReconcileAction } from '#orders';
import { PerformanceStatistics, Portfolio } from '#portfolio';
import { type RiskAction, RiskEngine } from '#risk';
import type { OrderIntentRecord } from '#store';
import { AccountKeeper } from './account-keeper.ts';
import { AccountRows } from './account-rows.ts';
import { DecisionDesk } from './decision-desk.ts';
import type { Desk, HoldCause } from './desk.ts';
import type { Effect } from './effects.ts';
import { EventHash } from './event-hash.ts';
import type { ControlEvent, EngineEvent, PredictionEvent, TimerEvent } from './events.ts';
import { noteFeedState, noteGap } from './feed-notices.ts';
import { InstrumentState } from './instrument-state.ts';
import type { EngineOptions, EngineTuning } from './options.ts';
import { OrderDesk } from './order-desk.ts';
import { PROTECTION_DEFAULTS, ProtectionAuditor } from './protection-auditor.ts';
import { ScopedContext } from './scoped-context.ts';
import type { EngineServices } from './services.ts';
import type { Strategy, StrategyContext, Trigger } from './strategy.ts';
import { buildSummary, type EngineSummary } from './summary.ts';
import { SystemEvents } from './system-events.ts';
import { TradeJournal } from './trade-journal.ts';
import { TradingLimits } from './trading-limits.ts';

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
  /** Where nothing but exits is allowed, and why. */
  readonly limits: TradingLimits;
  /** Compares the account with the venue's. */
  readonly keeper: AccountKeeper;
  readonly #eventHash = new EventHash();
  readonly #system: SystemEvents;
  readonly #strategies: readonly Strategy[];
  readonly #contexts: readonly ScopedContext[];
  #effects: Effect[] = [];
  #eventSeq = 0;
  #nowUs: EpochUs;
  readonly #accountRows: AccountRows;
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
    this.limits = new TradingLimits(this, (ix) => instruments.at(ix).symbol);
    this.#accountRows = new AccountRows(this);
    this.orderDesk = new OrderDesk(
      {
        ...{ states, portfolio, risk, journal, runTag: options.runTag },
        auditor: (desk) => new ProtectionAuditor({ ...desk, states, portfolio, journal }, this),
        isBookedAlready: (fill, id) => this.keeper.isBookedAlready(fill, id),
      },
      this,
    );
    this.keeper = new AccountKeeper({
      ...{ engine: this, limits: this.limits, risk },
      hear: (event) => this.#onExecution(event),
      onMoney: () => this.#observeAccount(),
    });
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
  isReduceOnlyOf(instrumentIx: InstrumentIx): boolean {
    return this.limits.isHeld(instrumentIx);
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

  holdEntries(cause: HoldCause, instrumentIx: InstrumentIx | null, figures: Record<string, unknown>): void {
    if (this.limits.hold(cause, instrumentIx, figures)) this.orderDesk.cancelEntries(instrumentIx);
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
    if (!(event.tsLocalUs >= this.#nowUs))
      assert(false, `time does not go back: ${event.tsLocalUs} after ${this.#nowUs}`);
    this.#effects.length = 0;
    this.#accountRows.flushBefore(event.tsLocalUs);
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
      case 'book-order':
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
      case 'venue-state':
        this.keeper.onVenueState(event);
        break;
      default:
        this.#onExecution(event);
    }
    return this.#effects;
  }

  /**
   * A life at a real venue begins: entries wait until the account was compared with the venue's, and every position is to have its stop there. The
   * rules for stops are those of the options, or the usual ones.
   */
  supervise(): readonly Effect[] {
    this.#effects.length = 0;
    const { auditor } = this.orderDesk;
    this.orderDesk.supervise(this.options.protection ?? PROTECTION_DEFAULTS);
    for (const { name, protectionWaiver } of this.#strategies)
      if (protectionWaiver !== undefined) auditor.waive(name, protectionWaiver);
    this.keeper.begin();
    return this.#effects;
  }

  /** Takes over intents that were durable before a crash and of which the state that was loaded knows nothing. */
  recoverIntents(intents: readonly OrderIntentRecord[]): readonly Effect[] {
    this.#effects.length = 0;
    this.keeper.recover(intents);
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
    this.#accountRows.finish(this.#nowUs);
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
      accountRows: this.#accountRows.saveState(),
      isPaused: this.#isPaused,
      eventHash: this.#eventHash.saveState(),
      system: this.#system.saveState(),
      states: this.states.map((state) => state.saveState()),
      portfolio: this.portfolio.saveState(),
      statistics: this.statistics.saveState(),
      risk: this.risk.saveState(),
      journal: this.journal.saveState(),
      orderDesk: this.orderDesk.saveState(),
      limits: this.limits.saveState(),
      keeper: this.keeper.saveState(),
      decisionDesk: this.decisionDesk.saveState(),
      strategies: this.#strategies.map((strategy) => [strategy.name, strategy.saveState?.() ?? null]),
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'engine');
    this.#nowUs = Number(saved.nowUs);
    this.#eventSeq = Number(saved.eventSeq);
    this.#accountRows.loadState(saved.accountRows);
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
    this.limits.loadState(saved.limits);
    this.keeper.loadState(saved.keeper);
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
      case 'book-order':
        // Order by order is the venue's affair (queues); decisions go by levels.
        break;
      case 'funding':
        this.states[event.instrumentIx]!.onFunding(event);
        break;
      case 'feed-state':
        noteFeedState(this, this.states[event.instrumentIx]!, event);
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
    if (missing > 0) noteGap(this, state, { candle, barsMissing: missing }, this.options);
    if (state.firstTicks === 0) state.firstTicks = candle.closeTicks;
    this.journal.trades.mark(candle.instrumentIx, candle.lowTicks);
    this.journal.trades.mark(candle.instrumentIx, candle.highTicks);
    this.#markAccount(candle.instrumentIx, state.lastTicks);
    this.#forEach((strategy, context) => strategy.onCandle?.(candle, context));
    if (!isDecisionBar) return;
    this.orderDesk.audit();
    if (this.options.triggers.includes('bar_close')) this.#trigger('bar_close', candle.instrumentIx);
    this.#accountRows.want(this.#nowUs);
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
    if (this.#accountRows.isNewBar(this.#nowUs)) this.#onBarWithoutCandle();
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
    if (this.#accountRows.isNewBar(this.#nowUs)) this.#onBarWithoutCandle();
  }

  #markAccount(instrumentIx: InstrumentIx, priceTicks: number): void {
    this.portfolio.mark(instrumentIx, priceTicks, this.#nowUs);
    this.#observeAccount();
  }

  /** Lets statistics and risk see the account after it changed, and does what risk demands. */
  #observeAccount(): void {
    const isExposed = this.portfolio.grossExposureAtoms > 0n;
    const { equityAtoms, transfersAtoms } = this.portfolio;
    this.statistics.observe(this.#nowUs, equityAtoms - transfersAtoms, isExposed);
    const actions = this.risk.onEquity(this.#nowUs, this.portfolio);
    if (actions.length > 0) this.#carryOut(actions);
  }

  #onExecution(event: ExecutionEvent): void {
    const fill = this.orderDesk.onExecution(event);
    if (fill !== null) this.keeper.onFill(fill);
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
      if (this.orderDesk.onTimer(event.key)) return;
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
      this.keeper.onResume(event.reason);
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

  #onBarWithoutCandle(): void {
    this.orderDesk.audit();
    this.#accountRows.want(this.#nowUs);
  }

  #forEach(call: (strategy: Strategy, context: StrategyContext) => void): void {
    for (let i = 0; i < this.#strategies.length; i++) call(this.#strategies[i]!, this.#contexts[i]!);
  }
}
