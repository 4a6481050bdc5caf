/**
 * `xylen exchange`: the simulated exchange as a process of its own, on recorded data or on the synthetic market. A trader that dies finds its
 * orders as it left them. With `--accounts` it speaks Binance USD-M futures instead of the exchange link. Writes nothing, listens on loopback
 * alone, runs until it is interrupted; then everything in it is gone.
 */
import { once } from 'node:events';
import type { Command } from 'commander';
import { formatIso, XylenError } from '#core';
import type { InstrumentSpec } from '#domain';
import { ExchangeServer } from '#exchange';
import { featureSet } from '#features';
import { addressText } from '#net';
import type { SimulatedWorld } from '#sim';
import type { MarketCard } from '#venues';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { badHourRule } from '../config/bad-hour-rule.ts';
import { atomsOfMoney } from '../config/money.ts';
import type { XylenConfig } from '../config/schema.ts';
import { type BinanceExchangeRequest, readOwnKey, runBinanceExchange } from '../host/binance-exchange.ts';
import type { ExchangeMarketWish } from '../host/exchange-market.ts';
import { type PreparedMarket, prepareHistoryMarket } from '../host/history-market.ts';
import { openHistory } from '../host/open-history.ts';
import type { ReplayRequest } from '../host/replay.ts';
import { integerOption, refuseOptions, replayRequest } from '../host/replay-options.ts';
import { prepareSyntheticMarket, SYNTHETIC_TRADE_FROM_US } from '../host/synthetic-market.ts';
import { simulatedWorld } from '../host/trading-run.ts';

type Options = Readonly<Record<string, unknown>>;

/** Where the exchange is when no port is named. */
const PORT_DEFAULT = 8770;
const PORT_MAX = 65_535;
/** A trader that was away may ask for orders that ended long ago. */
const ORDERS_KEPT_MAX = 100_000;
/** Accounts of a Binance-compatible exchange. */
const ACCOUNTS_MAX = 100;
/** Beyond it a market of some symbols could not be told in time. */
const SPEED_MAX = 100;

/** Options of the Binance-compatible exchange alone, and what is said where they stand without it. */
const WITH_ACCOUNTS: Readonly<Record<string, string>> = {
  speed: '--speed goes with --accounts; on the exchange link time passes in calls',
  faults: '--faults goes with --accounts',
  faultSeed: '--fault-seed goes with --accounts',
  key: '--key goes with --accounts',
  feed: '--feed goes with --accounts; xylen paper --feed trades on a live market without an exchange',
};

/** The command. */
export const command: CommandModule = {
  summary: 'run the simulated exchange as a process of its own',
  example: 'xylen exchange --synthetic --seed 7 --port 8770',
  define(exchange: Command): void {
    exchange
      .option('--replay <path...>', 'archive, data directory, or files that `xylen import` reads')
      .option('--feed <id>', 'with --accounts: the live market of this venue, orders simulated')
      .option('--synthetic', 'the seeded synthetic market of the configuration')
      .option('--venue <id>', 'venue of the data')
      .option('--symbol <symbol...>', 'symbols, all on one account')
      .option(
        '--from <moment>',
        `first moment of trading, UTC (synthetic: ${formatIso(SYNTHETIC_TRADE_FROM_US).slice(0, 10)})`,
      )
      .option('--to <moment>', 'end of trading, exclusive (synthetic: none)')
      .option('--seed <n>', 'seed of everything random')
      .option('--accounts <n>', 'speak Binance USD-M futures (REST and WebSocket) to that many accounts')
      .option(
        '--key <name=file...>',
        'with --accounts: public key of an account, Ed25519 or RSA, PEM (NAME:N=FILE: of the Nth)',
      )
      .option('--speed <x>', 'with --accounts: simulated time in times of real time, 1 to 100 (default 1)')
      .option(
        '--faults <name|file>',
        'with --accounts: what goes wrong, by the name of a scenario or from a JSON file',
      )
      .option(
        '--fault-seed <n>',
        'with --accounts: seed of what is left to chance in faults (default: --seed)',
      )
      .option('--port <n>', 'TCP port of 127.0.0.1; 0 = any that is free', String(PORT_DEFAULT));
  },
  async run(_args, options, context): Promise<ExitCode> {
    const port = integerOption(options, 'port', 0, PORT_MAX) ?? PORT_DEFAULT;
    const accountCount = integerOption(options, 'accounts', 1, ACCOUNTS_MAX);
    if (accountCount !== undefined) {
      await runBinanceExchange(
        { port, accountCount, ...binanceOptions(options, accountCount, context) },
        context,
      );
      return 0;
    }
    for (const name of ['speed', 'faults', 'faultSeed', 'feed', 'key'])
      if (options[name] !== undefined) throw new XylenError('XY_USAGE', WITH_ACCOUNTS[name] ?? name);
    await using opened = new AsyncDisposableStack();
    const { card, world } = await buildExchange(options, context, opened);
    const fault = Promise.withResolvers<never>();
    const server = await ExchangeServer.start({
      world,
      market: card,
      address: { port },
      log: context.log,
      onFault: fault.reject,
    });
    opened.defer(() => server.close());
    announce(server, card, context);
    if (!context.signal.aborted) await Promise.race([once(context.signal, 'abort'), fault.promise]);
    context.log.info('exchange_ended', { ...server.last });
    return 0;
  },
};

