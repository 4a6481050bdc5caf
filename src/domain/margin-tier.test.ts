import assert from 'node:assert/strict';
import { test } from 'node:test';
import { btcSpec } from '../../test/support/instruments.ts';
import { buildInstrument } from './instrument.ts';
import {
  type MarginTierSpec,
  maintenanceAtomsOf,
  marginTierAt,
  marginTiersOf,
  notionalAtomsMaxAt,
} from './margin-tier.ts';

const TIERS: readonly MarginTierSpec[] = [
  { notionalMax: '50000', maintenanceMarginPpm: 4_000, leverageMax: 125 },
  { notionalMax: '250000', maintenanceMarginPpm: 5_000, leverageMax: 100 },
  { notionalMax: '1000000', maintenanceMarginPpm: 10_000, leverageMax: 50 },
  { notionalMax: null, maintenanceMarginPpm: 25_000, leverageMax: 20 },
];
const ONE = 100_000_000n;
const built = buildInstrument(btcSpec({ marginTiers: TIERS }), 0, 8);

test('deductions make the margin continuous from tier to tier', () => {
  assert.deepEqual(
    built.marginTiers.map(({ deductionAtoms }) => deductionAtoms / ONE),
    [0n, 50n, 1_300n, 16_300n],
  );
  for (const { notionalAtomsMax } of built.marginTiers) {
    if (notionalAtomsMax === null) continue;
    const below = maintenanceAtomsOf(built.marginTiers, notionalAtomsMax);
    const above = maintenanceAtomsOf(built.marginTiers, notionalAtomsMax + ONE);
    assert.ok(above > below && above - below <= ONE / 40n + 1n, `${below} then ${above}`);
  }
});

test('a tier holds up to and with its cap, the last one for all beyond', () => {
  const rateAt = (amount: bigint): number =>
    marginTierAt(built.marginTiers, amount * ONE).maintenanceMarginPpm;
  assert.deepEqual(
    [0n, 50_000n, 50_001n, 250_000n, 1_000_000n, 1_000_001n, 10n ** 12n].map(rateAt),
    [4_000, 4_000, 5_000, 5_000, 10_000, 25_000, 25_000],
  );
});

test('a margin is rounded up and a deduction down', () => {
  const tiers = marginTiersOf([
    { notionalAtomsMax: 7n, maintenanceMarginPpm: 100_000, leverageMax: 10 },
    { notionalAtomsMax: null, maintenanceMarginPpm: 200_000, leverageMax: 5 },
  ]);
  // 7 x 0.1 = 0.7: taken off as 0.
  assert.equal(tiers[1]?.deductionAtoms, 0n);
  assert.equal(maintenanceAtomsOf(tiers, 1n), 1n);
  assert.equal(maintenanceAtomsOf(tiers, 8n), 2n);
});

test('the leverage bounds the notional that may be held', () => {
  const most = (leverage: number): bigint | null => notionalAtomsMaxAt(built.marginTiers, leverage);
  assert.deepEqual([125, 101, 100, 51, 50, 21].map(most), [
    50_000n * ONE,
    50_000n * ONE,
    250_000n * ONE,
    250_000n * ONE,
    1_000_000n * ONE,
    1_000_000n * ONE,
  ]);
  assert.equal(most(20), null);
  assert.equal(most(126), 0n);
});

test('tiers that are out of order are refused', () => {
  const [first, second] = TIERS;
  assert.ok(first !== undefined && second !== undefined);
  const cases: readonly (readonly MarginTierSpec[])[] = [
    [],
    [second],
    [{ ...first, notionalMax: null }, second],
    [first, { ...second, notionalMax: '50000' }],
    [first, { ...second, maintenanceMarginPpm: 3_999 }],
    [first, { ...second, leverageMax: 126 }],
    [{ ...first, leverageMax: 124 }, second],
    [first, { ...second, leverageMax: 0 }],
    [first, { ...second, maintenanceMarginPpm: 1_000_000 }],
    [first, { ...second, maintenanceMarginPpm: 4_500.5 }],
  ];
  for (const marginTiers of cases) {
    assert.throws(
      () => buildInstrument(btcSpec({ marginTiers }), 0, 8),
      /marginTiers is a list of rising caps/,
      JSON.stringify(marginTiers),
    );
  }
});
