/** At its liquidation price what stands behind a position is its maintenance margin, whatever the tiers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { absBig, Prng, parseDecimal } from '#core';
import { buildInstrument, type Instrument, maintenanceAtomsOf, notionalAtoms } from '#domain';
import { SYNTHETIC_SYMBOLS, syntheticInstrument } from '#sim';
import { testSeed } from '../../../test/support/property.ts';
import { liquidationPriceText, type PositionState, sumsOf, unrealisedOf } from './position-figures.ts';

const SEED = testSeed();
const SYMBOL = SYNTHETIC_SYMBOLS[0] ?? assert.fail();
const ATOMS = 100_000_000n;

function tieredInstrument(prng: Prng): Instrument {
  const count = prng.integer(1, 5);
  const marginTiers = Array.from({ length: count }, (_, at) => ({
    notionalMax: at === count - 1 ? null : String(20_000 * 3 ** at),
    maintenanceMarginPpm: 4_000 + at * prng.integer(1_000, 20_000),
    leverageMax: 20 - at * 3,
  })).map((tier, at, all) => ({
    ...tier,
    maintenanceMarginPpm: Math.max(...all.slice(0, at + 1).map((one) => one.maintenanceMarginPpm)),
  }));
  const [first] = marginTiers;
  const { leverageMax = 20, maintenanceMarginPpm = 4_000 } = first ?? {};
  return buildInstrument(
    { ...syntheticInstrument(SYMBOL), leverageMax, maintenanceMarginPpm, marginTiers },
    0,
    8,
  );
}

function positionOf(instrument: Instrument, prng: Prng): PositionState {
  const lots = prng.integer(10, 20_000) * (prng.uniform() < 0.5 ? -1 : 1);
  const markTicks = prng.integer(300_000, 900_000);
  return {
    instrument,
    positionSide: 'both',
    lots,
    costTickLots: BigInt(lots) * BigInt(markTicks + prng.integer(-5_000, 5_000)),
    markTicks,
    leverage: 10,
    isIsolated: prng.uniform() < 0.5,
    isolatedAtoms: 0n,
    buyingLots: 0,
    sellingLots: 0,
    lifeAtoms: 0n,
    realisedAtoms: 0n,
    updatedUs: 0,
  };
}

test(`equity at the liquidation price is the maintenance margin (seed ${SEED})`, () => {
  const prng = new Prng(SEED);
  let count = 0;
  for (let round = 0; round < 2_000; round++) {
    const bare = positionOf(tieredInstrument(prng), prng);
    const notional = notionalAtoms(bare.instrument, bare.markTicks, Math.abs(bare.lots));
    const cash = notional / BigInt(prng.integer(2, 30));
    const state = { ...bare, isolatedAtoms: bare.isIsolated ? cash : 0n };
    const walletAtoms = state.isIsolated ? cash + 5_000n * ATOMS : cash;
    const text = liquidationPriceText(state, [state], sumsOf(walletAtoms, [state]));
    if (text === '0') continue;
    count++;
    // The price to a hundredth of a tick: what a tick is worth bounds what may be left over.
    const { instrument, lots } = state;
    const ticks = Math.round(parseDecimal(text, 8) / 10 ** (8 - instrument.priceDecimals));
    const at = { ...state, markTicks: ticks };
    const maintenance = maintenanceAtomsOf(
      instrument.marginTiers,
      notionalAtoms(instrument, ticks, Math.abs(lots)),
    );
    const rest = cash + unrealisedOf(at) - maintenance;
    const tickAtoms = BigInt(Math.abs(lots)) * BigInt(instrument.atomsPerTickLot);
    assert.ok(absBig(rest) <= 2n * tickAtoms, `round ${round}: ${rest} atoms are left at ${text}`);
  }
  assert.ok(count > 500, `only ${count} had such a price`);
});

test(`the long and the short of a symbol have one liquidation price, at which both are counted (seed ${SEED})`, () => {
  const prng = new Prng(SEED);
  let count = 0;
  for (let round = 0; round < 2_000; round++) {
    const one = { ...positionOf(tieredInstrument(prng), prng), isIsolated: false };
    const { instrument, markTicks } = one;
    const [longLots, shortLots] = [prng.integer(10, 20_000), -prng.integer(10, 20_000)];
    const costOf = (lots: number): bigint => BigInt(lots) * BigInt(markTicks + prng.integer(-5_000, 5_000));
    const long: PositionState = {
      ...one,
      positionSide: 'long',
      lots: longLots,
      costTickLots: costOf(longLots),
    };
    const short: PositionState = {
      ...one,
      positionSide: 'short',
      lots: shortLots,
      costTickLots: costOf(shortLots),
    };
    const pair = [long, short];
    const notional = notionalAtoms(instrument, markTicks, longLots - shortLots);
    const cash = notional / BigInt(prng.integer(2, 30));
    const sums = sumsOf(cash, pair);
    const text = liquidationPriceText(long, pair, sums);
    assert.equal(liquidationPriceText(short, pair, sums), text);
    if (text === '0') continue;
    count++;
    const ticks = Math.round(parseDecimal(text, 8) / 10 ** (8 - instrument.priceDecimals));
    const at = sumsOf(
      cash,
      pair.map((state) => ({ ...state, markTicks: ticks })),
    );
    const rest = cash + at.unrealisedAtoms - at.maintenanceAtoms;
    const tickAtoms = BigInt(longLots - shortLots) * BigInt(instrument.atomsPerTickLot);
    assert.ok(absBig(rest) <= 2n * tickAtoms, `round ${round}: ${rest} atoms are left at ${text}`);
  }
  assert.ok(count > 500, `only ${count} had such a price`);
});
