import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMomentUs, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, XylenError } from '#core';
import { parseChecksum, type VisionWish, visionArchives, visionHolds } from './index.ts';

const at = (text: string): number => parseMomentUs(text) ?? Number.NaN;
const NOW_US = at('2025-03-05T10:00');
const WISH: VisionWish = {
  venue: 'binance-usdm',
  kind: 'klines',
  symbol: 'BTCUSDT',
  timeframeUs: 5 * US_PER_MINUTE,
  fromUs: at('2024-12-30'),
  toUs: at('2025-03-06'),
};
const names = (wish: VisionWish): string[] => visionArchives(wish, NOW_US).map(({ name }) => name);

test('whole months are taken as months, the rest as days, and today not at all', () => {
  assert.deepEqual(names(WISH), [
    'BTCUSDT-5m-2024-12-30.zip',
    'BTCUSDT-5m-2024-12-31.zip',
    'BTCUSDT-5m-2025-01.zip',
    'BTCUSDT-5m-2025-02.zip',
    'BTCUSDT-5m-2025-03-01.zip',
    'BTCUSDT-5m-2025-03-02.zip',
    'BTCUSDT-5m-2025-03-03.zip',
    'BTCUSDT-5m-2025-03-04.zip',
  ]);
});

test('the files cover the wish without a hole, and a month knows its days', () => {
  const archives = visionArchives(WISH, NOW_US);
  archives.forEach((archive, ix) => {
    assert.equal(archive.fromUs, ix === 0 ? WISH.fromUs : archives[ix - 1]?.toUs);
    if (archive.days.length === 0) return;
    assert.equal(archive.days.length, (archive.toUs - archive.fromUs) / US_PER_DAY);
    assert.equal(archive.days.at(-1)?.toUs, archive.toUs);
  });
});

test('addresses are those of the archive', () => {
  const [first] = visionArchives({ ...WISH, fromUs: at('2025-01-01') }, NOW_US);
  assert.equal(first?.path, 'data/futures/um/monthly/klines/BTCUSDT/5m/BTCUSDT-5m-2025-01.zip');
  assert.equal(first?.days[0]?.path, 'data/futures/um/daily/klines/BTCUSDT/5m/BTCUSDT-5m-2025-01-01.zip');
  const spot = visionArchives(
    { ...WISH, venue: 'binance-spot', kind: 'aggTrades', timeframeUs: null, fromUs: at('2025-03-01') },
    NOW_US,
  );
  assert.equal(spot[0]?.path, 'data/spot/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2025-03-01.zip');
});

test('funding comes by whole months only, metrics by days only', () => {
  const funding = { ...WISH, kind: 'fundingRate', timeframeUs: null } as const;
  assert.deepEqual(names(funding), [
    'BTCUSDT-fundingRate-2024-12.zip',
    'BTCUSDT-fundingRate-2025-01.zip',
    'BTCUSDT-fundingRate-2025-02.zip',
  ]);
  const metrics = {
    ...funding,
    kind: 'metrics',
    fromUs: at('2025-02-28'),
    toUs: at('2025-03-01T01:00'),
  } as const;
  assert.deepEqual(names(metrics), ['BTCUSDT-metrics-2025-02-28.zip', 'BTCUSDT-metrics-2025-03-01.zip']);
});

test('what the archive does not hold is refused in words', () => {
  const refused = (changes: Partial<VisionWish>, pattern: RegExp): void => {
    assert.throws(
      () => visionArchives({ ...WISH, ...changes }, NOW_US),
      (error: unknown) =>
        error instanceof XylenError && error.code === 'XY_USAGE' && pattern.test(error.message),
    );
  };
  refused({ venue: 'coinbase' }, /binance-usdm, binance-spot/);
  refused({ venue: 'binance-spot', kind: 'metrics' }, /klines, aggTrades, trades/);
  refused({ timeframeUs: 7 * US_PER_MINUTE }, /7m/);
  refused({ timeframeUs: null }, /--timeframe/);
  refused({ timeframeUs: 10 * US_PER_HOUR }, /10h/);
  refused({ timeframeUs: US_PER_SECOND }, /one of 1m, .*'1s'/);
  for (const symbol of ['btcusdt', 'BTC/USD', 'BTC-USDT', '..', 'A/../../B', ''])
    refused({ symbol }, /BTCUSDT/);
});

test('spot has candles of a second, and delivery contracts are symbols', () => {
  const second = { ...WISH, venue: 'binance-spot', timeframeUs: US_PER_SECOND } as const;
  assert.equal(names(second)[0], 'BTCUSDT-1s-2024-12-30.zip');
  assert.equal(names({ ...WISH, symbol: 'BTCUSDT_250328' })[0], 'BTCUSDT_250328-5m-2024-12-30.zip');
});

test('it says which venues have which archives', () => {
  assert.deepEqual(
    (['binance-usdm', 'binance-spot', 'coinbase'] as const).map((venue) => visionHolds(venue, 'metrics')),
    [true, false, false],
  );
  assert.ok(visionHolds('binance-spot', 'trades'));
});

test('what has not begun yet has no files, and a range within a day has one', () => {
  assert.deepEqual(names({ ...WISH, fromUs: NOW_US, toUs: NOW_US + US_PER_HOUR }), []);
  const fromUs = at('2025-03-04T10:00');
  assert.deepEqual(names({ ...WISH, fromUs, toUs: fromUs + US_PER_HOUR }), ['BTCUSDT-5m-2025-03-04.zip']);
});

test('a checksum file names its file', () => {
  const hash = 'a1'.repeat(32);
  assert.equal(parseChecksum(`${hash}  X.zip\n`, 'X.zip'), hash);
  for (const text of ['', `${hash}`, `${hash}  Y.zip`, `${hash.slice(1)}  X.zip`, '<html>']) {
    assert.throws(() => parseChecksum(text, 'X.zip'), XylenError, text);
  }
});
