/**
 * The exchange of the load bench, in a process of its own: two synthetic symbols, accounts without the venue's limits, real time. It prints its port and ends
 * with its parent. `node bench/exchange/load-server.ts ACCOUNTS SEED`.
 */
import { Prng, US_PER_DAY, US_PER_MINUTE, US_PER_MS } from '#core';
import { InstrumentTable } from '#domain';
import { demoKey, SimulatedExchange } from '#exchange';
import { serveNetwork } from '#net/server';
import { SYNTHETIC_SYMBOLS, SyntheticTape } from '#sim';

const [accountCount = 50, seed = 7] = process.argv.slice(2).map(Number);
const TURN_MS = 20;
const CASH_ATOMS = 1_000_000n * 100_000_000n;
const UNLIMITED = 1_000_000_000;

const wallUs = (): number => Math.floor((performance.timeOrigin + performance.now()) * US_PER_MS);
const startUs = wallUs();
const tapeFromUs = startUs - (startUs % US_PER_MINUTE) - US_PER_MINUTE;
const market = new SyntheticTape({
  symbols: SYNTHETIC_SYMBOLS.slice(0, 2),
  startUs: tapeFromUs - (tapeFromUs % US_PER_DAY),
  tapeFromUs,
  endUs: null,
  barUs: US_PER_MINUTE,
  stepUs: 100_000,
  seed,
  feedLatencyUs: 0,
});
const exchange = new SimulatedExchange({
  instruments: new InstrumentTable(market.instrumentSpecs),
  market,
  marketLabel: 'SYNTHETIC market',
  accounts: Array.from({ length: accountCount }, (_, at) => ({ keys: [demoKey(at)], cashAtoms: CASH_ATOMS })),
  leverage: 20,
  prng: new Prng(seed),
  startUs,
  limits: { weightPerMinute: UNLIMITED, ordersPer10s: UNLIMITED, ordersPerMinute: UNLIMITED },
  clock: { nowUs: wallUs, clientNowUs: wallUs },
});
const server = await serveNetwork(exchange);
setInterval(() => exchange.advanceTo(wallUs()), TURN_MS);
process.on('disconnect', () => process.exit(0));
process.on('message', (question) => {
  if (question !== 'usage') return;
  const { system, user } = process.cpuUsage();
  process.send?.({ cpuUs: system + user, rssBytes: process.memoryUsage.rss() });
});
process.send?.({ port: server.port });
