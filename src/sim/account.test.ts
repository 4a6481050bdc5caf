import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, Prng } from '#core';
import { InstrumentTable } from '#domain';
import { Portfolio } from '#portfolio';
import { SimAccount } from './account.ts';
import { fundingPaymentAtoms } from './funding.ts';
import { money, START_US, testSpec } from './test/market-builders.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const TABLE = new InstrumentTable([
  testSpec(),
  testSpec({ symbol: 'BBBUSDT', priceDecimals: 3, tickSize: '0.001' }),
]);

test('M34 the ledger of the venue and the portfolio of the trader agree to the atom after any fills', () => {
  for (let round = 0; round < 30; round++) {
    const prng = new Prng(SEED + round);
    const account = new SimAccount(TABLE, money(10_000));
    const startCashAtoms = money(10_000);
    const portfolio = new Portfolio({ instruments: TABLE, startCashAtoms, startUs: START_US });
    for (let i = 0; i < 200; i++) {
      const instrument = TABLE.at(prng.integer(0, 2));
      const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
      const priceTicks = prng.integer(1, 5_000);
      const qtyLots = prng.integer(1, 400);
      const feeAtoms = BigInt(prng.integer(-20, 5_000));
      account.applyFill({ instrument, side, priceTicks, qtyLots, feeAtoms });
      portfolio.applyFill({
        kind: 'fill',
        tsVenueUs: START_US + i,
        tsLocalUs: START_US + i,
        instrumentIx: instrument.ix,
        clientOrderId: `o${i}`,
        venueOrderId: `v${i}`,
        execId: `x${i}`,
        side,
        priceTicks,
        qtyLots,
        leavesLots: 0,
        feeAtoms,
        liquidity: 'taker',
        isLiquidation: false,
      });
      assert.equal(account.cashAtoms, portfolio.cashAtoms);
      assert.deepEqual(
        account.positions(),
        portfolio.openPositions().map(({ instrumentIx, qtyLots: lots, costTickLots }) => ({
          instrumentIx,
          qtyLots: lots,
          costTickLots,
        })),
      );
    }
    assert.equal(
      account.cashAtoms,
      startCashAtoms + account.realisedAtoms - account.feesAtoms + account.fundingAtoms,
    );
  }
});

test('M34 a fill that crosses zero closes, realises and opens anew', () => {
  const account = new SimAccount(TABLE, 0n);
  const instrument = TABLE.at(0);
  account.applyFill({ instrument, side: 'buy', priceTicks: 100, qtyLots: 10, feeAtoms: 0n });
  account.applyFill({ instrument, side: 'sell', priceTicks: 110, qtyLots: 15, feeAtoms: 3n });
  const perTickLot = BigInt(instrument.atomsPerTickLot);
  assert.deepEqual(account.positions(), [{ instrumentIx: 0, qtyLots: -5, costTickLots: -550n }]);
  assert.equal(account.realisedAtoms, 100n * perTickLot);
  assert.equal(account.cashAtoms, 100n * perTickLot - 3n);
  assert.equal(account.unrealisedAtoms(instrument, 100), 50n * perTickLot);
  assert.throws(
    () => account.applyFill({ instrument, side: 'buy', priceTicks: 0, qtyLots: 1, feeAtoms: 0n }),
    AssertionError,
  );
});

test('M40 an account restored from its saved state books as the saved one', () => {
  const prng = new Prng(SEED);
  const account = new SimAccount(TABLE, money(10));
  const copy = new SimAccount(TABLE, money(10));
  const draw = () => ({
    instrument: TABLE.at(prng.integer(0, 2)),
    side: prng.uniform() < 0.5 ? ('buy' as const) : ('sell' as const),
    priceTicks: prng.integer(1, 500),
    qtyLots: prng.integer(1, 9),
    feeAtoms: 7n,
  });
  for (let i = 0; i < 50; i++) account.applyFill(draw());
  account.applyFunding(-99n);
  copy.applyFill(draw());
  copy.loadState(structuredClone(account.saveState()));
  for (let i = 0; i < 50; i++) {
    const fill = draw();
    account.applyFill(fill);
    copy.applyFill(fill);
  }
  assert.deepEqual(copy.saveState(), account.saveState());
  assert.deepEqual(copy.openSlots, account.openSlots);
  assert.equal(copy.costNumber(0), account.costNumber(0));
});

test('M36 funding is rounded against the account on either side', () => {
  const instrument = TABLE.at(0);
  const of = (positionLots: number, rateE12: number): bigint =>
    fundingPaymentAtoms({ instrument, positionLots, markTicks: 1001, rateE12 });
  // 7 lots x 1001 ticks = 7,007,000,000 atoms.
  assert.equal(of(7, 100_000_000), -700_700n);
  assert.equal(of(-7, 100_000_000), 700_700n);
  assert.equal(of(7, -100_000_000), 700_700n);
  assert.equal(of(7, 100_000_001), -700_701n);
  assert.equal(of(-7, 100_000_001), 700_700n);
});
