/**
 * One scripted session, three clients: ccxt, the npm package `binance` and the house's own adapter trade on the simulated exchange by base URL alone, each on an
 * account of its own, at the same moments of the same market. They end with the same orders, fills, income, positions and money.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import { SocketTransport } from '#net/socket';
import { BinancePackageClient } from '../clients/binance-client.ts';
import { CcxtClient } from '../clients/ccxt-client.ts';
import { OwnClient } from '../clients/own-client.ts';
import type { Outcome, SessionClient } from '../clients/session-client.ts';
import { openStage, type SessionStage } from '../clients/session-stage.ts';

/** One step: what every client does, or what the market does. */
interface Step {
  readonly label: string;
  readonly act?: (client: SessionClient) => Promise<Outcome | readonly Outcome[]>;
  readonly expect?: Outcome | readonly Outcome[];
  /** New best prices, with what stands there. */
  readonly book?: readonly [bid: number, bidLots: number, ask: number, askLots: number];
  readonly passS?: number;
}

const step = (label: string, act: NonNullable<Step['act']>, expect: Step['expect'] = 'done'): Step => ({
  label,
  act,
  expect,
});
const move = (label: string, ...book: NonNullable<Step['book']>): Step => ({ label, book });

/** Prices in ticks of 0.1, quantities in lots of 0.001. */
const SCRIPT: readonly Step[] = [
  step('leverage', (c) => c.setLeverage(10)),
  step('margin type is as wanted', (c) => c.setCrossMargin(), '-4046'),
  step('limit', (c) => c.place({ name: 'a', side: 'BUY', qty: '0.010', price: '59000' })),
  step('post-only', (c) =>
    c.place({ name: 'b', side: 'BUY', qty: '0.020', price: '59500', timeInForce: 'GTX' }),
  ),
  step(
    'post-only that would take',
    (c) => c.place({ name: 'x1', side: 'BUY', qty: '0.020', price: '60100', timeInForce: 'GTX' }),
    '-5022',
  ),
  step(
    'too large for the margin',
    (c) => c.place({ name: 'x2', side: 'BUY', qty: '2', price: '60000' }),
    '-2019',
  ),
  step(
    'too far from mark',
    (c) => c.place({ name: 'x3', side: 'BUY', qty: '0.010', price: '70000' }),
    '-4016',
  ),
  step(
    'nothing to reduce',
    (c) => c.place({ name: 'x4', side: 'SELL', qty: '0.010', price: '60500', reduceOnly: true }),
    '-2022',
  ),
  step('amend', (c) => c.amend('a', 'BUY', '0.015', '59100')),
  step('cancel', (c) => c.cancel('a')),
  step('cancel what is over', (c) => c.cancel('a'), '-2011'),
  step('market', (c) => c.place({ name: 'm', side: 'BUY', qty: '0.050', price: null })),
  step('limit above', (c) => c.place({ name: 'c', side: 'SELL', qty: '0.030', price: '60010' })),
  move('the price rises and meets ten lots of it', 600_100, 10, 600_110, 5_000),
  move('and goes back', 600_000, 5_000, 600_010, 5_000),
  step('stop', (c) =>
    c.placeStop({ name: 's', type: 'STOP_MARKET', side: 'SELL', qty: '0.010', trigger: '59800' }),
  ),
  step('take profit', (c) =>
    c.placeStop({ name: 't', type: 'TAKE_PROFIT_MARKET', side: 'SELL', qty: '0.010', trigger: '61000' }),
  ),
  step('trailing stop', (c) =>
    c.placeStop({
      name: 'r',
      type: 'TRAILING_STOP_MARKET',
      side: 'SELL',
      qty: '0.010',
      trigger: null,
      callbackPercent: '1',
    }),
  ),
  step('stop with a limit', (c) =>
    c.placeStop({ name: 'l', type: 'STOP', side: 'SELL', qty: '0.010', trigger: '59000', price: '58900' }),
  ),
  step(
    'a trigger that is passed',
    (c) => c.placeStop({ name: 'x5', type: 'STOP_MARKET', side: 'SELL', qty: '0.010', trigger: '60500' }),
    '-2021',
  ),
  step('cancel the take profit', (c) => c.cancelStop('t')),
  move('a fall to the stop', 597_000, 5_000, 597_010, 5_000),
  move('a fall to the trailing stop, through the resting order', 593_000, 5_000, 593_010, 5_000),
  move('a fall to the stop with a limit', 589_500, 5_000, 589_510, 5_000),
  step(
    'batch of three, one too far away',
    (c) =>
      c.placeBatch([
        { name: 'b1', side: 'BUY', qty: '0.010', price: '58000' },
        { name: 'x6', side: 'BUY', qty: '0.010', price: '71000' },
        { name: 'b2', side: 'BUY', qty: '0.011', price: '58100' },
      ]),
    ['done', '-4016', 'done'],
  ),
  step('countdown', (c) => c.countdown(2_000)),
  { label: 'the countdown runs down', passS: 3 },
  move('little stands there', 589_500, 5_000, 589_510, 7),
  step(
    'fill or kill, too large',
    (c) => c.place({ name: 'x7', side: 'BUY', qty: '0.020', price: '58951', timeInForce: 'FOK' }),
    '-5021',
  ),
  step('what can be had at once', (c) =>
    c.place({ name: 'i', side: 'BUY', qty: '0.020', price: '58951', timeInForce: 'IOC' }),
  ),
  step(
    'two more',
    (c) =>
      c.placeBatch([
        { name: 'b3', side: 'BUY', qty: '0.010', price: '58000' },
        { name: 'b4', side: 'SELL', qty: '0.010', price: '61000' },
      ]),
    ['done', 'done'],
  ),
  step('a stop for the rest', (c) =>
    c.placeStop({ name: 's2', type: 'STOP_MARKET', side: 'SELL', qty: '0.010', trigger: '50000' }),
  ),
  step('cancel all', (c) => c.cancelAll()),
  step('more leverage', (c) => c.setLeverage(20)),
  move('depth again', 589_500, 5_000, 589_510, 5_000),
  step('too much', (c) => c.place({ name: 'big', side: 'BUY', qty: '3', price: null })),
  step('a rest that hangs on', (c) => c.place({ name: 'last', side: 'SELL', qty: '0.010', price: '61000' })),
  move('a crash: liquidation', 555_000, 5_000, 555_010, 5_000),
];

