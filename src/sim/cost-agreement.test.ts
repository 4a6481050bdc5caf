import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE } from '#core';
import { InstrumentTable, moneyOf } from '#domain';
import {
  BAR_US,
  type Bar,
  candle,
  money,
  order,
  play,
  testRules,
  testSpec,
  testWorld,
} from './test/market-builders.ts';

const SEED = Number(process.env.SEED ?? 20261121);

test('M22 to M24 on a market that stands still the fills cost exactly what the cost model says', async () => {
  const rules = testRules();
  const specs = [testSpec()];
  const instrument = new InstrumentTable(specs).at(0);
  const flat: Bar = [1000, 1000, 1000, 1000, 6000];
  for (const qtyLots of [1, 300, 360, 500, 720]) {
    const world = testWorld([candle(0, flat), candle(1, flat)], { rules, specs });
    play(world, [
      { afterUs: 0, submit: order('in', { qtyLots }) },
      { afterUs: BAR_US, submit: order('out', { side: 'sell', qtyLots }) },
    ]);
    const paid = moneyOf(instrument.atomDecimals, money(100_000) - (await world.account()).cashAtoms);
    const said = rules.costs.roundTrip({
      instrument,
      side: 'buy',
      qtyLots,
      priceTicks: 1000,
      entry: 'taker',
      exit: 'taker',
      depth: { kind: 'volume', minuteVolumeLots: (6000 * US_PER_MINUTE) / BAR_US },
      openUs: 0,
      holdUs: BAR_US,
      funding: null,
    });
    // Fees are charged on the prices paid, the model charges them on the middle: second order only.
    const notional = qtyLots * 10;
    assert.ok(
      Math.abs(paid / notional - said.totalFraction) < 2e-6,
      `${qtyLots} lots: ${paid / notional} vs ${said.totalFraction}`,
    );
  }
});

test('M17 on a market that moves the fills cost on average what the cost model says', async () => {
  const prng = new Prng(SEED);
  const rules = testRules({
    depthRule: { ...testRules().costs.depthRule, halfSpreadPpm: 500, levelStepPpm: 200 },
  });
  const specs = [testSpec({ priceDecimals: 3, tickSize: '0.001', qtyDecimals: 1 })];
  const instrument = new InstrumentTable(specs).at(0);
  const middle = 100_000;
  let paid = 0;
  let said = 0;
  const rounds = 1500;
  for (let round = 0; round < rounds; round++) {
    const jump = (): number => prng.integer(-400, 401);
    const close = middle + jump();
    const bar: Bar = [
      middle,
      Math.max(middle, close) + prng.integer(0, 300),
      Math.min(middle, close) - prng.integer(0, 300),
      close,
      20_000,
    ];
    const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
    const qtyLots = prng.integer(1, 1200);
    const world = testWorld([candle(0, bar)], { rules, specs, cash: 1e7 });
    play(world, [{ afterUs: prng.integer(0, BAR_US / 100), submit: order('in', { side, qtyLots }) }]);
    const account = await world.account();
    const [position] = account.positions;
    const signedCost = Number(position!.costTickLots) - position!.qtyLots * middle;
    paid += signedCost / (qtyLots * middle);
    const leg = rules.costs.leg({
      instrument,
      side,
      qtyLots,
      priceTicks: middle,
      liquidity: 'taker',
      depth: { kind: 'volume', minuteVolumeLots: (20_000 * US_PER_MINUTE) / BAR_US },
    });
    said += leg.spreadFraction + leg.slippageFraction;
  }
  const ratio = paid / said;
  assert.ok(Math.abs(ratio - 1) < 0.05, `paid over said is 1 within 5 %, was ${ratio}`);
});
