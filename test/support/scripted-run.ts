/**
 * An invented run as the engine would post it: a seeded market of three symbols, an ensemble of three models that know a little, and an account
 * kept by the real books. For tests of the dashboard, and to look at it without the engine. The numbers mean nothing.
 */
import { Prng, US_PER_HOUR, US_PER_MINUTE } from '#core';
import {
  type FillEvent,
  type Instrument,
  InstrumentTable,
  moneyOf,
  notionalAtoms,
  type OrderLabel,
  type OrderStatus,
  type OrderType,
  priceOf,
  qtyOf,
  type Side,
} from '#domain';
import {
  decide,
  ENSEMBLE_OPTIONS_DEFAULT,
  type EnsembleDecision,
  type ModelVote,
  PerformanceTracker,
} from '#ensemble';
import { featureSet } from '#features';
import { PerformanceStatistics, Portfolio, type Trade, TradeBook, tradeFigures } from '#portfolio';
import { defaultRiskOptions, RiskEngine, type RiskOptions, type RiskVerdict } from '#risk';
import type { OrderRow, RecordRow, TradeRow } from '#store';
import type { FeedCandle, FeedMessage, RunFeed, StatusFeed } from '../../src/app/server/feed.ts';
import { btcSpec } from './instruments.ts';

export const BAR_US = 5 * US_PER_MINUTE;
const START_US = Date.UTC(2025, 2, 3) * 1_000;
const START_CASH = 10_000;
const HORIZON_BARS = 12;
const TAKER_FEE = 0.0005;
const COST_FRACTION = 2 * TAKER_FEE + 0.0003;
const FEATURES = featureSet([BAR_US, 3 * BAR_US, 12 * BAR_US]);

const SPECS = [
  btcSpec({ symbol: 'BTCUSDT', priceDecimals: 1, tickSize: '0.1' }),
  btcSpec({ symbol: 'ETHUSDT', baseAsset: 'ETH', priceDecimals: 2, tickSize: '0.01' }),
  btcSpec({ symbol: 'SOLUSDT', baseAsset: 'SOL', qtyDecimals: 1, lotSize: '0.1', qtyMin: '0.1' }),
];
const START_PRICES = [62_400, 3_180, 148];
const MODELS = ['trend-rule', 'gbm-5m', 'gbm-1h'];

interface Market {
  price: number;
  drift: number;
  /** What the models see of the drift: recent returns, smoothed. */
  trend: number;
  volatility: number;
}

interface OpenPosition {
  readonly entry: OrderRow;
  readonly stop: OrderRow;
  readonly target: OrderRow;
  readonly decisionId: number;
  readonly decision: EnsembleDecision;
  readonly snapshotId: number;
  readonly untilBar: number;
}

export interface ScriptedRunOptions {
  readonly seed?: number;
  readonly runId?: string;
  /** Tighter limits make refusals and an open breaker likely. */
  readonly risk?: Partial<RiskOptions>;
}

/** Plays a run bar by bar. */
export class ScriptedRun {
  readonly instruments = new InstrumentTable(SPECS);
  readonly #prng: Prng;
  readonly #runId: string;
  readonly #markets: Market[];
  readonly #portfolio: Portfolio;
  readonly #trades: TradeBook;
  readonly #statistics: PerformanceStatistics;
  readonly #tracker = new PerformanceTracker({ halfLifeCount: 200 });
  readonly #risk: RiskEngine;
  readonly #positions: (OpenPosition | null)[];
  readonly #firstPrices: number[];
  #rows: RecordRow[] = [];
  #barIx = 0;
  #ids = { snapshot: 0, prediction: 0, decision: 0, order: 0, fill: 0, state: 0, event: 0 };

