/**
 * A live run: the live market on one side, an account at a venue (or nobody, in a dry run) on the other, the engine between them, and the record of all of it. A run
 * that was interrupted or died is continued with what the venue says now; it never goes on as another kind of run.
 */
import { existsSync } from 'node:fs';
import { Prng, US_PER_SECOND, XylenError } from '#core';
import type { CandleEvent, MarketEvent } from '#domain';
import type { Strategy } from '#engine';
import type { SocketTransport } from '#net/socket';
import type { PredictorPool } from '#serving';
import type { Assumption } from '#sim';
import { openRecord } from '#store/sqlite';
import type { KillReport } from '#venues/desk';
import type { CommandContext } from '../../cli/command.ts';
import { loadedOf, onUrge } from '../../cli/context.ts';
import { createRun, newRunId, openRun, type RunFolder } from '../../runs/run-folder.ts';
import { lockRun } from '../../runs/run-lock.ts';
import type { RunCompany } from '../company.ts';
import { openModels } from '../models.ts';
import { maxSpeedPacer } from '../pacer.ts';
import { realTime } from '../real-time.ts';
import { type FinishedRun, runRecorded } from '../recorded-run.ts';
import { buildStrategy } from '../strategies.ts';
import type { TradingRun } from '../trading-run.ts';
import type { AccountEnd } from './account-end.ts';
import { type LiveAccount, openLiveAccount } from './live-account.ts';
import { LiveEnding } from './live-ending.ts';
import type { LiveConsent } from './live-gate.ts';
import { type LiveMarket, type MarketSink, openLiveMarket } from './live-market.ts';
import { type LiveRequest, type LiveStart, readLiveStart, writeLiveStart } from './live-request.ts';
import { marketAddressOf } from './venue-address.ts';
import { openTransport } from './venue-connection.ts';
import { VenueWorld } from './venue-world.ts';

/** A live run that is over. */
export interface FinishedLive extends FinishedRun {
  /** True when the venue was the simulated exchange. */
  readonly isSimulated: boolean;
  /** What is left open at the venue and where the books differ; `null` = nobody has an account there. */
  readonly end: AccountEnd | null;
  /** What the kill switch did; `null` = it was not pulled. */
  readonly killed: KillReport | null;
  /** Orders that a dry run would have sent. */
  readonly wouldSend: number;
}

/** Both sides are compared so often, besides at the start and after each reconnection. */
const RECONCILE_EVERY_US = 60 * US_PER_SECOND;

/** A real venue tells nothing twice: the less lies between two checkpoints, the less has to be asked for after a crash. */
const CHECKPOINT_EVENTS_MAX = 64;

/** How a run is found or made. */
interface LivePlace {
  readonly request: LiveRequest;
  /** `null` = it begins now. */
  readonly earlier: { readonly folder: RunFolder; readonly start: LiveStart } | null;
  readonly runId: string | null;
}

/** Begins a live run. @throws XY_LIVE_REFUSED, XY_INSTRUMENT_UNKNOWN, XY_VENUE_FAILED, XY_USAGE. */
export function startLive(
  request: LiveRequest,
  runId: string | null,
  consent: LiveConsent,
  company: RunCompany,
  context: CommandContext,
): Promise<FinishedLive> {
  return runLive({ request, runId, earlier: null }, consent, company, context);
}

/** Goes on with one that was interrupted or died. @throws XY_RUN_MISSING, XY_CHECKPOINT_INVALID, and as `startLive`. */
export function resumeLive(
  name: string,
  consent: LiveConsent,
  company: RunCompany,
  context: CommandContext,
): Promise<FinishedLive> {
  const folder = openRun(context.dataDir, name);
  const start = readLiveStart(folder);
  const leftUs = Math.max(0, start.endUs - context.wallNowUs());
  const forUs = start.request.forUs === null ? null : leftUs;
  if (forUs === 0) throw new XylenError('XY_USAGE', `the time of run '${folder.runId}' is over`);
  const request = { ...start.request, forUs };
  return runLive({ request, runId: folder.runId, earlier: { folder, start } }, consent, company, context);
}

/** Everything of a live run but its folder and its record. */
interface PreparedLive {
  readonly transport: SocketTransport;
  readonly live: LiveMarket;
  readonly account: LiveAccount;
  readonly relay: SinkRelay;
  readonly strategy: Strategy;
  readonly models: PredictorPool | null;
}