/** Reads what a Binance-compatible exchange is asked for. @throws XY_USAGE where it is not done. */
function binanceOptions(
  options: Options,
  accountCount: number,
  { config }: CommandContext,
): Omit<BinanceExchangeRequest, 'port' | 'accountCount'> {
  const market = marketWish(options, config);
  const keys = Array.isArray(options.key) ? options.key.map(String) : [];
  return {
    market,
    keys: keys.map((text) => readOwnKey(text, accountCount)),
    seed: market.kind === 'replay' ? market.replay.seed : market.seed,
    speed: integerOption(options, 'speed', 1, SPEED_MAX) ?? 1,
    faults: options.faults === undefined ? null : String(options.faults),
    faultSeed: integerOption(options, 'faultSeed', 0, Number.MAX_SAFE_INTEGER) ?? null,
  };
}

/** Which market clients of Binance find: recorded, live, or else synthetic. @throws XY_USAGE. */
function marketWish(options: Options, config: XylenConfig): ExchangeMarketWish {
  const paths = Array.isArray(options.replay) ? options.replay.map(String) : [];
  const feed = options.feed === undefined ? null : String(options.feed);
  if ([paths.length > 0, feed !== null, options.synthetic === true].filter(Boolean).length > 1)
    throw new XylenError('XY_USAGE', 'expected one of --replay PATH..., --feed ID and --synthetic');
  // `--speed` is this command's own: a replay has its pace from elsewhere.
  const { speed: _speed, ...rest } = options;
  if (paths.length > 0) return { kind: 'replay', replay: replayRequest(paths, rest, config) };
  if (feed !== null) {
    refuseOptions(
      options,
      ['venue', 'from', 'to', 'speed'],
      '--feed: a live market has its venue and its time',
    );
    const { seed, symbols, venue } = replayRequest(['live'], { ...rest, venue: feed }, config);
    return { kind: 'live', venue, symbols, seed };
  }
  for (const name of ['venue', 'symbol', 'to'])
    if (options[name] !== undefined)
      throw new XylenError(
        'XY_USAGE',
        `--${name}: with --accounts alone the market is synthetic and without end`,
      );
  const { fromUs, seed } = replayRequest(['synthetic'], rest, config);
  return { kind: 'synthetic', seed, fromUs };
}

interface BuiltExchange {
  readonly world: SimulatedWorld;
  readonly card: MarketCard;
}

