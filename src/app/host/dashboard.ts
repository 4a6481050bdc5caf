/**
 * The dashboard of a program: its server's thread, the phases of the program, its log lines and the feed of its run. Watching never holds a
 * run up for long and never changes it.
 */
import type { Engine, EnsembleStrategy, Pacer, SessionObserver } from '#engine';
import { featureSet } from '#features';
import type { Assumption } from '#sim';
import type { Log, Progress } from '#telemetry';
import type { RunPhase } from '#wire';
import type { CommandContext } from '../cli/command.ts';
import { loadedOf } from '../cli/context.ts';
import type { RunFeed } from '../server/feed.ts';
import { feedLog } from '../server/feed-log.ts';
import { type ServerThread, startServerThread } from '../server/server-thread.ts';
import { webDistDir } from '../server/web-build.ts';
import type { WebNotice } from '../server/worker-messages.ts';
import type { PreparedMarket } from './history-market.ts';
import { LiveFeed } from './live-feed.ts';
import { commitId, PROGRAM_ROOT, programVersion } from './program.ts';
import { realTime } from './real-time.ts';

/** What the dashboard shows of a run. */
export interface DashboardView {
  readonly engine: Engine;
  readonly ensemble: EnsembleStrategy | null;
  readonly market: PreparedMarket;
  readonly speed: number | null;
  readonly isSynthetic: boolean;
  readonly assumptions: readonly Assumption[];
}

/** While the server is behind, a run as fast as it goes waits in steps of this. */
const BEHIND_MS = 5;
/** How often the share of the warm-up is told, in events. */
const PHASE_EVENTS = 4_096;

/** What a run does where it does not trade on paper. */
const TRADING_WORDS: Readonly<Partial<Record<string, string>>> = {
  'dry-run': 'dry run: nothing is sent',
  testnet: 'trading invented money at an exchange',
  live: 'trading LIVE',
};

/** The dashboard, open until it is closed. */
export class Dashboard {
  /** Writes to the dashboard's log alone. */
  readonly log: Log;
  readonly #server: ServerThread;
  readonly #signal: AbortSignal;
  #feed: LiveFeed | null = null;

  private constructor(server: ServerThread, context: CommandContext) {
    this.#server = server;
    this.#signal = context.signal;
    this.log = feedLog({
      level: context.config.monitoring.logLevel,
      nowUs: () => context.wallNowUs(),
      redact: (text) => loadedOf(context).secrets.redact(text),
      post: (message) => server.post(message),
    });
  }

  /** Starts the servers on the configured ports. @throws XY_PORT_IN_USE, XY_CONFIG_INVALID. */
  static async open(context: CommandContext): Promise<Dashboard> {
    const { dashboardPort, host, metricsPort } = context.config.monitoring;
    const server = await startServerThread({
      host,
      dashboardPort,
      metricsPort,
      token: loadedOf(context).secrets.get('XYLEN_API_TOKEN') ?? null,
      distDir: webDistDir(PROGRAM_ROOT),
      buildRoot: PROGRAM_ROOT,
      build: { version: programVersion(), commit: commitId(), node: process.version },
      onWeb: (notice) => reportWeb(notice, context.log),
      onFailure: (message) => context.log.error('dashboard_failed', { message }),
    });
    return new Dashboard(server, context);
  }

  /** Where it is. */
  get url(): string {
    return this.#server.dashboardUrl;
  }

  /** Where the metrics are. */
  get metricsUrl(): string {
    return `${this.#server.metricsUrl}/metrics`;
  }

  /** Says where it is: on stdout, or in the log where stdout is for one JSON document. */
  announce({ isJson, log, print }: CommandContext): void {
    if (isJson) log.info('dashboard_open', { url: this.url, metrics: this.metricsUrl });
    else print(`dashboard  ${this.url}   metrics  ${this.metricsUrl}`);
  }

  /** Says what the program is doing. */
  phase(phase: RunPhase['phase'], message: string, progress: number | null = null): void {
    this.#server.post({ kind: 'phase', phase, message, progress });
  }

  /** Returns a progress sink that shows a phase here and in `terminal`. */
  progress(phase: RunPhase['phase'], terminal: Progress): Progress {
    return {
      update: (state) => {
        terminal.update(state);
        this.phase(phase, state.label, state.total > 0 ? Math.min(1, state.done / state.total) : null);
      },
    };
  }

  /** Announces a run and returns what must watch it. */
  watch(view: DashboardView): readonly SessionObserver[] {
    const { engine, ensemble, market, speed } = view;
    this.#server.post(runFeedOf(view));
    this.#feed = new LiveFeed({
      engine,
      ensemble,
      speed,
      workers: () => [{ name: 'server', state: this.#server.state }],
      candlesFromUs: market.tradeFromUs - CHART_HISTORY_US,
      post: (message) => this.#server.post(message),
      nowUs: realTime.nowUs,
    });
    this.#feed.start();
    return [this.#feed, this.#phases(market, TRADING_WORDS[engine.options.run.mode] ?? 'trading on paper')];
  }

  /** Stops watching; what was seen is still told. */
  unwatch(): void {
    this.#feed?.stop();
    this.#feed = null;
  }

  /** Returns a pacer that gives the server time while it is behind. */
  politePacer(pacer: Pacer): Pacer {
    return {
      waitUntil: (tsUs) => pacer.waitUntil(tsUs),
      yieldNow: async () => {
        await pacer.yieldNow();
        while (this.#server.isBehind && !this.#signal.aborted)
          await realTime.sleepMs(BEHIND_MS, this.#signal);
      },
    };
  }

  /** Ends the servers, in bounded time. */
  async close(): Promise<void> {
    this.unwatch();
    await this.#server.close();
  }

  #phases({ startUs, tradeFromUs }: PreparedMarket, words: string): SessionObserver {
    let isTrading = false;
    return {
      onEvent: ({ tsLocalUs }, _effects, eventSeq) => {
        if (isTrading) return;
        isTrading = tsLocalUs >= tradeFromUs;
        if (isTrading) this.phase('trading', words);
        else if (eventSeq % PHASE_EVENTS === 0) {
          const share = (tsLocalUs - startUs) / (tradeFromUs - startUs);
          this.phase('warming_up', 'warming up the features', Math.max(0, share));
        }
      },
    };
  }
}

const DAY_US = 86_400_000_000;
/** Candles from before trading that the chart begins with. */
const CHART_HISTORY_US = 2 * DAY_US;

function runFeedOf({ assumptions, engine, isSynthetic, market }: DashboardView): RunFeed {
  const { instruments, run } = engine.options;
  return {
    kind: 'run',
    runId: run.runId,
    mode: run.mode,
    seed: run.seed,
    isSynthetic,
    currency: run.currency,
    equityStartAtoms: run.equityStartAtoms,
    decisionTimeframeUs: market.timeframesUs[0] ?? market.sourceTimeframeUs,
    instruments: instruments.all,
    hasFunding: market.hasFunding,
    assumptions: assumptions.map(({ text }) => text),
    featureNames: engine.needsFeatures ? featureSet(market.timeframesUs).names : [],
  };
}

function reportWeb(notice: WebNotice, log: Log): void {
  if (notice.kind === 'built') log.info('dashboard_built', { seconds: notice.seconds });
  else if (notice.kind === 'failed') log.warn('dashboard_build_failed', { message: notice.message });
}
