/** Trading on paper against a live feed: real market data, the simulated venue, a window behind the clock. */
import { Prng } from '#core';
import type { CommandContext } from '../../cli/command.ts';
import type { ConfigReloader } from '../../config/reload.ts';
import { createRun, newRunId } from '../../runs/run-folder.ts';
import { lockRun } from '../../runs/run-lock.ts';
import type { Dashboard } from '../dashboard.ts';
import { openModels } from '../models.ts';
import { maxSpeedPacer } from '../pacer.ts';
import { realTime } from '../real-time.ts';
import { type FinishedRun, findingsOf, runRecorded } from '../recorded-run.ts';
import { buildStrategy, type StrategyChoice } from '../strategies.ts';
import { simulatedWorld } from '../trading-run.ts';
import { type LiveMarketWish, openLiveMarket } from './live-market.ts';
import { openTransport } from './venue-connection.ts';

/** What is traded on paper, and how. */
export interface PaperFeedRequest extends LiveMarketWish {
  readonly strategy: StrategyChoice;
}

/** Who watches and who may change it. */
export interface PaperFeedCompany {
  readonly dashboard: Dashboard | null;
  readonly reloader: ConfigReloader | null;
}

/** Runs until the time is over or the signal. */
export async function startPaperFeed(
  request: PaperFeedRequest,
  runId: string | null,
  { dashboard, reloader }: PaperFeedCompany,
  context: CommandContext,
): Promise<FinishedRun> {
  const { config, signal } = context;
  const startedUs = realTime.nowUs();
  await using opened = new AsyncDisposableStack();
  const transport = openTransport(config);
  opened.defer(() => transport.close());
  // Only pauses after failures are drawn from it: the run's own seed draws what its result rests on.
  const prng = new Prng(request.seed).split('live');
  const live = await openLiveMarket(request, transport, prng, context);
  opened.defer(() => live.close());
  opened.defer(() => live.stop());
  const { market, specs } = live;
  const [decisionUs = market.sourceTimeframeUs] = market.timeframesUs;
  const strategy = await buildStrategy(request.strategy, config, decisionUs);
  const models = strategy.name === 'ensemble' ? await openModels(context, market.timeframesUs) : null;
  if (models !== null) opened.defer(() => models.close());
  const folder = createRun(context.dataDir, runId ?? newRunId(context.dataDir, 'paper', context.wallNowUs()));
  const lock = lockRun(folder);
  opened.defer(() => lock.release());
  const world = simulatedWorld(market, config, request.seed);
  const onAbort = (): void => live.stop();
  signal.addEventListener('abort', onAbort, { once: true });
  opened.defer(() => signal.removeEventListener('abort', onAbort));
  if (!context.isJson) {
    const symbols = request.symbols.join(', ');
    context.print(
      `live on paper: ${symbols} of ${request.venue}, run ${folder.runId}; Ctrl-C ends it with a summary`,
    );
  }
  live.start();
  const pacer = maxSpeedPacer(realTime);
  return await runRecorded(
    {
      mode: 'paper',
      folder,
      isResumed: false,
      seed: request.seed,
      isSynthetic: false,
      market,
      specs,
      strategy,
      parameters: request.strategy.parameters,
      models,
      world,
      assumptions: world.assumptions(),
      findings: findingsOf(world),
      isVenueElsewhere: false,
      checkpointEvents: config.storage.checkpointEvents,
      pacer: dashboard?.politePacer(pacer) ?? pacer,
      speed: 1,
      observe: null,
      dashboard,
      reloader,
      startedUs,
    },
    context,
  );
}
