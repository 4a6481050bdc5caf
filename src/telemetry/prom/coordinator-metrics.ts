/**
 * The metrics of a trading program: the ten of the coordinator, a few of its process, and what was built. Names and labels are a contract.
 * It counts what it is told and measures nothing itself. A restarted program counts from 0, as Prometheus expects of a counter.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Names the program that serves the metrics. */
export interface BuildInfo {
  readonly version: string;
  /** Commit of the sources; empty when not known. */
  readonly commit: string;
  readonly node: string;
}

/** The account and its risk at a moment. */
export interface AccountGauges {
  /** In the account's currency. */
  readonly equity: number;
  /** Positions as a fraction of equity; NaN when equity is not above 0. */
  readonly exposure: number;
  /** True unless entries pass freely. */
  readonly isBreakerActive: boolean;
  /** Signed quantity in base currency by symbol; 0 when flat. */
  readonly positions: readonly { readonly symbol: string; readonly quantity: number }[];
}

/** The process at a moment. */
export interface ProcessGauges {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  /** Delay of the engine's event loop, 99th percentile; NaN when not measured. */
  readonly loopLagSeconds: number;
}

/** Net P&L of a trade in the account's currency: roughly 1-2-5 around 0, so that a small and a large account both resolve. */
const PNL_BUCKETS = [
  -1000, -500, -200, -100, -50, -20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000,
];
/** From a rule in the process (50 us) to a remote model that runs into its time limit. */
const LATENCY_BUCKETS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Counts for one program; each has a registry of its own. */
export class CoordinatorMetrics {
  readonly #registry = new Registry();
  readonly #snapshots = new Counter({
    name: 'xylen_snapshots_collected_total',
    help: 'Snapshots of the market that the engine took.',
    registers: [this.#registry],
  });
  readonly #predictions = new Counter({
    name: 'xylen_model_predictions_total',
    help: 'Replies of models by what they asked for; action none is a reply without a vote.',
    labelNames: ['model', 'action'],
    registers: [this.#registry],
  });
  readonly #decisions = new Counter({
    name: 'xylen_ensemble_decisions_total',
    help: 'Decisions by direction and what came of them: ordered, held by a gate, refused by risk, none asked.',
    labelNames: ['action', 'result'],
    registers: [this.#registry],
  });
  readonly #orders = new Counter({
    name: 'xylen_orders_placed_total',
    help: 'Orders by side, counted once for each status that they take.',
    labelNames: ['side', 'status'],
    registers: [this.#registry],
  });
  readonly #tradePnl = new Histogram({
    name: 'xylen_trade_pnl',
    help: 'Result of a closed trade in the currency of the account, net of fees and funding.',
    buckets: PNL_BUCKETS,
    registers: [this.#registry],
  });
  readonly #latency = new Histogram({
    name: 'xylen_decision_latency_seconds',
    help: 'Time from a trigger to its decision, measured by the wall clock.',
    buckets: LATENCY_BUCKETS,
    registers: [this.#registry],
  });
  readonly #equity = new Gauge({
    name: 'xylen_account_equity',
    help: 'Equity in the currency of the account, after all fees and funding paid so far.',
    registers: [this.#registry],
  });
  readonly #position = new Gauge({
    name: 'xylen_position_size',
    help: 'Open quantity in base currency, negative when short.',
    labelNames: ['symbol'],
    registers: [this.#registry],
  });
  readonly #exposure = new Gauge({
    name: 'xylen_risk_exposure',
    help: 'Absolute value of all positions as a fraction of equity.',
    registers: [this.#registry],
  });
  readonly #breaker = new Gauge({
    name: 'xylen_circuit_breaker_active',
    help: 'Whether the circuit breaker holds entries back (1) or not (0).',
    registers: [this.#registry],
  });
  readonly #rss = new Gauge({
    name: 'xylen_process_resident_memory_bytes',
    help: 'Resident memory of the process, all threads together.',
    registers: [this.#registry],
  });
  readonly #heap = new Gauge({
    name: 'xylen_process_heap_used_bytes',
    help: "Heap in use by the engine's thread.",
    registers: [this.#registry],
  });
  readonly #loopLag = new Gauge({
    name: 'xylen_event_loop_lag_p99_seconds',
    help: "Delay of the engine's event loop over the last seconds, 99th percentile.",
    registers: [this.#registry],
  });

  constructor({ version, commit, node }: BuildInfo) {
    const build = new Gauge({
      name: 'xylen_build_info',
      help: 'What was built, in labels; the value is always 1.',
      labelNames: ['version', 'commit', 'node'],
      registers: [this.#registry],
    });
    build.set({ version, commit, node }, 1);
    // Not known yet is not the same as 0: an alert on a low equity must not fire at the start.
    for (const gauge of [this.#equity, this.#exposure, this.#loopLag]) gauge.set(Number.NaN);
  }

  /** The media type of `text()`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts a snapshot. */
  addSnapshot(): void {
    this.#snapshots.inc();
  }

  /** Counts a model's reply; `action` is `none` where it gave no vote. */
  addPrediction(model: string, action: string): void {
    this.#predictions.inc({ model, action });
  }

  /** Counts a decision. */
  addDecision(action: string, result: string): void {
    this.#decisions.inc({ action, result });
  }

  /** Counts an order that took a status it did not have before. */
  addOrderStatus(side: string, status: string): void {
    this.#orders.inc({ side, status });
  }

  /** Notes the net result of a closed trade, in the account's currency. */
  observeTrade(netPnl: number): void {
    this.#tradePnl.observe(netPnl);
  }

  /** Notes how long a decision took. */
  observeLatency(seconds: number): void {
    this.#latency.observe(seconds);
  }

  /** Sets the gauges of the account. */
  setAccount({ equity, exposure, isBreakerActive, positions }: AccountGauges): void {
    this.#equity.set(equity);
    this.#exposure.set(exposure);
    this.#breaker.set(isBreakerActive ? 1 : 0);
    for (const { symbol, quantity } of positions) this.#position.set({ symbol }, quantity);
  }

  /** Sets the gauges of the process. */
  setProcess({ rssBytes, heapUsedBytes, loopLagSeconds }: ProcessGauges): void {
    this.#rss.set(rssBytes);
    this.#heap.set(heapUsedBytes);
    this.#loopLag.set(loopLagSeconds);
  }

  /** Returns all metrics in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
