/** Fetches history page by page, through the client that the product uses, from a dialect in simulated time. */
import assert from 'node:assert/strict';
import { Prng } from '#core';
import type { NetworkServer } from '#net';
import { SimulatedNetwork } from '#net/simulated';
import { type HistoryCandle, pagesOf, RestClient } from '#venues/market';
import { trueCandles } from '../hostile/true-candles.ts';
import type { AdapterUnderTest } from './adapters.ts';
import { DialectMarket, HOST } from './dialect-market.ts';

/** More than two pages of any venue, and not a whole number of them. */
const CANDLES = 4_321;
const STEP_US = 1_000_000;
const STEPS_MAX = 100_000;

/** What was fetched, and what the venue has, oldest first. */
export interface FetchedPages {
  readonly found: readonly HistoryCandle[];
  readonly wanted: readonly HistoryCandle[];
}

/** Fetches some thousand candles of the first instrument. */
export async function fetchPages(under: AdapterUnderTest, timeframeUs: number): Promise<FetchedPages> {
  const market = new DialectMarket(under);
  const [listed] = market.listed;
  const [book] = market.books;
  assert.ok(listed !== undefined && book !== undefined);
  const network = new SimulatedNetwork(new Prng(1), market.nowUs);
  network.addServer(HOST, serverOf(market));
  const rest = under.adapter.rest(market.hosts);
  const signal = new AbortController().signal;
  const client = new RestClient({ rest, transport: network.openTransport(), prng: new Prng(2), signal });
  const count = Math.min(CANDLES, (under.traits.candlesKept ?? Number.POSITIVE_INFINITY) - 20);
  const toUs = Math.floor(market.nowUs / timeframeUs - 1) * timeframeUs;
  const range = { ...listed, fromUs: toUs - count * timeframeUs, toUs };
  const pages = pagesOf(
    client,
    range,
    (fromUs) => rest.candles({ ...range, fromUs }, timeframeUs),
    ({ openTsUs }) => openTsUs + timeframeUs,
  );
  const truth = trueCandles(book, timeframeUs, { ...range, nowUs: market.nowUs }, count);
  return {
    found: await whileRunning(network, collected(pages)),
    wanted: truth.map(({ close, high, lots, low, open, openTsUs }) => ({
      openTsUs,
      openTicks: open,
      highTicks: high,
      lowTicks: low,
      closeTicks: close,
      volumeLots: lots,
    })),
  };
}

async function collected(pages: AsyncGenerator<readonly HistoryCandle[]>): Promise<readonly HistoryCandle[]> {
  const candles: HistoryCandle[] = [];
  for await (const page of pages) candles.push(...page);
  return candles;
}

/** Lets simulated time pass until the work is done. */
async function whileRunning<T>(network: SimulatedNetwork, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  for (let steps = 0; !isDone && steps < STEPS_MAX; steps++) {
    network.run(network.nowUs() + STEP_US);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(isDone, 'history comes to an end');
  return await done;
}

function serverOf(market: DialectMarket): NetworkServer {
  return {
    onSocket: () => ({ onMessage: () => undefined, onPing: () => undefined, onEnd: () => undefined }),
    onRequest: (request) => {
      const answer = market.protocol.onRequest(request, market);
      return answer === undefined
        ? { status: 404, headers: {}, body: '', delayUs: 0 }
        : { ...answer, delayUs: 0 };
    },
  };
}