  constructor({ seed = 7, runId = 'demo-20250303-7', risk = {} }: ScriptedRunOptions = {}) {
    this.#prng = new Prng(seed);
    this.#runId = runId;
    this.#markets = START_PRICES.map((price) => ({ price, drift: 0, trend: 0, volatility: 0.0022 }));
    const startCashAtoms = BigInt(START_CASH) * 10n ** BigInt(this.instruments.atomDecimals);
    const account = { startUs: START_US, atomDecimals: this.instruments.atomDecimals };
    this.#portfolio = new Portfolio({
      instruments: this.instruments,
      startCashAtoms,
      startUs: START_US,
      leverage: 3,
    });
    this.#trades = new TradeBook(this.instruments);
    this.#statistics = new PerformanceStatistics({ ...account, startEquityAtoms: startCashAtoms });
    this.#risk = new RiskEngine({ ...defaultRiskOptions(this.instruments.atomDecimals), ...risk });
    this.#positions = SPECS.map(() => null);
    this.#firstPrices = [...START_PRICES];
  }

  /** The run's own clock. */
  get nowUs(): number {
    return START_US + this.#barIx * BAR_US;
  }

  /** What comes before the first bar. */
  intro(): FeedMessage[] {
    return [
      this.runMessage(),
      { kind: 'phase', phase: 'trading', message: 'trading on paper', progress: null },
    ];
  }

  /** The facts of the run. */
  runMessage(): RunFeed {
    return {
      kind: 'run',
      runId: this.#runId,
      mode: 'demo',
      seed: 7,
      isSynthetic: true,
      currency: 'USDT',
      equityStartAtoms: this.#portfolio.startCashAtoms,
      decisionTimeframeUs: BAR_US,
      instruments: this.instruments.all,
      hasFunding: true,
      assumptions: [
        'Market orders fill at the next price after a latency of 50 to 100 ms, with 0.03 % slippage.',
        'Fees: 0.05 % of the notional for taker orders.',
        'The market is synthetic: seeded trends, mean reversion, volatility clusters and jumps.',
      ],
      featureNames: FEATURES.names,
    };
  }

  /** Plays so many bars and returns their messages. */
  play(barCount: number): FeedMessage[] {
    const messages: FeedMessage[] = [];
    for (let i = 0; i < barCount; i++) messages.push(...this.bar());
    return messages;
  }

  /** Plays one bar of every symbol. */
  bar(): FeedMessage[] {
    this.#barIx++;
    const candles = this.instruments.all.map((instrument) => this.#moveMarket(instrument));
    const seconds = this.instruments.all.map(() => 0.0002 + this.#prng.exponential(0.0008));
    for (const instrument of this.instruments.all) this.#tradeBar(instrument, candles[instrument.ix]!);
    this.#recordAccount();
    const rows = this.#rows;
    this.#rows = [];
    return [
      { kind: 'candles', candles },
      { kind: 'rows', rows },
      { kind: 'latency', decisionSeconds: seconds },
      this.statusMessage(),
    ];
  }

  /** The figures of the moment. */
  statusMessage(): StatusFeed {
    return {
      kind: 'status',
      tsUs: this.nowUs,
      speed: 300,
      lastTicks: this.instruments.all.map((instrument) => this.#ticks(instrument)),
      isWarm: this.instruments.all.map(() => true),
      account: this.#portfolio.snapshot(),
      risk: this.#risk.snapshot(this.nowUs, this.#portfolio),
      riskOptions: this.#risk.options,
      performance: this.#statistics.summary(),
      models: this.#tracker.performances(),
      eventCount: this.#barIx * 6,
      eventsPerS: 1_240,
      loopLagP99Ms: 1.8,
      rssBytes: 168 * 1024 * 1024,
      heapUsedBytes: 61 * 1024 * 1024,
      workers: [
        { name: 'record', state: 'running' },
        { name: 'models', state: 'running' },
      ],
    };
  }

  #moveMarket(instrument: Instrument): FeedCandle {
    const market = this.#markets[instrument.ix]!;
    const prng = this.#prng;
    if (prng.uniform() < 0.02) market.drift = prng.normal() * 0.0006;
    market.volatility = Math.max(0.0008, market.volatility * (0.97 + 0.06 * prng.uniform()));
    market.volatility = Math.min(0.005, market.volatility);
    const open = market.price;
    let high = open;
    let low = open;
    let price = open;
    for (let i = 0; i < 6; i++) {
      price *= 1 + market.drift / 6 + (prng.normal() * market.volatility) / Math.sqrt(6);
      high = Math.max(high, price);
      low = Math.min(low, price);
    }
    market.trend = 0.88 * market.trend + 0.12 * (price / open - 1);
    market.price = price;
    const round = (value: number): number => Number(value.toFixed(instrument.priceDecimals));
    this.#portfolio.mark(instrument.ix, this.#ticks(instrument), this.nowUs);
    return {
      instrumentIx: instrument.ix,
      openTsUs: this.nowUs - BAR_US,
      open: round(open),
      high: round(high),
      low: round(low),
      close: round(price),
      volume: (40 + prng.exponential(60)) * (62_400 / open) * (market.volatility / 0.0022),
    };
  }

  #tradeBar(instrument: Instrument, candle: FeedCandle): void {
    const position = this.#positions[instrument.ix] ?? null;
    if (position !== null) this.#watch(instrument, position, candle);
    const snapshotId = this.#recordSnapshot(instrument);
    const votes = this.#vote(instrument, snapshotId);
    const decision = decide(
      {
        votes,
        isWarm: true,
        dataAgeUs: 0,
        costs: { longFraction: COST_FRACTION, shortFraction: COST_FRACTION },
      },
      ENSEMBLE_OPTIONS_DEFAULT,
      this.#tracker,
    );
    this.#act(instrument, snapshotId, decision);
  }

  #vote(instrument: Instrument, snapshotId: number): ModelVote[] {
    const market = this.#markets[instrument.ix]!;
    const edge = Math.tanh(market.trend / 0.0006) * 0.12;
    const votes: ModelVote[] = [];
    for (const [i, model] of MODELS.entries()) {
      const isAway = model === 'gbm-1h' && this.#barIx < 40;
      const probability = Math.min(
        0.95,
        Math.max(0.05, 0.5 + edge * (1 - 0.2 * i) + this.#prng.normal() * 0.03),
      );
      const action = probability > 0.55 ? 'long' : probability < 0.45 ? 'short' : 'hold';
      const expectedReturn = (probability - 0.5) * 0.03;
      const base = {
        table: 'model_predictions',
        predictionId: ++this.#ids.prediction,
        timestamp: this.nowUs,
        snapshotId,
        modelName: model,
        modelEndpoint: 'in-process',
        outcomePnl: null,
        outcomeCorrect: null,
      } as const;
      if (isAway) {
        const rawResponse = JSON.stringify({
          kind: 'no-vote',
          modelName: model,
          reason: 'not_trained',
          message: '',
        });
        this.#rows.push({
          ...base,
          action: 'none',
          confidence: null,
          probability: null,
          expectedReturn: null,
          latencyMs: null,
          rawResponse,
        });
        continue;
      }
      const confidence = Math.abs(probability - 0.5) * 2;
      this.#rows.push({
        ...base,
        action,
        confidence,
        probability,
        expectedReturn,
        latencyMs: 0.3 + i,
        rawResponse: '{}',
      });
      this.#tracker.recordPrediction(model, 0.3 + i);
      const wentUp = this.#prng.uniform() < 0.5 + edge;
      this.#tracker.recordOutcome(model, probability, wentUp, wentUp ? 0.002 : -0.002);
      votes.push({ model, action, probability, expectedReturn, confidence, variance: 0.003 + 0.002 * i });
    }
    return votes;
  }

  #act(instrument: Instrument, snapshotId: number, decision: EnsembleDecision): void {
    const position = this.#positions[instrument.ix] ?? null;
    let holdReason: string | null = decision.reason;
    let verdict: RiskVerdict | null = null;
    const decisionId = ++this.#ids.decision;
    if (decision.action !== 'hold' && position !== null) holdReason = 'position_open';
    if (holdReason === null) verdict = this.#askRisk(instrument, decision, decisionId);
    const qtyLots = verdict?.kind === 'approved' ? verdict.qtyLots : 0;
    const refusal = verdict?.kind === 'refused' ? verdict.code : null;
    this.#rows.push({
      table: 'ensemble_decisions',
      decisionId,
      timestamp: this.nowUs,
      snapshotId,
      venue: instrument.venue,
      symbol: instrument.symbol,
      strategy: 'ensemble',
      finalAction: decision.action,
      finalConfidence: decision.confidence,
      expectedValue: decision.expectedValue,
      aggregationMethod: decision.method,
      modelCount: decision.modelCount,
      modelAgreement: decision.agreement,
      uncertainty: decision.uncertainty,
      riskCheckPassed: verdict === null ? null : refusal === null,
      positionSize: qtyOf(instrument, qtyLots),
      rejected: holdReason !== null || refusal !== null,
      rejectionReason: holdReason ?? refusal,
      positionLots: qtyLots,
      explanation: explanationJson(instrument, decision, holdReason, verdict),
    });
    if (qtyLots > 0) this.#enter(instrument, qtyLots, decision, decisionId, snapshotId);
  }

  #askRisk(instrument: Instrument, decision: EnsembleDecision, decisionId: number): RiskVerdict {
    const side = decision.action === 'long' ? 'buy' : 'sell';
    return this.#risk.check(
      {
        clientOrderId: `x-${decisionId}`,
        instrumentIx: instrument.ix,
        side,
        label: 'ENTRY',
        type: 'market',
        timeInForce: 'IOC',
        reduceOnly: false,
        priceTicks: null,
        triggerTicks: null,
        size: {
          kind: 'signal',
          strength: decision.confidence,
          probability: side === 'buy' ? decision.probability : 1 - decision.probability,
          expectedReturn: decision.expectedValue,
          rewardRisk: 1,
          stopFraction: 0.012,
        },
        protection: null,
        strategy: 'ensemble',
      },
      {
        nowUs: this.nowUs,
        instrument,
        portfolio: this.#portfolio,
        pendingSideLots: 0,
        reducingSideLots: 0,
        pendingOthersAtoms: 0n,
        lastPriceTicks: this.#ticks(instrument),
        lastPriceTsUs: this.nowUs,
        volatility: 0.002,
        isReduceOnlyMode: false,
        openOrderCount: 2 * this.#positions.filter((position) => position !== null).length,
      },
    );
  }

  #enter(
    instrument: Instrument,
    qtyLots: number,
    decision: EnsembleDecision,
    decisionId: number,
    snapshotId: number,
  ): void {
    const isLong = decision.action === 'long';
    const side: Side = isLong ? 'buy' : 'sell';
    const exitSide: Side = isLong ? 'sell' : 'buy';
    const price = this.#markets[instrument.ix]!.price * (isLong ? 1.0003 : 0.9997);
    const entry = this.#order(instrument, side, 'market', 'ENTRY', qtyLots, null, decisionId);
    const stopPrice = price * (isLong ? 0.988 : 1.012);
    const targetPrice = price * (isLong ? 1.02 : 0.98);
    const stop = this.#order(instrument, exitSide, 'stop_market', 'SL', qtyLots, stopPrice, decisionId);
    const target = this.#order(
      instrument,
      exitSide,
      'take_profit_market',
      'TP',
      qtyLots,
      targetPrice,
      decisionId,
    );
    const trade = this.#fill(instrument, entry, price);
    this.#positions[instrument.ix] = {
      entry,
      stop,
      target,
      decisionId,
      decision,
      snapshotId,
      untilBar: this.#barIx + HORIZON_BARS + this.#prng.integer(0, 30),
    };
    this.#recordTrade(trade, null);
    for (const order of [stop, target]) {
      this.#rows.push({ ...order, tradeId: trade.tradeId, status: 'ACCEPTED' });
    }
  }

  #watch(instrument: Instrument, position: OpenPosition, candle: FeedCandle): void {
    const isLong = position.entry.side === 'BUY';
    const stopPrice = position.stop.price ?? 0;
    const targetPrice = position.target.price ?? 0;
    this.#trades.mark(instrument.ix, this.#ticksOf(instrument, isLong ? candle.low : candle.high));
    const isStopped = isLong ? candle.low <= stopPrice : candle.high >= stopPrice;
    const isReached = isLong ? candle.high >= targetPrice : candle.low <= targetPrice;
    if (isStopped) this.#leave(instrument, position, position.stop, stopPrice * (isLong ? 0.9997 : 1.0003));
    else if (isReached) this.#leave(instrument, position, position.target, targetPrice);
    else if (this.#barIx >= position.untilBar) {
      const exit = this.#order(
        instrument,
        isLong ? 'sell' : 'buy',
        'market',
        'EXIT',
        position.entry.qtyLots,
        null,
        null,
      );
      this.#leave(instrument, position, exit, candle.close * (isLong ? 0.9997 : 1.0003));
    }
  }

  #leave(instrument: Instrument, position: OpenPosition, exit: OrderRow, price: number): void {
    const trade = this.#fill(instrument, exit, price);
    for (const order of [position.stop, position.target]) {
      if (order.orderId !== exit.orderId) {
        this.#rows.push({ ...order, tradeId: trade.tradeId, status: 'CANCELED', updatedAt: this.nowUs });
      }
    }
    this.#recordTrade(trade, exit.orderId);
    this.#positions[instrument.ix] = null;
    this.#statistics.addTrade(trade);
    for (const action of this.#risk.onTradeClosed(trade.netAtoms, this.nowUs)) {
      this.#event(`risk_${action.kind}`, 'warning', action.message);
    }
  }

  #order(
    instrument: Instrument,
    side: Side,
    type: OrderType,
    label: OrderLabel,
    qtyLots: number,
    price: number | null,
    decisionId: number | null,
  ): OrderRow {
    const ticks = price === null ? null : this.#ticksOf(instrument, price);
    const orderId = ++this.#ids.order;
    const row: OrderRow = {
      table: 'orders',
      orderId,
      tradeId: null,
      timestamp: this.nowUs,
      venue: 'sim',
      symbol: instrument.symbol,
      strategy: 'ensemble',
      side: side === 'buy' ? 'BUY' : 'SELL',
      type,
      timeInForce: type === 'market' ? 'IOC' : 'GTC',
      reduceOnly: label !== 'ENTRY',
      quantity: qtyOf(instrument, qtyLots),
      price: ticks === null ? null : priceOf(instrument, ticks),
      filledQty: 0,
      avgFillPrice: null,
      status: 'SUBMITTED',
      orderTypeLabel: label,
      stopLossOrderId: null,
      takeProfitOrderId: null,
      createdAt: this.nowUs,
      updatedAt: this.nowUs,
      clientOrderId: `x-${orderId}`,
      venueOrderId: `${10_000 + orderId}`,
      decisionId,
      rejectReason: null,
      priceTicks: null,
      triggerTicks: ticks,
      qtyLots,
      filledLots: 0,
      filledNotionalAtoms: 0n,
      feesAtoms: 0n,
    };
    this.#rows.push(row);
    return row;
  }

  #fill(instrument: Instrument, order: OrderRow, price: number): Trade {
    const priceTicks = this.#ticksOf(instrument, price);
    const notional = notionalAtoms(instrument, priceTicks, order.qtyLots);
    const feeAtoms = (notional * 5n) / 10_000n;
    const fill: FillEvent = {
      kind: 'fill',
      tsVenueUs: this.nowUs,
      tsLocalUs: this.nowUs,
      instrumentIx: instrument.ix,
      clientOrderId: order.clientOrderId,
      venueOrderId: order.venueOrderId ?? '',
      execId: `e-${++this.#ids.fill}`,
      side: order.side === 'BUY' ? 'buy' : 'sell',
      priceTicks,
      qtyLots: order.qtyLots,
      leavesLots: 0,
      feeAtoms,
      liquidity: 'taker',
      isLiquidation: false,
    };
    const before = this.#portfolio.equityAtoms;
    const change = this.#trades.applyFill(fill, this.#portfolio.applyFill(fill), before);
    this.#statistics.addFill(notional);
    const status: OrderStatus = 'FILLED';
    this.#rows.push({
      ...order,
      tradeId: change.trade.tradeId,
      status,
      updatedAt: this.nowUs,
      filledQty: order.quantity,
      filledLots: order.qtyLots,
      avgFillPrice: priceOf(instrument, priceTicks),
      filledNotionalAtoms: notional,
      feesAtoms: feeAtoms,
    });
    return change.closed ?? change.trade;
  }

  #recordTrade(trade: Trade, exitOrderId: number | null): void {
    const instrument = this.instruments.at(trade.instrumentIx);
    const position = this.#positions[trade.instrumentIx] ?? null;
    const figures = tradeFigures(trade, instrument);
    const row: TradeRow = {
      table: 'trades',
      tradeId: trade.tradeId,
      timestamp: trade.entryUs,
      venue: 'sim',
      symbol: instrument.symbol,
      strategy: 'ensemble',
      side: trade.side,
      entryPrice: priceOf(instrument, figures.entryTicks),
      exitPrice: figures.exitTicks === null ? null : priceOf(instrument, figures.exitTicks),
      quantity: qtyOf(instrument, trade.qtyLotsMax),
      pnl: moneyOf(instrument.atomDecimals, trade.netAtoms),
      pnlPercent: figures.netFraction * 100,
      status: trade.status,
      entryOrderId: position?.entry.orderId ?? null,
      exitOrderId,
      entryTime: trade.entryUs,
      exitTime: trade.exitUs,
      holdDuration: figures.holdUs,
      decisionConfidence: position?.decision.confidence ?? null,
      decisionExpectedValue: position?.decision.expectedValue ?? null,
      riskExposure: figures.exposureFraction,
      maxDrawdown: figures.maxAdverseFraction,
      snapshotId: position?.snapshotId ?? null,
      modelVotes: null,
      priceTicks: figures.entryTicksRounded,
      qtyLots: trade.qtyLotsMax,
      entryNotionalAtoms: trade.entryNotionalAtoms,
      exitNotionalAtoms: trade.exitNotionalAtoms,
      pnlAtoms: trade.netAtoms,
      feesAtoms: trade.feesAtoms,
      fundingAtoms: trade.fundingAtoms,
    };
    this.#rows.push(row);
  }

  #recordSnapshot(instrument: Instrument): number {
    const snapshotId = ++this.#ids.snapshot;
    const price = priceOf(instrument, this.#ticks(instrument));
    this.#rows.push({
      table: 'snapshots',
      snapshotId,
      timestamp: this.nowUs,
      venue: 'sim',
      symbol: instrument.symbol,
      currentPrice: price,
      bid: null,
      ask: null,
      spread: null,
      volume24h: 18_420.5,
      priceChange24h: price / this.#firstPrices[instrument.ix]! - 1,
      featureSetHash: FEATURES.hash,
      features: Float64Array.from(FEATURES.names, () => Math.tanh(this.#prng.normal())),
      eventSeq: this.#barIx * 6,
      eventHash: (0x9e3779b97f4a7c15n * BigInt(snapshotId)).toString(16).slice(-16).padStart(16, '0'),
    });
    return snapshotId;
  }

  #recordAccount(): void {
    const account = this.#portfolio.snapshot();
    this.#statistics.observe(this.nowUs, account.equityAtoms, account.positions.length > 0);
    for (const action of this.#risk.onEquity(this.nowUs, this.#portfolio)) {
      this.#event(`risk_${action.kind}`, 'warning', action.message);
    }
    if (this.#barIx === 1) this.#event('run_started', 'info', 'demo run started');
    if (this.nowUs % (4 * US_PER_HOUR) === 0)
      this.#event('funding_settled', 'info', 'funding of all symbols settled');
    const decimals = this.instruments.atomDecimals;
    const growth = this.#markets.map((market, ix) => market.price / this.#firstPrices[ix]!);
    this.#rows.push({
      table: 'portfolio_state',
      stateId: ++this.#ids.state,
      timestamp: this.nowUs,
      cashBalance: moneyOf(decimals, account.cashAtoms),
      totalValue: moneyOf(decimals, account.equityAtoms),
      positions: '[]',
      dailyPnl: moneyOf(decimals, account.dayPnlAtoms),
      maxDrawdown: account.maxDrawdown,
      benchmark: growth.reduce((sum, value) => sum + value, 0) / growth.length,
      cashAtoms: account.cashAtoms,
      equityAtoms: account.equityAtoms,
      unrealisedAtoms: account.unrealisedAtoms,
      realisedAtoms: account.realisedAtoms,
      feesAtoms: account.feesAtoms,
      fundingAtoms: account.fundingAtoms,
    });
  }

  #event(eventType: string, severity: 'info' | 'warning', message: string): void {
    this.#rows.push({
      table: 'system_events',
      eventId: ++this.#ids.event,
      timestamp: this.nowUs,
      eventType,
      severity,
      component: 'engine',
      message,
      details: '{}',
    });
  }

  #ticks(instrument: Instrument): number {
    return this.#ticksOf(instrument, this.#markets[instrument.ix]!.price);
  }

  #ticksOf(instrument: Instrument, price: number): number {
    return Math.round(price * 10 ** instrument.priceDecimals);
  }
}

/** The explanation as the ensemble's strategy and the decision desk write it. */
function explanationJson(
  instrument: Instrument,
  decision: EnsembleDecision,
  hold: string | null,
  verdict: RiskVerdict | null,
): string {
  const cost = {
    feesFraction: 2 * TAKER_FEE,
    spreadFraction: 0.0001,
    slippageFraction: 0.0002,
    fundingFraction: 0,
    totalFraction: COST_FRACTION,
  };
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return JSON.stringify({
    symbol: instrument.symbol,
    leaning: decision.leaning,
    probability: decision.probability,
    expected_return: decision.expectedReturn,
    prior_weight: decision.priorWeight,
    disagreement: decision.disagreement,
    votes: decision.weights,
    unusable: decision.unusable,
    gates: decision.gates,
    costs: { long: cost, short: cost },
    hold,
    risk:
      verdict === null
        ? null
        : {
            verdict: verdict.kind,
            code: verdict.kind === 'refused' ? verdict.code : null,
            message: verdict.kind === 'refused' ? verdict.message : null,
            rules: verdict.rules.map((rule) => ({
              ...rule,
              value: finite(rule.value),
              limit: finite(rule.limit),
            })),
          },
  });
}