/** Builds the world that the options ask for. @throws XY_USAGE, and what opening data throws. */
async function buildExchange(
  options: Options,
  context: CommandContext,
  opened: AsyncDisposableStack,
): Promise<BuiltExchange> {
  const { config } = context;
  const paths = Array.isArray(options.replay) ? options.replay.map(String) : [];
  const isSynthetic = options.synthetic === true;
  if (isSynthetic === paths.length > 0)
    throw new XylenError('XY_USAGE', 'expected either --replay PATH... or --synthetic');
  if (isSynthetic && (options.venue !== undefined || options.symbol !== undefined))
    throw new XylenError(
      'XY_USAGE',
      '--synthetic trades the markets of `synthetic.markets`, not --symbol of a --venue',
    );
  // Moments and seed are those of a replay; the synthetic market only has nothing to read.
  const request = replayRequest(isSynthetic ? ['synthetic'] : paths, options, config);
  const { market, specs } = isSynthetic
    ? syntheticMarket(request, context)
    : await recordedMarket(request, context, opened);
  const world = simulatedWorld(market, config, request.seed, ORDERS_KEPT_MAX);
  return { world, card: cardOf({ market, specs, world, seed: request.seed, isSynthetic }, context) };
}

interface MarketWithRules {
  readonly market: PreparedMarket;
  readonly specs: readonly InstrumentSpec[];
}

function syntheticMarket(request: ReplayRequest, { config }: CommandContext): MarketWithRules {
  const tradeFromUs = request.fromUs ?? SYNTHETIC_TRADE_FROM_US;
  if (request.toUs !== null && request.toUs <= tradeFromUs)
    throw new XylenError('XY_USAGE', `--to: expected a moment after ${formatIso(tradeFromUs)}`);
  const startUs = tradeFromUs - featureSet(config.timeframesUs).historyUs;
  const range = { startUs, tradeFromUs, endUs: request.toUs };
  const market = prepareSyntheticMarket(config, request.seed, range);
  return { market, specs: market.specs };
}

async function recordedMarket(
  request: ReplayRequest,
  { config, log, progress, signal }: CommandContext,
  opened: AsyncDisposableStack,
): Promise<MarketWithRules> {
  const history = await openHistory({ ...request, specs: config.venues.instruments, signal, progress });
  opened.defer(() => history.close());
  const market = await prepareHistoryMarket(history, {
    ...request,
    timeframesUs: config.timeframesUs,
    feedLatencyUs: config.simulation.feedLatencyUs,
    reorderWindowUs: config.feeds.reorderWindowUs,
    badHours: badHourRule(config),
  });
  for (const words of market.badHours ?? []) log.warn('bad_hours', { words });
  return {
    market,
    specs: request.symbols.map((symbol) => history.instrumentSpec(request.venue, symbol)),
  };
}

interface CardParts extends MarketWithRules {
  readonly world: SimulatedWorld;
  readonly seed: number;
  readonly isSynthetic: boolean;
}

function cardOf(parts: CardParts, { config }: CommandContext): MarketCard {
  const { isSynthetic, market, seed, specs, world } = parts;
  const {
    dataHash,
    dataSets,
    endUs,
    fundingMissing,
    hasFunding,
    sourceTimeframeUs,
    startUs,
    timeframesUs,
    tradeFromUs,
  } = market;
  return {
    instruments: specs,
    startCashAtoms: atomsOfMoney(config.simulation.startCash, market.instruments.atomDecimals),
    leverage: config.simulation.leverage,
    seed,
    isSynthetic,
    hasFunding,
    fundingMissing,
    sourceTimeframeUs,
    timeframesUs,
    startUs,
    endUs,
    tradeFromUs,
    dataHash,
    dataSets,
    assumptions: world.assumptions(),
  };
}

/** Says where the exchange is, for people or as the one JSON document. */
function announce(server: ExchangeServer, card: MarketCard, context: CommandContext): void {
  const { address } = server;
  const symbols = card.instruments.map(({ symbol }) => symbol);
  if (context.isJson) {
    const { dataHash, dataSets, isSynthetic: synthetic, seed } = card;
    const from = formatIso(card.tradeFromUs);
    context.printJson({ ...address, pid: process.pid, seed, synthetic, symbols, from, dataHash, dataSets });
    return;
  }
  const label = card.isSynthetic ? 'SYNTHETIC market' : card.dataSets.join(', ');
  context.print(
    `simulated exchange on ${addressText(address)}: ${symbols.join(', ')} (${label}), seed ${card.seed}`,
  );
  context.print('Ctrl-C ends it; its orders end with it');
}
