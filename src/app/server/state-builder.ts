/**
 * From what the engine posts to what the dashboard shows. Messages are taken in as they come, cheaply; `takeChanges` turns what is new into
 * wire form, at the pace of the server, and keeps the state that a late browser gets. A flood of rows costs no more than the lists are
 * long: what would fall out again at once is never translated. Single-threaded, no clock, no I/O.
 */
import { assert, unreachable } from '#core';
import { type InstrumentIx, moneyOf } from '#domain';
import type {
  EnsembleDecisionRow,
  ModelPredictionRow,
  OrderRow,
  PortfolioStateRow,
  RecordRow,
  SnapshotRow,
  TradeRow,
} from '#store';
import {
  applyChanges,
  CANDLES_MAX,
  type Candle,
  type Changes,
  type DashboardState,
  DECISIONS_MAX,
  type Decision,
  EQUITY_POINTS_MAX,
  type EquityPoint,
  type Explanation,
  emptyState,
  LOG_MAX,
  type LogEntry,
  MODELS_MAX,
  ORDERS_MAX,
  type OrderLabel,
  RULES_MAX,
  type RunInfo,
  type RunPhase,
  SYMBOLS_MAX,
  TRADES_MAX,
} from '#wire';
import type { CandlesFeed, FeedMessage, RunFeed, StatusFeed } from './feed.ts';
import { InstrumentNames } from './instrument-names.ts';
import { logEntryOfLine } from './log-line.ts';
import { ModelBoard } from './model-board.ts';
import { RecentMap } from './recent-map.ts';
import { decisionOf, explanationOf, logEntryOf, orderOf, shortened, tradeOf } from './row-translation.ts';
import { atomDecimalsOf, statusOf } from './status-translation.ts';

/** Snapshots whose decision may still come, and those of the decisions that are kept. */
const SNAPSHOTS_MAX = DECISIONS_MAX + SYMBOLS_MAX;
/** Orders whose label is remembered, to say what closed a trade. */
const LABELS_MAX = 4 * ORDERS_MAX;

