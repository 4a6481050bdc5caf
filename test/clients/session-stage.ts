/**
 * The exchange of the scripted session, over real sockets, on time that the test lets pass: one account a client, all of them on the same market at the same
 * moments, so that what they end with can be compared to the last digit.
 */
import { createHmac } from 'node:crypto';
import type { TestContext } from 'node:test';
import { type EpochUs, Prng, US_PER_HOUR, US_PER_MS } from '#core';
import { InstrumentTable } from '#domain';
import { type ApiCredential, demoKey, SimulatedExchange } from '#exchange';
import { serveNetwork } from '#net/server';
import { SYNTHETIC_SYMBOLS, syntheticInstrument } from '#sim';
import { ScriptedMarket } from './scripted-market.ts';

/** Where an account is. */
export interface ExchangeAddress {
  readonly restUrl: string;
  readonly socketUrl: string;
  readonly apiKey: string;
  readonly secret: string;
}

/** A running stage. */
export interface SessionStage {
  readonly market: ScriptedMarket;
  readonly exchange: SimulatedExchange;
  readonly addresses: readonly ExchangeAddress[];
  nowUs(): EpochUs;
  /** Lets time pass. */
  pass(us: number): void;
  /** Asks as an account, behind all clients. */
  ask(accountIx: number, path: string, params?: string): unknown;
}

const SYMBOLS = SYNTHETIC_SYMBOLS.slice(0, 1);
const CASH_ATOMS = 10_000n * 100_000_000n;

/** Opens a stage that ends with the test. Its time begins at the present hour, and its clients' clocks are right. `ownKeys` are further ones of the first account. */
export async function openStage(
  context: TestContext,
  accountCount: number,
  ownKeys: readonly ApiCredential[] = [],
): Promise<SessionStage> {
  const startUs = Date.now() * US_PER_MS;
  // Far from a settlement of funding, whose times are multiples of eight hours.
  let nowUs = startUs - (startUs % (8 * US_PER_HOUR)) + US_PER_HOUR;
  const market = new ScriptedMarket();
  const keys = Array.from({ length: accountCount }, (_, at) => demoKey(at));
  const exchange = new SimulatedExchange({
    instruments: new InstrumentTable(SYMBOLS.map(syntheticInstrument)),
    market,
    marketLabel: 'scripted market',
    accounts: keys.map((key, at) => ({ keys: at === 0 ? [key, ...ownKeys] : [key], cashAtoms: CASH_ATOMS })),
    leverage: 20,
    prng: new Prng(1),
    startUs: nowUs,
    clock: { nowUs: () => nowUs, clientNowUs: () => Date.now() * US_PER_MS },
  });
  const server = await serveNetwork(exchange);
  context.after(() => server.close());
  return {
    market,
    exchange,
    addresses: keys.map(({ apiKey, secret }) => ({
      restUrl: server.restUrl,
      socketUrl: server.socketUrl,
      apiKey,
      secret,
    })),
    nowUs: () => nowUs,
    pass: (us) => {
      nowUs += us;
      exchange.advanceTo(nowUs);
    },
    ask: (accountIx, path, params = '') => {
      const { apiKey, secret } = demoKey(accountIx);
      const text = `${params}${params === '' ? '' : '&'}timestamp=${Math.floor(nowUs / US_PER_MS)}`;
      const signature = createHmac('sha256', secret).update(text).digest('hex');
      const query = `${text}&signature=${signature}`;
      const headers = { 'x-mbx-apikey': apiKey };
      return JSON.parse(exchange.answer({ method: 'GET', path, query, headers, body: '' }).body);
    },
  };
}

/** The addresses that ccxt is given. */
export function ccxtUrlsOf({ restUrl }: Pick<ExchangeAddress, 'restUrl'>): Readonly<Record<string, string>> {
  return {
    fapiPublic: `${restUrl}/fapi/v1`,
    fapiPublicV2: `${restUrl}/fapi/v2`,
    fapiPublicV3: `${restUrl}/fapi/v3`,
    fapiPrivate: `${restUrl}/fapi/v1`,
    fapiPrivateV2: `${restUrl}/fapi/v2`,
    fapiPrivateV3: `${restUrl}/fapi/v3`,
    fapiData: `${restUrl}/futures/data`,
  };
}
