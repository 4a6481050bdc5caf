/**
 * The simulated exchange behind the protocol of Binance USD-M futures: the synthetic market of the configuration, told in prints and books,
 * accounts with keys that everybody knows, real or faster time. It writes nothing and listens on loopback alone.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type EpochUs, messageOf, Prng, US_PER_DAY, US_PER_MINUTE, XylenError } from '#core';
import { InstrumentTable } from '#domain';
import {
  demoKey,
  type ExchangeClock,
  FAULT_SCENARIOS,
  type Fault,
  readFaults,
  SimulatedExchange,
  scenarioFaults,
} from '#exchange';
import { serveNetwork } from '#net/server';
import { SyntheticTape } from '#sim';
import type { CommandContext } from '../cli/command.ts';
import { atomsOfMoney } from '../config/money.ts';
import { realTime } from './real-time.ts';
import { syntheticOptions } from './synthetic-market.ts';

/** What a Binance-compatible exchange is started with. */
export interface BinanceExchangeRequest {
  /** 0 = any that is free. */
  readonly port: number;
  readonly seed: number;
  readonly accountCount: number;
  /** Simulated time in times of real time. */
  readonly speed: number;
  /** Where simulated time begins; `null` = at the present moment. */
  readonly fromUs: EpochUs | null;
  /** What goes wrong: the name of a scenario or a file of faults; `null` = nothing. */
  readonly faults: string | null;
  /** What chance in faults is drawn from; `null` = the seed. */
  readonly faultSeed: number | null;
}

/** Bars before the beginning, so that clients find some history. */
const HISTORY_US = 3 * US_PER_DAY;
/** Time between two looks of a symbol. */
const STEP_US = 100_000;
/** How often simulated time is moved on where nobody asks. */
const TURN_MS = 20;
/** Leverage that accounts begin with, as at the venue. */
const LEVERAGE = 20;

/** Runs the exchange until it is interrupted. @throws XY_PORT_IN_USE, and what goes wrong within. */
export async function runBinanceExchange(
  request: BinanceExchangeRequest,
  context: CommandContext,
): Promise<void> {
  const startUs = request.fromUs ?? context.wallNowUs();
  const clock = clockFrom(startUs, request.speed, context);
  const adminToken = randomBytes(24).toString('hex');
  const { exchange, symbols } = buildExchange(request, { startUs, clock, adminToken }, context);
  const fault = Promise.withResolvers<never>();
  const server = await serveNetwork(exchange, { port: request.port });
  const turns = setInterval(() => {
    try {
      exchange.advanceTo(clock.nowUs());
    } catch (error) {
      fault.reject(error);
    }
  }, TURN_MS);
  try {
    announce(
      request,
      { port: server.port, restUrl: server.restUrl, socketUrl: server.socketUrl, adminToken },
      symbols,
      context,
    );
    if (!context.signal.aborted) await Promise.race([once(context.signal, 'abort'), fault.promise]);
  } finally {
    clearInterval(turns);
    await server.close();
  }
}

/** Simulated time passes `speed` times as fast as the monotonic clock; clients may go by the wall clock as well. */
function clockFrom(startUs: EpochUs, speed: number, { wallNowUs }: CommandContext): ExchangeClock {
  const beganUs = realTime.nowUs();
  return {
    nowUs: () => startUs + Math.floor((realTime.nowUs() - beganUs) * speed),
    clientNowUs: () => wallNowUs(),
  };
}

interface ExchangeStart {
  readonly startUs: EpochUs;
  readonly clock: ExchangeClock;
  readonly adminToken: string;
}

function buildExchange(
  request: BinanceExchangeRequest,
  { adminToken, clock, startUs }: ExchangeStart,
  { config }: CommandContext,
): { readonly exchange: SimulatedExchange; readonly symbols: readonly string[] } {
  const { accountCount, faultSeed, seed } = request;
  const tapeFromUs = startUs - (startUs % US_PER_MINUTE) - US_PER_MINUTE;
  const market = new SyntheticTape({
    ...syntheticOptions(config, seed, { startUs: Math.max(0, tapeFromUs - HISTORY_US), endUs: null }),
    barUs: US_PER_MINUTE,
    feedLatencyUs: 0,
    tapeFromUs,
    stepUs: STEP_US,
  });
  const instruments = new InstrumentTable(market.instrumentSpecs);
  const cashAtoms = atomsOfMoney(config.simulation.startCash, instruments.atomDecimals);
  const exchange = new SimulatedExchange({
    instruments,
    market,
    accounts: Array.from({ length: accountCount }, (_, at) => ({ keys: [demoKey(at)], cashAtoms })),
    leverage: LEVERAGE,
    prng: new Prng(seed).split('binance-exchange'),
    startUs,
    clock,
    marketLabel: 'SYNTHETIC market',
    adminToken,
    faults: faultsOf(request.faults),
    faultPrng: new Prng(faultSeed ?? seed).split('binance-exchange-faults'),
  });
  return { exchange, symbols: instruments.all.map(({ symbol }) => symbol) };
}

/** Reads a scenario by its name or faults from a file. @throws XY_USAGE. */
function faultsOf(text: string | null): readonly Fault[] {
  if (text === null) return [];
  if (FAULT_SCENARIOS.includes(text) || !existsSync(text)) return scenarioFaults(text);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(text, 'utf8'));
  } catch (cause) {
    throw new XylenError('XY_USAGE', `--faults ${text}: ${messageOf(cause)}`, { cause });
  }
  return readFaults(value);
}

/** Says where the exchange is and who may ask, for people or as the one JSON document. */
function announce(
  { accountCount, seed, speed }: BinanceExchangeRequest,
  server: {
    readonly port: number;
    readonly restUrl: string;
    readonly socketUrl: string;
    readonly adminToken: string;
  },
  symbols: readonly string[],
  context: CommandContext,
): void {
  const accounts = Array.from({ length: accountCount }, (_, at) => {
    const { apiKey, secret } = demoKey(at);
    return { apiKey, secret };
  });
  const { adminToken, port, restUrl, socketUrl } = server;
  if (context.isJson) {
    context.printJson({
      restUrl,
      socketUrl,
      port,
      pid: process.pid,
      seed,
      speed,
      simulated: true,
      symbols,
      accounts,
      adminToken,
    });
    return;
  }
  context.print(
    `simulated Binance USD-M futures at ${restUrl} and ${socketUrl}: ${symbols.join(', ')} (SYNTHETIC market), seed ${seed}, ${speed} x real time`,
  );
  for (const { apiKey, secret } of accounts)
    context.print(`key ${apiKey}, secret ${secret} (loopback only, invented money)`);
  context.print(`faults on demand at ${restUrl}/xylen/faults with X-Xylen-Token: ${adminToken}`);
  context.print('Ctrl-C ends it; its orders end with it');
}
