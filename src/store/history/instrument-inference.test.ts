import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atomDecimalsFor, buildInstrument } from '#domain';
import { specForData } from './instrument-inference.ts';

const decimals = (priceDecimals: number, qtyDecimals: number) => ({ priceDecimals, qtyDecimals });

test('infers rules that an instrument can be built from', () => {
  const spec = specForData('binance-usdm', 'BTCUSDT', decimals(1, 3), undefined);
  assert.deepEqual(
    [
      spec.baseAsset,
      spec.quoteAsset,
      spec.kind,
      spec.tickSize,
      spec.lotSize,
      spec.leverageMax,
      spec.rulesFrom,
    ],
    ['BTC', 'USDT', 'perpetual', '0.1', '0.001', 20, 'inferred'],
  );
  for (const [price, qty] of [
    [0, 0],
    [8, 0],
    [2, 6],
    [0, 12],
    [8, 8],
  ] as const) {
    const any = specForData('binance-spot', 'SHIBUSDT', decimals(price, qty), undefined);
    assert.equal(buildInstrument(any, 0, atomDecimalsFor([any])).tickStep, 1);
  }
});

test('splits symbols of every venue', () => {
  const split = (venue: Parameters<typeof specForData>[0], symbol: string): readonly string[] => {
    const { baseAsset, quoteAsset, kind } = specForData(venue, symbol, decimals(2, 2), undefined);
    return [baseAsset, quoteAsset, kind];
  };
  assert.deepEqual(split('coinbase', 'BTC-USD'), ['BTC', 'USD', 'spot']);
  assert.deepEqual(split('kraken-spot', 'XBT/USD'), ['XBT', 'USD', 'spot']);
  assert.deepEqual(split('kraken-spot', 'XBTUSDT'), ['XBT', 'USDT', 'spot']);
  assert.deepEqual(split('binance-spot', 'ETHBTC'), ['ETH', 'BTC', 'spot']);
  assert.deepEqual(split('binance-usdm', '1000PEPEUSDC'), ['1000PEPE', 'USDC', 'perpetual']);
  assert.deepEqual(split('kraken-futures', 'PF_XBTUSD'), ['XBT', 'USD', 'perpetual']);
  assert.deepEqual(split('kraken-futures', 'PF_BNBUSD'), ['BNB', 'USD', 'perpetual']);
  assert.deepEqual(split('kraken-spot', 'DOTUSD'), ['DOT', 'USD', 'spot']);
  assert.deepEqual(split('binance-spot', 'BTCTUSD'), ['BTC', 'TUSD', 'spot']);
  assert.deepEqual(split('binance-spot', 'ETHBUSD'), ['ETH', 'BUSD', 'spot']);
  assert.deepEqual(split('kucoin-futures', 'XBTUSDTM'), ['XBT', 'USDT', 'perpetual']);
  assert.deepEqual(split('kucoin-futures', 'ETHUSDCM'), ['ETH', 'USDC', 'perpetual']);
  assert.deepEqual(split('ccxt:bybit', 'BTC/USDT:USDT'), ['BTC', 'USDT', 'perpetual']);
});

test('refuses inverse contracts and quotes it cannot read', () => {
  assert.throws(() => specForData('ccxt:binancecoinm', 'ETHUSD_PERP', decimals(2, 0), undefined), /inverse/);
  assert.throws(() => specForData('ccxt:bybit', 'BTC/USD:BTC', decimals(2, 0), undefined), /inverse/);
  for (const [venue, symbol] of [
    ['kraken-futures', 'PI_XBTUSD'],
    ['kraken-futures', 'FI_XBTUSD_220624'],
    ['kucoin-futures', 'XBTUSDM'],
  ] as const)
    assert.throws(() => specForData(venue, symbol, decimals(1, 0), undefined), /inverse contracts/, symbol);
  assert.throws(() => specForData('binance-spot', 'FOOBAR', decimals(2, 0), undefined), {
    code: 'XY_INSTRUMENT_UNKNOWN',
  });
  assert.throws(() => specForData('binance-spot', 'USDT', decimals(2, 0), undefined), {
    code: 'XY_INSTRUMENT_UNKNOWN',
  });
});

test('keeps known rules and widens their decimals to what the data need', () => {
  const known = {
    ...specForData('binance-usdm', 'BTCUSDT', decimals(1, 3), undefined),
    rulesFrom: 'config' as const,
    qtyMax: '120',
  };
  const spec = specForData('binance-usdm', 'BTCUSDT', decimals(2, 5), known);
  assert.deepEqual(
    [spec.priceDecimals, spec.qtyDecimals, spec.tickSize, spec.lotSize, spec.qtyMax, spec.rulesFrom],
    [2, 5, '0.1', '0.001', '120', 'config'],
  );
  const instrument = buildInstrument(spec, 0, 8);
  assert.deepEqual([instrument.tickStep, instrument.lotStep], [10, 100]);
  assert.throws(() => specForData('binance-usdm', 'BTCUSDT', decimals(10, 0), known), /together at most 12/);
});

test('gives quantities what the ledger has left beside the price', () => {
  const spec = specForData('ccxt:bitfinex', 'BTCUSD', decimals(8, 8), undefined);
  assert.deepEqual([spec.priceDecimals, spec.qtyDecimals], [8, 4]);
});
