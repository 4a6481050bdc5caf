/**
 * A run against a simulated exchange in another process: `xylen paper --connect`. The venue outlives this process, so every order intent is
 * durable before it is sent, and a run that crashed is continued under its own name.
 */
import { XylenError } from '#core';
import { InstrumentTable, moneyOf } from '#domain';
import { mergeSources } from '#sim';
import type { MarketCard } from '#venues';
import { LinkedWorld } from '#venues/link';
import type { CommandContext } from '../cli/command.ts';
import { atomsOfMoney } from '../config/money.ts';
import {
  createRun,
  newRunId,
  openRun,
  type RunFolder,
  readRunFile,
  writeRunFile,
} from '../runs/run-folder.ts';
import { lockRun } from '../runs/run-lock.ts';
import type { PreparedMarket } from './history-market.ts';
import { openModels } from './models.ts';
import { progressObserver } from './observers.ts';
import { maxSpeedPacer } from './pacer.ts';
import { realTime } from './real-time.ts';
import { type FinishedRun, runRecorded } from './recorded-run.ts';
import { buildStrategy, type StrategyChoice } from './strategies.ts';

/** Where the exchange is and what trades there. Kept beside the run, so that it can be continued. */
export interface ConnectRequest {
  readonly host: string;
  readonly port: number;
  readonly strategy: StrategyChoice;
}

const REQUEST_FILE = 'connect.json';
const PORT_MAX = 65_535;
const PROGRESS_EVENTS = 512;

/** Parses `HOST:PORT`. @throws XY_USAGE */
export function parseAddress(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host !== undefined && port >= 1 && port <= PORT_MAX) return { host, port };
  throw new XylenError('XY_USAGE', `--connect: expected HOST:PORT, found '${text}'`);
}

/** Starts a run against an exchange. */
export async function startConnected(
  request: ConnectRequest,
  runId: string | null,
  context: CommandContext,
): Promise<FinishedRun> {
  const name = runId ?? newRunId(context.dataDir, 'paper', context.wallNowUs());
  // The folder is made once the exchange has answered: who could not connect leaves nothing behind.
  return runConnected(request, { runId: name, open: () => newFolder(request, name, context) }, context);
}

function newFolder(request: ConnectRequest, name: string, { dataDir }: CommandContext): RunFolder {
  const folder = createRun(dataDir, name);
  writeRunFile(folder, REQUEST_FILE, `${JSON.stringify(request)}\n`);
  return folder;
}

/** True when that run was one against an exchange. */
export function isConnected(folder: RunFolder): boolean {
  return requestOf(folder) !== null;
}

/** Continues a run that crashed or was interrupted, with the exchange that it traded on. */
export async function resumeConnected(name: string, context: CommandContext): Promise<FinishedRun> {
  const folder = openRun(context.dataDir, name);
  const request = requestOf(folder);
  if (request === null)
    throw new XylenError('XY_RUN_MISSING', `run '${folder.runId}' did not trade on an exchange`);
  return runConnected(request, { runId: folder.runId, open: () => folder }, context);
}

function requestOf(folder: RunFolder): ConnectRequest | null {
  const text = readRunFile(folder, REQUEST_FILE);
  return text === null ? null : (JSON.parse(text) as ConnectRequest);
}

async function runConnected(
  request: ConnectRequest,
  place: { readonly runId: string; open(): RunFolder },
  context: CommandContext,
): Promise<FinishedRun> {
  const { config } = context;
  const startedUs = realTime.nowUs();
  await using opened = new AsyncDisposableStack();
  const { host, port } = request;
  const world = await LinkedWorld.connect({ address: { host, port }, sessionId: place.runId });
  opened.defer(() => world.close());
  const folder = place.open();
  const lock = lockRun(folder);
  opened.defer(() => lock.release());
  const card = world.market;
  const market = marketOf(card);
  checkAccount(card, context);
  const [decisionUs = market.sourceTimeframeUs] = market.timeframesUs;
  const strategy = await buildStrategy(request.strategy, config, decisionUs);
  const models = strategy.name === 'ensemble' ? await openModels(context, market.timeframesUs) : null;
  if (models !== null) opened.defer(() => models.close());
  return await runRecorded(
    {
      mode: 'paper',
      folder,
      // A run that has no checkpoint yet begins at its beginning.
      isResumed: true,
      seed: card.seed,
      isSynthetic: card.isSynthetic,
      market,
      specs: card.instruments,
      strategy,
      parameters: request.strategy.parameters,
      models,
      world,
      assumptions: card.assumptions,
      isVenueElsewhere: true,
      checkpointEvents: config.storage.checkpointEvents,
      pacer: maxSpeedPacer(realTime),
      speed: null,
      observe: () => progressObserver('trading', market, context, PROGRESS_EVENTS),
      dashboard: null,
      reloader: null,
      startedUs,
    },
    context,
  );
}

/** The market as the exchange describes it; its events come over the link. */
function marketOf(card: MarketCard): PreparedMarket {
  return { ...card, instruments: new InstrumentTable(card.instruments), source: mergeSources([]) };
}

/** The account at the exchange must be the one that this program reckons with. @throws XY_CONFIG_INVALID */
function checkAccount(card: MarketCard, { config }: CommandContext): void {
  const { atomDecimals } = new InstrumentTable(card.instruments);
  const { leverage, startCash } = config.simulation;
  if (card.startCashAtoms === atomsOfMoney(startCash, atomDecimals) && card.leverage === leverage) return;
  const there = `${moneyOf(atomDecimals, card.startCashAtoms)} at leverage ${card.leverage}`;
  throw new XylenError(
    'XY_CONFIG_INVALID',
    `expected simulation.start_cash and simulation.leverage as at the exchange (${there}), found ${startCash} at leverage ${leverage}`,
  );
}
