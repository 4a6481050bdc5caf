/**
 * One scripted session, three clients: ccxt, the npm package `binance` and the house's own adapter trade on the simulated exchange by base URL alone, each on an
 * account of its own, at the same moments of the same market. They end with the same orders, fills, income, positions and money. A second session is
 * one of hedge mode, for the two that others wrote: the own adapter trades one-way.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import { SocketTransport } from '#net/socket';
import { BinancePackageClient } from '../clients/binance-client.ts';
import { CcxtClient } from '../clients/ccxt-client.ts';
import { OwnClient } from '../clients/own-client.ts';
import type { HedgingClient, Outcome, SessionClient } from '../clients/session-client.ts';
import { openStage, type SessionStage } from '../clients/session-stage.ts';

/** One step: what every client does, or what the market does. */
interface Step<C extends SessionClient = SessionClient> {
  readonly label: string;
  readonly act?: (client: C) => Promise<Outcome | readonly Outcome[]>;
  readonly expect?: Outcome | readonly Outcome[];
  /** New best prices, with what stands there. */
  readonly book?: readonly [bid: number, bidLots: number, ask: number, askLots: number];
  readonly passS?: number;
}

function step<C extends SessionClient = SessionClient>(
  label: string,
  act: NonNullable<Step<C>['act']>,
  expect: Step['expect'] = 'done',
): Step<C> {
  return { label, act, expect };
}

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

const hedged = (label: string, act: NonNullable<Step<HedgingClient>['act']>, expect?: Step['expect']) =>
  step<HedgingClient>(label, act, expect);

const [LONG, SHORT] = [{ positionSide: 'LONG' }, { positionSide: 'SHORT' }] as const;

const HEDGE_SCRIPT: readonly Step<HedgingClient>[] = [
  hedged('leverage', (c) => c.setLeverage(10)),
  hedged('hedge mode', (c) => c.setHedgeMode(true)),
  hedged('hedge mode again', (c) => c.setHedgeMode(true), '-4059'),
  hedged('no side', (c) => c.place({ name: 'x1', side: 'BUY', qty: '0.050', price: null }), '-4061'),
  hedged(
    'nothing to close',
    (c) => c.placeHedged({ name: 'x2', side: 'SELL', qty: '0.050', price: null, ...LONG }),
    '-2022',
  ),
  hedged('long', (c) => c.placeHedged({ name: 'l', side: 'BUY', qty: '0.050', price: null, ...LONG })),
  hedged('short', (c) => c.placeHedged({ name: 's', side: 'SELL', qty: '0.030', price: null, ...SHORT })),
  hedged('part of the long goes at a limit', (c) =>
    c.placeHedged({ name: 'lc', side: 'SELL', qty: '0.020', price: '60010', ...LONG }),
  ),
  hedged('part of the short waits far below', (c) =>
    c.placeHedged({ name: 'sc', side: 'BUY', qty: '0.010', price: '58000', ...SHORT }),
  ),
  hedged('and is brought nearer', (c) => c.amend('sc', 'BUY', '0.010', '58100')),
  hedged('a stop for the long', (c) =>
    c.placeHedgedStop({
      name: 'ls',
      type: 'STOP_MARKET',
      side: 'SELL',
      qty: '0.010',
      trigger: '59500',
      ...LONG,
    }),
  ),
  hedged('a stop for the short', (c) =>
    c.placeHedgedStop({
      name: 'ss',
      type: 'STOP_MARKET',
      side: 'BUY',
      qty: '0.010',
      trigger: '60500',
      ...SHORT,
    }),
  ),
  hedged('not while there are orders', (c) => c.setHedgeMode(false), '-4067'),
  move('a rise through limit and stop', 606_000, 5_000, 606_010, 5_000),
  move('a fall through the other stop', 594_000, 5_000, 594_010, 5_000),
  hedged('cancel all', (c) => c.cancelAll()),
  hedged('not while there are positions', (c) => c.setHedgeMode(false), '-4068'),
];

const HEDGE_END: readonly Step<HedgingClient>[] = [
  hedged('the long goes', (c) =>
    c.placeHedged({ name: 'le', side: 'SELL', qty: '0.020', price: null, ...LONG }),
  ),
  hedged('the short goes', (c) =>
    c.placeHedged({ name: 'se', side: 'BUY', qty: '0.020', price: null, ...SHORT }),
  ),
  hedged('one-way again', (c) => c.setHedgeMode(false)),
  hedged('an order without a side', (c) => c.place({ name: 'o', side: 'BUY', qty: '0.010', price: null })),
  hedged('and one that closes', (c) =>
    c.place({ name: 'p', side: 'SELL', qty: '0.010', price: null, reduceOnly: true }),
  ),
];

/** Does a step with every client and holds their outcomes against the expected one. */
async function perform<C extends SessionClient>(
  stage: SessionStage,
  clients: readonly C[],
  one: Step<C>,
): Promise<void> {
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

test('a session of hedge mode ends the same through ccxt and through binance', async (context) => {
  const stage = await openStage(context, 2);
  const [first, second] = stage.addresses;
  assert.ok(first !== undefined && second !== undefined);
  const clients: readonly HedgingClient[] = [new BinancePackageClient(first), new CcxtClient(second)];
  await perform(stage, [], move('the market opens', 600_000, 5_000, 600_010, 5_000));
  for (const one of HEDGE_SCRIPT) await perform(stage, clients, one);
  for (const client of clients)
    assert.deepEqual(await client.readSides(), { LONG: 0.02, SHORT: 0.02 }, client.label);
  for (const one of HEDGE_END) await perform(stage, clients, one);

  const [truth, other] = clients.map((_, at) => truthOf(stage, at)) as [Truth, Truth];
  assert.deepEqual(other, truth);
  const [account, same] = await Promise.all(clients.map((client) => client.read()));
  assert.deepEqual(same, account);
  assert.deepEqual(
    truth.orders.map(({ executedQty, positionSide, side, status }) =>
      [side, positionSide, executedQty, status].join(' '),
    ),
    [
      'BUY LONG 0.050 FILLED',
      'SELL SHORT 0.030 FILLED',
      'SELL LONG 0.020 FILLED',
      'BUY SHORT 0.000 CANCELED',
      'BUY SHORT 0.010 FILLED',
      'SELL LONG 0.010 FILLED',
      'SELL LONG 0.020 FILLED',
      'BUY SHORT 0.020 FILLED',
      'BUY BOTH 0.010 FILLED',
      'SELL BOTH 0.010 FILLED',
    ],
  );
  assert.deepEqual(
    truth.algos.map(({ algoStatus, positionSide }) => `${positionSide} ${algoStatus}`),
    ['LONG FINISHED', 'SHORT FINISHED'],
  );
  const income = truth.income.reduce((sum, row) => sum + Math.round(Number(row.income) * 1e8), 0);
  assert.equal(Math.round(Number(account?.wallet) * 1e8), 10_000 * 1e8 + income);
  assert.equal(account?.position, 0);
});

interface Truth {
  readonly orders: readonly Readonly<Record<string, unknown>>[];
  readonly algos: readonly Readonly<Record<string, unknown>>[];
  readonly trades: readonly Readonly<Record<string, unknown>>[];
  readonly income: readonly Readonly<Record<string, unknown>>[];
  readonly positions: readonly Readonly<Record<string, unknown>>[];
  readonly balances: readonly Readonly<Record<string, unknown>>[];
}