async function runLive(
  place: LivePlace,
  consent: LiveConsent,
  company: RunCompany,
  context: CommandContext,
): Promise<FinishedLive> {
  const startedUs = realTime.nowUs();
  await using opened = new AsyncDisposableStack();
  const { earlier, request } = place;
  const prepared = await prepareLive(place, consent, context, opened);
  const { account, live, relay, strategy, transport } = prepared;
  const { isSimulated } = account;
  const folder = earlier?.folder ?? newFolder(place, context);
  const lock = lockRun(folder);
  opened.defer(() => lock.release());
  const start = earlier?.start ?? startOf(request, live, account);
  if (earlier === null) writeLiveStart(folder, start);
  const stop = new AbortController();
  const world = new VenueWorld({
    gateway: account.gateway,
    timers: transport,
    warm: relay.past,
    floorUs: checkpointUs(folder),
    onListening: () => account.listen(),
  });
  account.attach(world);
  relay.attach(world);
  announce(request, isSimulated, folder, context);
  let ending: LiveEnding | null = null;
  const recorded = runRecorded(
    {
      mode: isSimulated && request.mode === 'live' ? 'testnet' : request.mode,
      folder,
      isResumed: earlier !== null,
      seed: request.seed,
      isSynthetic: isSimulated,
      market: { ...live.market, startUs: start.startUs, tradeFromUs: start.tradeFromUs, endUs: start.endUs },
      specs: live.specs,
      strategy,
      parameters: request.strategy.parameters,
      models: prepared.models,
      world,
      assumptions: assumptionsOf(request, isSimulated),
      isVenueElsewhere: request.mode !== 'dry-run',
      checkpointEvents: Math.min(CHECKPOINT_EVENTS_MAX, context.config.storage.checkpointEvents),
      pacer: maxSpeedPacer(realTime),
      speed: 1,
      observe: () => account.observer,
      dashboard: company.dashboard,
      reloader: company.reloader,
      startedUs,
      startCashAtoms: BigInt(start.startCashAtoms),
      ...(request.mode === 'dry-run' ? {} : { reconcileEveryUs: RECONCILE_EVERY_US }),
      onRun: (run) => {
        account.watch(run);
        const wish = { run, world, transport, kill: account.kill, suspend: () => stop.abort() };
        ending = beginEnding(wish, relay, context, opened);
        live.start();
      },
    },
    { ...context, signal: stop.signal },
  );
  const finished = await orSayWhatIsLeft(recorded, account, context);
  const killed = (ending as LiveEnding | null)?.killReport ?? null;
  return { ...finished, isSimulated, killed, end: await account.end(), wouldSend: account.wouldSend };
}

/** A run that fails leaves what it leaves: that is said before the error is. */
async function orSayWhatIsLeft<T>(
  run: Promise<T>,
  account: LiveAccount,
  { log }: CommandContext,
): Promise<T> {
  try {
    return await run;
  } catch (error) {
    const end = await account.end();
    const left = end === null || end.left.length === 0 ? 'nothing' : end.left.join('; ');
    if (end !== null) log.error('left_at_venue', { left });
    throw error;
  }
}

/** Opens the market, passes the gate, sets the account up. */
async function prepareLive(
  { earlier, request }: LivePlace,
  consent: LiveConsent,
  context: CommandContext,
  opened: AsyncDisposableStack,
): Promise<PreparedLive> {
  const address = await marketAddressOf(request, context.config, loadedOf(context).secrets);
  const transport = openTransport(context.config);
  opened.defer(() => transport.close());
  // Only pauses after failures and numbers of requests are drawn from it.
  const prng = new Prng(request.seed).split(`live ${transport.nowUs()}`);
  const relay = new SinkRelay();
  const since = earlier?.start ?? null;
  const sunk = { sink: relay, since };
  const live = await openLiveMarket(request, transport, prng, { ...context, config: address.config }, sunk);
  opened.defer(() => live.close());
  opened.defer(() => live.stop());
  const { market } = live;
  const [decisionUs = market.sourceTimeframeUs] = market.timeframesUs;
  const strategy = await buildStrategy(request.strategy, context.config, decisionUs);
  const models = strategy.name === 'ensemble' ? await openModels(context, market.timeframesUs) : null;
  if (models !== null) opened.defer(() => models.close());
  const lastTicks = (ix: number): number =>
    relay.past.findLast(({ instrumentIx }) => instrumentIx === ix)?.closeTicks ?? 0;
  const parts = { request, address, live, transport, prng, consent, earlier: since, lastTicks };
  const account = await openLiveAccount(parts, context);
  opened.defer(() => account.close());
  return { transport, live, account, relay, strategy, models };
}

