/**
 * The simulated exchange behind the protocol of Binance USD-M futures: a synthetic, recorded or live market, accounts with keys that everybody
 * knows, real or faster time. It writes nothing and listens on loopback alone.
 */
import { createPublicKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { formatIso, messageOf, Prng, XylenError } from '#core';
import {
  type ApiCredential,
  demoKey,
  type ExchangeClock,
  FAULT_SCENARIOS,
  type Fault,
  readFaults,
  SimulatedExchange,
  scenarioFaults,
} from '#exchange';
import { type RealServer, serveNetwork } from '#net/server';
import type { CommandContext } from '../cli/command.ts';
import { atomsOfMoney } from '../config/money.ts';
import { type ExchangeMarketWish, type OpenedExchangeMarket, openExchangeMarket } from './exchange-market.ts';
import { ExchangeTime, timeBehind } from './exchange-time.ts';
import { realTime } from './real-time.ts';

/** What a Binance-compatible exchange is started with. */
export interface BinanceExchangeRequest {
  /** 0 = any that is free. */
  readonly port: number;
  readonly market: ExchangeMarketWish;
  readonly seed: number;
  readonly accountCount: number;
  /** Keys of clients' own beside those that everybody knows. */
  readonly keys: readonly OwnKey[];
  /** Simulated time in times of real time. */
  readonly speed: number;
  /** What goes wrong: the name of a scenario or a file of faults; `null` = nothing. */
  readonly faults: string | null;
  /** What chance in faults is drawn from; `null` = the seed. */
  readonly faultSeed: number | null;
}

/** A public key of an account. */
export interface OwnKey {
  readonly accountIx: number;
  readonly credential: ApiCredential;
}

/** How often simulated time is moved on where nobody asks. */
const TURN_MS = 20;
/** Leverage that accounts begin with, as at the venue. */
const LEVERAGE = 20;

/** Runs the exchange until it is interrupted. @throws XY_PORT_IN_USE, what opening the market throws, and what goes wrong within. */
export async function runBinanceExchange(
  request: BinanceExchangeRequest,
  context: CommandContext,
): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const fault = Promise.withResolvers<never>();
  // It may come before anybody waits for it, and is thrown then.
  fault.promise.catch(() => undefined);
  const market = await openExchangeMarket(request.market, context, opened, fault.reject);
  const adminToken = randomBytes(24).toString('hex');
  const exchange = buildExchange(request, market, adminToken, context);
  await Promise.race([bringUp(exchange, market, context), fault.promise]);
  const clock = clockOf(request, market, context);
  exchange.clock = clock;
  const server = await serveNetwork(exchange, { port: request.port });
  opened.defer(() => server.close());
  market.start();
  const turns = setInterval(turnOf(exchange, market, clock, context, fault.reject), TURN_MS);
  opened.defer(() => clearInterval(turns));
  announce(request, market, { server, adminToken }, context);
  if (!context.signal.aborted) await Promise.race([once(context.signal, 'abort'), fault.promise]);
}

/** Has the history of before the beginning read. */
async function bringUp(
  exchange: SimulatedExchange,
  { settled }: OpenedExchangeMarket,
  { signal }: CommandContext,
): Promise<void> {
  while (!exchange.readHistory() && !signal.aborted) await settled();
}

function clockOf(
  { speed }: BinanceExchangeRequest,
  { behindUs, kind, startUs }: OpenedExchangeMarket,
  { wallNowUs }: CommandContext,
): ExchangeClock {
  if (kind === 'live') return timeBehind(behindUs, wallNowUs);
  return new ExchangeTime({ startUs, speed, monotonicUs: () => realTime.nowUs(), wallNowUs });
}

/** Returns what is done again and again: time goes on, and the end of the market is told once. */
function turnOf(
  exchange: SimulatedExchange,
  { endUs }: OpenedExchangeMarket,
  clock: ExchangeClock,
  context: CommandContext,
  onFault: (fault: unknown) => void,
): () => void {
  let hasToldEnd = false;
  return () => {
    try {
      exchange.advanceTo(clock.nowUs());
    } catch (error) {
      onFault(error);
      return;
    }
    if (!exchange.isEnded || hasToldEnd) return;
    hasToldEnd = true;
    const at = formatIso(endUs ?? exchange.nowUs);
    context.log.warn('exchange_market_ended', { at });
    if (!context.isJson)
      context.print(
        `the market has ended at ${at}: prices stand still, orders are refused (-4108), Ctrl-C ends it`,
      );
  };
}

