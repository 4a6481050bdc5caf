/** The way of an order through the exchange in one process, from the bytes of its request to those of its acknowledgement: signature, filters, margin, matching. */
import { createHash, createHmac } from 'node:crypto';
import { Prng, US_PER_DAY, US_PER_MINUTE } from '#core';
import { InstrumentTable } from '#domain';
import { demoKey, SimulatedExchange } from '#exchange';
import { SYNTHETIC_SYMBOLS, SyntheticTape } from '#sim';

/** What was measured. */
export interface AckFigures {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly resultHash: string;
}

const START_US = 1_700_006_400_000_000;
const UNLIMITED = 1_000_000_000;

/** Places that many orders, every other one cancels the one before, and times each placing. */
export function orderToAckUs({
  orders,
  seed,
}: {
  readonly orders: number;
  readonly seed: number;
}): AckFigures {
  const exchange = openExchange(seed);
  const { apiKey, secret } = demoKey(0);
  const headers = { 'x-mbx-apikey': apiKey };
  const ask = (method: string, params: string): string => {
    const text = `symbol=BTCUSDT&${params}&timestamp=${Math.floor(exchange.nowUs / 1_000)}`;
    const signature = createHmac('sha256', secret).update(text).digest('hex');
    const query = `${text}&signature=${signature}`;
    return exchange.answer({ method, path: '/fapi/v1/order', query, headers, body: '' }).body;
  };
  const price = Math.floor(lastPrice(exchange) * 0.95);
  const times = new Float64Array(orders);
  const hash = createHash('sha256');
  for (let n = 0; n < orders; n++) {
    const text = `symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=${price}&timestamp=${Math.floor(exchange.nowUs / 1_000)}`;
    const signature = createHmac('sha256', secret).update(text).digest('hex');
    const request = {
      method: 'POST',
      path: '/fapi/v1/order',
      query: `${text}&signature=${signature}`,
      headers,
      body: '',
    };
    const beganMs = performance.now();
    const { body } = exchange.answer(request);
    times[n] = (performance.now() - beganMs) * 1_000;
    hash.update(body);
    const { orderId } = JSON.parse(body) as { orderId: number };
    ask('DELETE', `orderId=${orderId}`);
    if (n % 50 === 0) exchange.advanceTo(exchange.nowUs + 100_000);
  }
  times.sort();
  return {
    p50Us: times[Math.floor(orders / 2)] ?? Number.NaN,
    p99Us: times[Math.floor(orders * 0.99)] ?? Number.NaN,
    resultHash: hash.digest('hex'),
  };
}

function lastPrice(exchange: SimulatedExchange): number {
  const request = {
    method: 'GET',
    path: '/fapi/v1/ticker/price',
    query: 'symbol=BTCUSDT',
    headers: {},
    body: '',
  };
  return Number((JSON.parse(exchange.answer(request).body) as { price: string }).price);
}

function openExchange(seed: number): SimulatedExchange {
  const market = new SyntheticTape({
    symbols: SYNTHETIC_SYMBOLS.slice(0, 2),
    startUs: START_US - US_PER_DAY,
    tapeFromUs: START_US - US_PER_MINUTE,
    endUs: null,
    barUs: US_PER_MINUTE,
    stepUs: 100_000,
    seed,
    feedLatencyUs: 0,
  });
  return new SimulatedExchange({
    instruments: new InstrumentTable(market.instrumentSpecs),
    market,
    accounts: [{ keys: [demoKey(0)], cashAtoms: 1_000_000n * 100_000_000n }],
    leverage: 20,
    prng: new Prng(seed),
    startUs: START_US,
    limits: { weightPerMinute: UNLIMITED, ordersPer10s: UNLIMITED, ordersPerMinute: UNLIMITED },
  });
}