/** Takes what the market says until there is a world that hears it. */
class SinkRelay implements MarketSink {
  readonly past: CandleEvent[] = [];
  onOver: () => void = () => undefined;
  #waiting: MarketEvent[] = [];
  #world: VenueWorld | null = null;

  attach(world: VenueWorld): void {
    this.#world = world;
    for (const event of this.#waiting) world.push(event);
    this.#waiting = [];
  }

  warm(candle: CandleEvent): void {
    this.past.push(candle);
  }

  push(event: MarketEvent): void {
    if (this.#world === null) this.#waiting.push(event);
    else this.#world.push(event);
  }

  end(): void {
    this.onOver();
  }
}

interface EndingWish {
  readonly run: TradingRun;
  readonly world: VenueWorld;
  readonly transport: SocketTransport;
  readonly kill: ((onDone: (report: KillReport) => void) => void) | null;
  readonly suspend: () => void;
}

/** Has signals, and the end of the run's time, end the run. */
function beginEnding(
  { transport, ...wish }: EndingWish,
  relay: SinkRelay,
  context: CommandContext,
  opened: AsyncDisposableStack,
): LiveEnding {
  const { config, log } = context;
  const ending = new LiveEnding({
    ...{ ...wish, config, log },
    after: (delayUs, call) => transport.after(delayUs, call),
    nowUs: () => transport.nowUs(),
  });
  relay.onOver = () => ending.begin(true);
  opened.defer(listenForEnd(ending, context));
  return ending;
}

/** The first signal ends in order, the second or SIGUSR2 pulls the kill switch. Returns how to stop listening. */
function listenForEnd(ending: LiveEnding, context: CommandContext): () => void {
  const { signal } = context;
  const onAbort = (): void => ending.begin(false);
  const onKill = (): void => ending.urge();
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  process.on('SIGUSR2', onKill);
  const stopListening = onUrge(context, onKill);
  return () => {
    signal.removeEventListener('abort', onAbort);
    process.off('SIGUSR2', onKill);
    stopListening();
  };
}

function startOf(
  request: LiveRequest,
  { market: { endUs, startUs, tradeFromUs } }: LiveMarket,
  { isSimulated, sparesStops, startCashAtoms }: LiveAccount,
): LiveStart {
  return {
    request,
    startUs,
    tradeFromUs,
    endUs,
    startCashAtoms: String(startCashAtoms),
    isSimulated,
    sparesStops,
  };
}

function newFolder({ request, runId }: LivePlace, { dataDir, wallNowUs }: CommandContext): RunFolder {
  return createRun(dataDir, runId ?? newRunId(dataDir, request.mode, wallNowUs()));
}

/** The last moment that an earlier life has kept. */
function checkpointUs({ recordPath, runId }: RunFolder): number {
  if (!existsSync(recordPath)) return 0;
  const record = openRecord(recordPath);
  try {
    return record.checkpoint(runId)?.tsUs ?? 0;
  } finally {
    record.close();
  }
}

function announce(
  { mode, symbols, venue }: LiveRequest,
  isSimulated: boolean,
  { runId }: RunFolder,
  { isJson, print }: CommandContext,
): void {
  if (isJson) return;
  const kind = isSimulated ? 'SIMULATED exchange, invented money' : KINDS[mode];
  print(
    `${kind}: ${symbols.join(', ')} of ${venue}, run ${runId}; Ctrl-C ends it in order, twice closes everything`,
  );
}

const KINDS: Readonly<Record<LiveRequest['mode'], string>> = {
  'dry-run': 'dry run, nothing is sent',
  testnet: 'test system of the venue',
  live: 'LIVE, real money',
};

function assumptionsOf({ mode, venue }: LiveRequest, isSimulated: boolean): readonly Assumption[] {
  if (mode === 'dry-run')
    return [
      {
        key: 'orders',
        value: 'not sent',
        text: 'dry run: orders are decided and not sent, no position comes about',
      },
    ];
  const text = isSimulated
    ? 'the venue is the SIMULATED exchange: its market, fills and money are invented'
    : `fills, fees and funding are those that ${venue} reports`;
  return [{ key: 'venue', value: isSimulated ? 'simulated' : venue, text }];
}