/** Does a step with every client and holds their outcomes against the expected one. */
async function perform(stage: SessionStage, clients: readonly SessionClient[], one: Step): Promise<void> {
  const { act, book, expect, label, passS } = one;
  if (act !== undefined)
    for (const client of clients) assert.deepEqual(await act(client), expect, `${client.label}: ${label}`);
  if (book !== undefined) {
    const [bid, bidLots, ask, askLots] = book;
    stage.market.moveTo(stage.nowUs() + 1, { ticks: bid, lots: bidLots }, { ticks: ask, lots: askLots });
  }
  stage.pass((passS ?? 1) * US_PER_SECOND);
}

/** Everything that the exchange says of an account, without ids and names, which are each client's own. */
function truthOf(stage: SessionStage, accountIx: number): unknown {
  const [orders, algos, trades, income, positions, balances] = [
    ['/fapi/v1/allOrders', 'symbol=BTCUSDT'],
    ['/fapi/v1/allAlgoOrders', 'symbol=BTCUSDT'],
    ['/fapi/v1/userTrades', 'symbol=BTCUSDT'],
    ['/fapi/v1/income', ''],
    ['/fapi/v2/positionRisk', ''],
    ['/fapi/v3/balance', ''],
  ].map(([path = '', params = '']) => stage.ask(accountIx, path, params));
  const nameless = JSON.stringify(
    { orders, algos, trades, income, positions, balances },
    (key, value: unknown) =>
      /^(orderId|clientOrderId|algoId|clientAlgoId|actualOrderId|id|tradeId|tranId)$/.test(key) ? '' : value,
  );
  return JSON.parse(nameless);
}

test('the same session ends the same through ccxt, through binance and through the own adapter', async (context) => {
  const stage = await openStage(context, 3);
  const [first, second, third] = stage.addresses;
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const transport = new SocketTransport();
  context.after(() => transport.close());
  const clients: readonly SessionClient[] = [
    new OwnClient(first, transport, () => stage.nowUs()),
    new BinancePackageClient(second),
    new CcxtClient(third),
  ];
  await perform(stage, [], move('the market opens', 600_000, 5_000, 600_010, 5_000));
  for (const one of SCRIPT) await perform(stage, clients, one);

  const [truth, ...others] = clients.map((_, at) => truthOf(stage, at)) as [Truth, ...Truth[]];
  for (const [at, other] of others.entries()) assert.deepEqual(other, truth, clients[at + 1]?.label);
  const accounts = await Promise.all(clients.map((client) => client.read()));
  for (const [at, account] of accounts.entries())
    assert.deepEqual(account, accounts[0], `${clients[at]?.label} reads what the others read`);

  // What the script is for has happened.
  const [account] = accounts;
  const ends = account?.orders.map(({ filled, name, status }) => `${name} ${status} ${filled}`);
  assert.deepEqual(ends, [
    'a CANCELED 0',
    'b FILLED 0.02',
    'm FILLED 0.05',
    'c CANCELED 0.011',
    'b1 CANCELED 0',
    'b2 CANCELED 0',
    'i EXPIRED 0.007',
    'b3 CANCELED 0',
    'b4 CANCELED 0',
    'big FILLED 3',
    'last CANCELED 0',
  ]);
  assert.deepEqual(
    truth.algos.map(({ algoStatus }) => algoStatus),
    ['FINISHED', 'CANCELED', 'FINISHED', 'FINISHED', 'CANCELED'],
  );
  // The crash took everything, and not more: what the booked income sums up to is what the account had.
  const income = truth.income.reduce((sum, row) => sum + Math.round(Number(row.income) * 1e8), 0);
  assert.deepEqual([account?.wallet, account?.position, income], [0, 0, -10_000 * 1e8]);
});

interface Truth {
  readonly orders: readonly Readonly<Record<string, unknown>>[];
  readonly algos: readonly Readonly<Record<string, unknown>>[];
  readonly trades: readonly Readonly<Record<string, unknown>>[];
  readonly income: readonly Readonly<Record<string, unknown>>[];
  readonly positions: readonly Readonly<Record<string, unknown>>[];
  readonly balances: readonly Readonly<Record<string, unknown>>[];
}