/** Builds the state of one dashboard server. */
export class StateBuilder {
  readonly #snapshots = new RecentMap<number, SnapshotRow>(SNAPSHOTS_MAX);
  readonly #replies = new RecentMap<number, ModelPredictionRow[]>(SNAPSHOTS_MAX);
  readonly #decisions = new RecentMap<number, EnsembleDecisionRow>(DECISIONS_MAX);
  readonly #labels = new RecentMap<number, OrderLabel>(LABELS_MAX);
  readonly #openTrades = new Map<string, TradeRow>();
  readonly #models = new ModelBoard();
  readonly #pending = {
    candles: new Map<InstrumentIx, RecentMap<number, Candle>>(),
    trades: new RecentMap<number, TradeRow>(TRADES_MAX),
    orders: new RecentMap<number, OrderRow>(ORDERS_MAX),
    decisions: new RecentMap<number, EnsembleDecisionRow>(DECISIONS_MAX),
    equity: new RecentMap<number, EquityPoint>(EQUITY_POINTS_MAX),
    log: new RecentMap<number, LogEntry>(LOG_MAX),
  };
  #run: RunFeed | null = null;
  #names = new InstrumentNames([]);
  #status: StatusFeed | null = null;
  #isStatusNew = false;
  #newRun: RunInfo | undefined;
  #newPhase: RunPhase | undefined;
  #logSeq = 0;
  #state: DashboardState = emptyState();

  /** The state up to the last `takeChanges`. */
  get state(): DashboardState {
    return this.#state;
  }

  /** The newest figures of the engine, `null` before the first. */
  get latestStatus(): StatusFeed | null {
    return this.#status;
  }

  /** Takes a message in. */
  accept(message: FeedMessage): void {
    switch (message.kind) {
      case 'run':
        this.#run = message;
        this.#names = new InstrumentNames(message.instruments);
        this.#newRun = runInfoOf(message, this.#names);
        break;
      case 'phase':
        this.#newPhase = phaseOf(message);
        break;
      case 'rows':
        for (const row of message.rows) this.#acceptRow(row);
        break;
      case 'candles':
        this.#acceptCandles(message);
        break;
      case 'status':
        this.#status = message;
        this.#isStatusNew = true;
        this.#models.setPerformances(message.models);
        break;
      case 'log':
        this.#addLog(logEntryOfLine(message.line, ++this.#logSeq));
        break;
      case 'latency':
        break;
      default:
        unreachable(message, 'feed message');
    }
  }

  /** Returns what changed since the last call, applied to `state`; `null` when nothing did. */
  takeChanges(droppedMessages: number): Changes | null {
    const changes: Changes = {
      ...(this.#newRun === undefined ? {} : { run: this.#newRun }),
      ...(this.#newPhase === undefined ? {} : { phase: this.#newPhase }),
      ...this.#takeLists(),
    };
    this.#newRun = undefined;
    this.#newPhase = undefined;
    const withLists = applyChanges(this.#state, changes);
    if (this.#isStatusNew && this.#status !== null && this.#run !== null) {
      this.#isStatusNew = false;
      const openOrders = withLists.orders.filter((order) => order.isOpen);
      const context = {
        run: this.#run,
        names: this.#names,
        openOrders,
        openTrades: this.#openTrades,
        droppedMessages,
      };
      changes.status = statusOf(this.#status, context);
    }
    const models = this.#models.takeChanged();
    if (models !== undefined) changes.models = models;
    if (Object.keys(changes).length === 0) return null;
    this.#state = applyChanges(this.#state, changes);
    return changes;
  }

  /** Returns everything that is known about a decision; `null` when it has fallen out of memory. */
  explanation(decisionId: number): Explanation | null {
    const row = this.#decisions.get(decisionId);
    if (row === undefined || this.#run === null) return null;
    const { featureNames, instruments } = this.#run;
    const instrument = instruments.find(({ symbol, venue }) => symbol === row.symbol && venue === row.venue);
    return explanationOf(this.#recordOf(row), { featureNames, instrument: instrument ?? null });
  }

  #acceptRow(row: RecordRow): void {
    switch (row.table) {
      case 'trades':
        this.#pending.trades.set(row.tradeId, row);
        this.#followTrade(row);
        break;
      case 'orders':
        this.#labels.set(row.orderId, row.orderTypeLabel);
        this.#pending.orders.set(row.orderId, row);
        break;
      case 'snapshots':
        this.#snapshots.set(row.snapshotId, row);
        break;
      case 'model_predictions':
        this.#acceptReply(row);
        break;
      case 'ensemble_decisions':
        this.#decisions.set(row.decisionId, row);
        this.#pending.decisions.set(row.decisionId, row);
        break;
      case 'portfolio_state':
        this.#acceptAccount(row);
        break;
      case 'system_events':
        this.#addLog(logEntryOf(row, ++this.#logSeq));
        break;
      case 'runs':
      case 'fills':
      case 'funding_payments':
      case 'prediction_outcomes':
        // What a dashboard shows of these is part of trades, status and models.
        break;
      default:
        unreachable(row, 'row');
    }
  }

  #followTrade(row: TradeRow): void {
    const name = this.#names.of(row);
    if (row.status === 'OPEN') this.#openTrades.set(name, row);
    else if (this.#openTrades.get(name)?.tradeId === row.tradeId) this.#openTrades.delete(name);
  }

  #acceptReply(row: ModelPredictionRow): void {
    const replies = this.#replies.get(row.snapshotId) ?? [];
    if (replies.length >= MODELS_MAX) return;
    replies.push(row);
    this.#replies.set(row.snapshotId, replies);
  }

  #acceptAccount(row: PortfolioStateRow): void {
    const start = this.#run === null ? null : moneyOf(atomDecimalsOf(this.#run), this.#run.equityStartAtoms);
    const buyAndHold = start === null || row.benchmark === null ? null : start * row.benchmark;
    if (!Number.isFinite(row.totalValue)) return;
    this.#pending.equity.set(row.timestamp, { tsUs: row.timestamp, equity: row.totalValue, buyAndHold });
  }

  #acceptCandles({ candles }: CandlesFeed): void {
    for (const { instrumentIx, openTsUs, open, high, low, close, volume } of candles) {
      let list = this.#pending.candles.get(instrumentIx);
      if (list === undefined) {
        if (this.#pending.candles.size >= SYMBOLS_MAX) continue;
        list = new RecentMap(CANDLES_MAX);
        this.#pending.candles.set(instrumentIx, list);
      }
      // A chart cannot draw what is not a number; the record says what was there.
      const isDrawable = [open, high, low, close, volume].every(Number.isFinite);
      if (isDrawable) list.set(openTsUs, { tsUs: openTsUs, open, high, low, close, volume });
    }
  }

  #addLog(entry: LogEntry): void {
    this.#pending.log.set(entry.seq, entry);
  }

  /** Translates what is new in the lists. */
  #takeLists(): Changes {
    const changes: Changes = {};
    const { candles, decisions, equity, log, orders, trades } = this.#pending;
    if (equity.size > 0) changes.equity = equity.takeAll();
    if (log.size > 0) changes.log = log.takeAll();
    // The rest has a meaning only with the facts of the run.
    if (this.#run === null) return changes;
    const reading = { names: this.#names, atomDecimals: atomDecimalsOf(this.#run) };
    const newCandles = [...candles].filter(([, list]) => list.size > 0);
    if (newCandles.length > 0) {
      changes.candles = Object.fromEntries(
        newCandles.map(([ix, list]) => [this.#nameAt(ix), list.takeAll()] as const),
      );
    }
    if (decisions.size > 0) changes.decisions = decisions.takeAll().map((row) => this.#decide(row));
    if (orders.size > 0) changes.orders = orders.takeAll().map((row) => orderOf(row, reading));
    if (trades.size > 0) {
      changes.trades = trades.takeAll().map((row) => tradeOf(row, this.#exitLabel(row), reading));
    }
    return changes;
  }

  #decide(row: EnsembleDecisionRow): Decision {
    const decision = decisionOf(this.#recordOf(row), this.#names);
    this.#models.addDecision(decision);
    return decision;
  }

  #recordOf(row: EnsembleDecisionRow) {
    return {
      row,
      snapshot: this.#snapshots.get(row.snapshotId) ?? null,
      replies: this.#replies.get(row.snapshotId) ?? [],
    };
  }

  #nameAt(instrumentIx: InstrumentIx): string {
    const instrument = this.#run?.instruments[instrumentIx];
    assert(instrument !== undefined, `a candle belongs to an instrument of the run, was ${instrumentIx}`);
    return this.#names.of(instrument);
  }

  #exitLabel(row: TradeRow): OrderLabel | null {
    return row.exitOrderId === null ? null : (this.#labels.get(row.exitOrderId) ?? null);
  }
}

function runInfoOf(run: RunFeed, names: InstrumentNames): RunInfo {
  return {
    runId: run.runId,
    mode: run.mode,
    isSynthetic: run.isSynthetic,
    currency: run.currency,
    equityStart: moneyOf(atomDecimalsOf(run), run.equityStartAtoms),
    seed: run.seed,
    decisionTimeframeUs: run.decisionTimeframeUs,
    instruments: run.instruments.slice(0, SYMBOLS_MAX).map((instrument) => ({
      symbol: names.of(instrument),
      venue: instrument.venue,
      baseAsset: instrument.baseAsset,
      quoteAsset: instrument.quoteAsset,
      priceDecimals: instrument.priceDecimals,
      qtyDecimals: instrument.qtyDecimals,
    })),
    hasFunding: run.hasFunding,
    assumptions: run.assumptions.slice(0, RULES_MAX).map(shortened),
  };
}

function phaseOf({ phase, message, progress }: RunPhase): RunPhase {
  return { phase, message: shortened(message), progress };
}