function buildExchange(
  request: BinanceExchangeRequest,
  { instruments, label, market, startUs }: OpenedExchangeMarket,
  adminToken: string,
  { config }: CommandContext,
): SimulatedExchange {
  const { accountCount, faultSeed, keys, seed } = request;
  const cashAtoms = atomsOfMoney(config.simulation.startCash, instruments.atomDecimals);
  return new SimulatedExchange({
    instruments,
    market,
    accounts: Array.from({ length: accountCount }, (_, at) => ({
      keys: [
        demoKey(at),
        ...keys.filter(({ accountIx }) => accountIx === at).map(({ credential }) => credential),
      ],
      cashAtoms,
    })),
    leverage: LEVERAGE,
    prng: new Prng(seed).split('binance-exchange'),
    startUs,
    marketLabel: label,
    adminToken,
    faults: faultsOf(request.faults),
    faultPrng: new Prng(faultSeed ?? seed).split('binance-exchange-faults'),
  });
}

/**
 * Reads `NAME=FILE`, or `NAME:N=FILE` for the account N: a public key in PEM form, Ed25519 or RSA. @throws XY_USAGE, XY_FILE_MISSING.
 */
export function readOwnKey(text: string, accountCount: number): OwnKey {
  const [, apiKey, account = '1', path] = /^([A-Za-z0-9_-]{8,128})(?::(\d+))?=(.+)$/.exec(text) ?? [];
  if (apiKey === undefined || path === undefined)
    throw new XylenError('XY_USAGE', `--key: expected NAME=FILE or NAME:ACCOUNT=FILE, found '${text}'`);
  const accountIx = Number(account) - 1;
  if (accountIx < 0 || accountIx >= accountCount)
    throw new XylenError(
      'XY_USAGE',
      `--key: expected an account from 1 to ${accountCount}, found ${account}`,
    );
  if (!existsSync(path)) throw new XylenError('XY_FILE_MISSING', `--key: no such file: ${path}`);
  const publicKeyPem = readFileSync(path, 'utf8');
  return { accountIx, credential: { kind: kindOf(publicKeyPem, path), apiKey, publicKeyPem } };
}

function kindOf(pem: string, path: string): 'ed25519' | 'rsa' {
  try {
    const kind = pem.includes('PRIVATE') ? undefined : createPublicKey(pem).asymmetricKeyType;
    if (kind === 'ed25519' || kind === 'rsa') return kind;
  } catch (cause) {
    throw new XylenError('XY_USAGE', `--key: ${path}: expected a public key in PEM form`, { cause });
  }
  throw new XylenError(
    'XY_USAGE',
    `--key: ${path}: expected a public key, Ed25519 or RSA; the private one stays with the client`,
  );
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
  { accountCount, keys, seed, speed }: BinanceExchangeRequest,
  { endUs, instruments, invented, kind, label, startUs }: OpenedExchangeMarket,
  { adminToken, server }: { readonly server: RealServer; readonly adminToken: string },
  context: CommandContext,
): void {
  const accounts = Array.from({ length: accountCount }, (_, at) => {
    const { apiKey, secret } = demoKey(at);
    return { apiKey, secret };
  });
  const { port, restUrl, socketUrl } = server;
  const symbols = instruments.all.map(({ symbol }) => symbol);
  if (context.isJson) {
    const time = { from: formatIso(startUs), to: endUs === null ? null : formatIso(endUs), speed };
    const place = { restUrl, socketUrl, port, pid: process.pid, adminToken };
    context.printJson({
      ...place,
      simulated: true,
      market: kind,
      label,
      invented,
      seed,
      ...time,
      symbols,
      accounts,
    });
    return;
  }
  context.print(
    `simulated Binance USD-M futures at ${restUrl} and ${socketUrl}: ${symbols.join(', ')} (${label}), seed ${seed}, ${speed} x real time`,
  );
  for (const words of kind === 'synthetic' ? [] : invented) context.print(words);
  for (const { accountIx, credential } of keys)
    context.print(`key ${credential.apiKey} (${credential.kind}) of account ${accountIx + 1}`);
  for (const { apiKey, secret } of accounts)
    context.print(`key ${apiKey}, secret ${secret} (loopback only, invented money)`);
  context.print(`faults on demand at ${restUrl}/xylen/faults with X-Xylen-Token: ${adminToken}`);
  if (endUs !== null) context.print(`the market ends at ${formatIso(endUs)} and stands still then`);
  context.print('Ctrl-C ends it; its orders end with it');
}
