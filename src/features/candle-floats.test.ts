import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDecimal } from '#core';
import { propertySettings } from '../../test/support/property.ts';
import { candleFloatsOf } from './candle-floats.ts';

test('ticks and lots become the doubles that their decimal text parses to', () => {
  const units = fc.array(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), {
    minLength: 1,
    maxLength: 20,
  });
  const decimals = fc.integer({ min: 0, max: 12 });
  fc.assert(
    fc.property(units, decimals, decimals, (ticks, priceDecimals, qtyDecimals) => {
      const column = Float64Array.from([...ticks, 0]);
      const floats = candleFloatsOf(
        {
          timeframeUs: 60_000_000,
          rowCount: ticks.length,
          openTsUs: column,
          openTicks: column,
          highTicks: column,
          lowTicks: column,
          closeTicks: column,
          volumeLots: column,
        },
        { priceDecimals, qtyDecimals },
      );
      assert.equal(floats.close.length, ticks.length);
      ticks.forEach((tick, i) => {
        assert.equal(floats.close[i], Number(formatDecimal(tick, priceDecimals)));
        assert.equal(floats.volume[i], Number(formatDecimal(tick, qtyDecimals)));
      });
    }),
    propertySettings(),
  );
});
