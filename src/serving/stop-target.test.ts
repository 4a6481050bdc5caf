import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InstrumentTable, priceOf } from '#domain';
import { defaultRiskOptions, protectiveLevels } from '#risk';
import { SYNTHETIC_SYMBOLS, syntheticInstrument } from '#sim';
import { propertySettings } from '../../test/support/property.ts';
import { STOP_TARGET_DEFAULT, stopAndTarget } from './stop-target.ts';

const instruments = new InstrumentTable(SYNTHETIC_SYMBOLS.map(syntheticInstrument));

test('a doubtful signal gets half the room and a modest target, a sure one the base risk and the full target', () => {
  assert.deepEqual(stopAndTarget('long', 1_000, 0, STOP_TARGET_DEFAULT), {
    stopLoss: 990,
    takeProfit: 1_014.9999999999999,
  });
  assert.deepEqual(stopAndTarget('short', 1_000, 1, STOP_TARGET_DEFAULT), {
    stopLoss: 1_020,
    takeProfit: 950,
  });
});

test('the defaults are those of risk', () => {
  const { baseRisk, rewardRiskMax, rewardRiskMin, stopLossMax, takeProfitMax } = defaultRiskOptions(8);
  assert.deepEqual(STOP_TARGET_DEFAULT, {
    baseRisk,
    rewardRiskMin,
    rewardRiskMax,
    stopLossMax,
    takeProfitMax,
  });
});

test('stop and target lie within a tick of those that risk sets, whatever the limits', () => {
  const fraction = fc.double({ min: 0.001, max: 0.2, noNaN: true });
  const ratio = fc.double({ min: 0.5, max: 4, noNaN: true });
  fc.assert(
    fc.property(
      fc.record({
        ix: fc.nat({ max: instruments.all.length - 1 }),
        priceTicks: fc.integer({ min: 5_000, max: 5_000_000 }),
        confidence: fc.double({ min: 0, max: 1, noNaN: true }),
        side: fc.constantFrom('buy' as const, 'sell' as const),
        limits: fc.record({
          baseRisk: fraction,
          rewardRiskMin: ratio,
          rewardRiskMax: ratio,
          stopLossMax: fraction,
          takeProfitMax: fraction,
        }),
      }),
      ({ confidence, ix, limits, priceTicks, side }) => {
        const instrument = instruments.at(ix);
        const tick = priceOf(instrument, instrument.tickStep);
        const levels = protectiveLevels({ instrument, side, priceTicks, confidence }, limits);
        if (levels === null) return;
        const action = side === 'buy' ? 'long' : 'short';
        const found = stopAndTarget(action, priceOf(instrument, priceTicks), confidence, limits);
        const room = tick * (1 + 1e-9);
        assert.ok(Math.abs(found.stopLoss - priceOf(instrument, levels.stopTicks)) <= room);
        assert.ok(Math.abs(found.takeProfit - priceOf(instrument, levels.targetTicks)) <= room);
      },
    ),
    propertySettings(),
  );
});
