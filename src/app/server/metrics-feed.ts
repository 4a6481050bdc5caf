/** Keeps the metrics by what the engine posts. Counts what happened once, however often its row is written. */
import { moneyOf, qtyOf } from '#domain';
import type { OrderRow, RecordRow, TradeRow } from '#store';
import type { CoordinatorMetrics } from '#telemetry/prom';
import { ORDERS_MAX, TRADES_MAX } from '#wire';
import type { FeedMessage, RunFeed, StatusFeed } from './feed.ts';
import { InstrumentNames } from './instrument-names.ts';
import { RecentMap } from './recent-map.ts';
import { outcomeOf } from './row-translation.ts';
import { atomDecimalsOf } from './status-translation.ts';

/** Rows are written again only while their order or trade is young; this many are remembered. */
const REMEMBERED = 4;

/** Feeds one set of metrics. */
export class MetricsFeed {
  readonly #metrics: CoordinatorMetrics;
  readonly #orderStatuses = new RecentMap<number, string>(REMEMBERED * ORDERS_MAX);
  readonly #closedTrades = new RecentMap<number, true>(REMEMBERED * TRADES_MAX);
  #run: RunFeed | null = null;
  #names = new InstrumentNames([]);

  constructor(metrics: CoordinatorMetrics) {
    this.#metrics = metrics;
  }

  /** Takes a message in. */
  accept(message: FeedMessage): void {
    if (message.kind === 'run') {
      this.#run = message;
      this.#names = new InstrumentNames(message.instruments);
    }
    if (message.kind === 'rows') for (const row of message.rows) this.#acceptRow(row);
    else if (message.kind === 'status') this.#acceptStatus(message);
    else if (message.kind === 'latency') {
      for (const seconds of message.decisionSeconds) this.#metrics.observeLatency(seconds);
    }
  }

  #acceptRow(row: RecordRow): void {
    if (row.table === 'snapshots') this.#metrics.addSnapshot();
    else if (row.table === 'model_predictions') this.#metrics.addPrediction(row.modelName, row.action);
    else if (row.table === 'ensemble_decisions') this.#metrics.addDecision(row.finalAction, outcomeOf(row));
    else if (row.table === 'orders') this.#acceptOrder(row);
    else if (row.table === 'trades') this.#acceptTrade(row);
  }

  #acceptOrder({ orderId, side, status }: OrderRow): void {
    if (this.#orderStatuses.get(orderId) === status) return;
    this.#orderStatuses.set(orderId, status);
    this.#metrics.addOrderStatus(side, status);
  }

  #acceptTrade({ pnl, status, tradeId }: TradeRow): void {
    if (status === 'OPEN' || this.#closedTrades.get(tradeId) === true) return;
    this.#closedTrades.set(tradeId, true);
    this.#metrics.observeTrade(pnl);
  }

  #acceptStatus(status: StatusFeed): void {
    this.#metrics.setProcess({
      rssBytes: status.rssBytes,
      heapUsedBytes: status.heapUsedBytes,
      loopLagSeconds: status.loopLagP99Ms === null ? Number.NaN : status.loopLagP99Ms / 1_000,
    });
    const run = this.#run;
    if (run === null) return;
    const open = new Map(
      status.account.positions.map(({ instrumentIx, qtyLots }) => [instrumentIx, qtyLots]),
    );
    this.#metrics.setAccount({
      equity: moneyOf(atomDecimalsOf(run), status.account.equityAtoms),
      exposure: status.risk.exposureFraction ?? Number.NaN,
      isBreakerActive: status.risk.breaker !== 'closed',
      positions: run.instruments.map((instrument) => ({
        symbol: this.#names.of(instrument),
        quantity: qtyOf(instrument, open.get(instrument.ix) ?? 0),
      })),
    });
  }
}
