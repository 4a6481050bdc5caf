import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_HOUR, US_PER_MINUTE } from '#core';
import { type BalanceFacts, explainBalance, isMoved } from './balance-difference.ts';

const NOON = 1_000 * US_PER_HOUR;
const FACTS: BalanceFacts = {
  ...{
    differenceAtoms: -1_000n,
    isOpening: false,
    fills: 0,
    filledAtoms: 0n,
    forcedAtoms: 0n,
    heldAtoms: 0n,
  },
  ...{ sinceUs: NOON + 10 * US_PER_MINUTE, nowUs: NOON + 11 * US_PER_MINUTE },
};
const cause = (changes: Partial<BalanceFacts>): string => explainBalance({ ...FACTS, ...changes });

test('each cause has its mark', () => {
  assert.equal(cause({ isOpening: true }), 'opening-balance');
  assert.equal(cause({ fills: 500 }), 'rounding');
  assert.equal(cause({ fills: 500, differenceAtoms: 1_000n }), 'rounding');
  assert.equal(cause({ forcedAtoms: 4_000n }), 'forced-close');
  assert.equal(cause({ fills: 1, filledAtoms: 500_000n }), 'fees');
  assert.equal(cause({ fills: 1, filledAtoms: 499_999n }), 'unexplained-loss');
  assert.equal(cause({ fills: 1, filledAtoms: 500_000n, differenceAtoms: 1_000n }), 'transfer', 'fees cost');
  assert.equal(cause({}), 'transfer');
});

test('funding is thought of around a full hour, for what was held, within its cap', () => {
  const held = { heldAtoms: 33_000n };
  assert.equal(cause(held), 'unexplained-loss', 'between hours');
  const over = { sinceUs: NOON - US_PER_MINUTE, nowUs: NOON + US_PER_MINUTE };
  assert.equal(cause({ ...held, ...over }), 'funding');
  assert.equal(cause({ ...held, ...over, differenceAtoms: 1_000n }), 'funding', 'received as well as paid');
  assert.equal(
    cause({ ...held, sinceUs: NOON + 30_000_000, nowUs: NOON + 90_000_000 }),
    'funding',
    'booked late',
  );
  assert.equal(cause({ heldAtoms: 32_999n, ...over }), 'unexplained-loss');
});

test('money that is missing counts as lost where anything could have lost it, and none that is there counts as won', () => {
  assert.equal(
    cause({ differenceAtoms: -1_000_000n }),
    'transfer',
    'nothing was traded or held: it was withdrawn',
  );
  for (const risked of [{ fills: 1 }, { heldAtoms: 1n }, { forcedAtoms: 1n }]) {
    assert.equal(cause({ ...risked, differenceAtoms: -1_000_000n }), 'unexplained-loss');
    assert.equal(cause({ ...risked, differenceAtoms: 1_000_000n }), 'transfer');
  }
});

test('what was moved is no result, everything else is', () => {
  const causes = [
    ...(['opening-balance', 'rounding', 'forced-close', 'fees', 'funding'] as const),
    ...(['unexplained-loss', 'transfer'] as const),
  ];
  assert.deepEqual(causes.filter(isMoved), ['opening-balance', 'transfer']);
});
