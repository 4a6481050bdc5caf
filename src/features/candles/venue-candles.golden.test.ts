import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import {
  binanceTrade,
  candlesOfFile,
  dataLines,
  exact,
  type FileCandle,
  l2Messages,
  zippedLines,
} from '../../../test/support/recorded-market.ts';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { candlesOfTrades } from './candles-of-trades.ts';
import type { TradeCandle, TradeTick } from './trade-candle.ts';
import { TradeCandleBuilder } from './trade-candle-builder.ts';

const MINUTE = US_PER_MINUTE;
const SETTINGS = { skip: skipWithoutShared };

function partOf(candle: TradeCandle): FileCandle {
  const { closeTicks, highTicks, lowTicks, openTicks, openTsUs, volumeLots } = candle;
  return { openTsUs, openTicks, highTicks, lowTicks, closeTicks, volumeLots };
}

function tradesOf(
  folder: string,
  files: readonly string[],
  priceDecimals: number,
  qtyDecimals: number,
): TradeTick[] {
  return files
    .flatMap((file) => l2Messages(folder, 'l2-raw', file))
    .filter(({ data }) => data.e === 'trade')
    .map((message) => binanceTrade(message, priceDecimals, qtyDecimals));
}

test('Binance spot: candles of the recorded trades are the venue’s own, 1m and 5m', SETTINGS, () => {
  const trades = tradesOf('binance-spot', ['btcusdt_20240808.gz', 'btcusdt_20240809.gz'], 2, 8);
  const { candles, counts } = candlesOfTrades(trades, trades.at(-1)!.tsVenueUs, {
    timeframesUs: [MINUTE, 5 * MINUTE],
  });
  assert.deepEqual([counts.taken, counts.late, counts.refused], [trades.length, 0, 0]);
  const files = [
    [MINUTE, 10, ['candles-1m', 'BTCUSDT_1m_2024-07_08.csv.gz']],
    [5 * MINUTE, 2, ['candles-5m', 'BTCUSDT_5m_2024-01_09.csv.gz']],
    [5 * MINUTE, 2, ['candles-5m', 'BTCUSDT_5m_2024-03_2025-06.csv.gz']],
  ] as const;
  for (const [timeframeUs, count, path] of files) {
    const venue = candlesOfFile(2, 8, 'binance-spot', ...path);
    const built = candles.get(timeframeUs)!;
    assert.ok(built.length >= count, `${built.length} candles were built`);
    for (const candle of built) assert.deepEqual(partOf(candle), venue.get(candle.openTsUs));
  }
});

test('Binance USD-M: recorded trades agree with the 15m candles that they are parts of', SETTINGS, () => {
  const night = tradesOf('binance-usdm', ['btcusdt_20240718.gz', 'btcusdt_20240719.gz'], 2, 3);
  const runs = [night, tradesOf('binance-usdm', ['btcusdt_20240808.gz'], 2, 3)];
  const btc = candlesOfFile(2, 3, 'binance-usdm', 'candles-15m', 'BTCUSDT_15m_2023-2025H1.csv.gz');
  const eth = candlesOfFile(2, 3, 'binance-usdm', 'candles-15m', 'ETHUSDT_15m_2023-2025H1.csv.gz');
  const ethTrades = tradesOf('binance-usdm', ['ethusdt_20240808.gz'], 2, 3);
  let joints = 0;
  for (const [trades, venue] of [...runs.map((run) => [run, btc] as const), [ethTrades, eth] as const]) {
    const options = { timeframesUs: [15 * MINUTE], completeFromUs: 0 };
    const { candles } = candlesOfTrades(trades, trades.at(-1)!.tsVenueUs + 15 * MINUTE, options);
    const built = candles.get(15 * MINUTE)!;
    for (const [at, candle] of built.entries()) {
      const own = venue.get(candle.openTsUs)!;
      assert.ok(candle.highTicks <= own.highTicks && candle.lowTicks >= own.lowTicks);
      assert.ok(candle.volumeLots <= own.volumeLots);
      // The trades have no gap: the last before midnight closed one candle, the first after it opened the next.
      if (at > 0) assert.equal(candle.openTicks, own.openTicks);
      if (at + 1 === built.length) continue;
      assert.equal(candle.closeTicks, own.closeTicks);
      joints++;
    }
  }
  assert.ok(joints >= 2, `${joints} candles closed within the recordings`);
});

/** Lines of a cryptofeed capture: `epoch: {json}`. */
function captured(...path: readonly string[]): Readonly<Record<string, unknown>>[] {
  return dataLines('raw-captures', ...path)
    .map((line) => /^\d+\.\d+: (\{.*\})$/.exec(line)?.[1])
    .filter((text) => text !== undefined)
    .map((text) => JSON.parse(text) as Record<string, unknown>);
}

test(
  'Binance USD-M capture: the candle in the making is the venue’s at each of its updates',
  SETTINGS,
  () => {
    const builders = new Map<string, TradeCandleBuilder>();
    const lastId = new Map<string, unknown>();
    const updates: [string, Readonly<Record<string, string | number | boolean>>][] = [];
    const check = (symbol: string, k: Readonly<Record<string, string | number | boolean>>): boolean => {
      if (lastId.get(symbol) !== k.L) return false;
      const running = builders.get(symbol)?.running(MINUTE);
      if (running === undefined || running.openTsUs !== Number(k.t) * US_PER_MS) return false;
      const [price, lots, quote] = [
        (x: unknown) => exact(String(x), 5),
        (x: unknown) => exact(String(x), 2),
        7,
      ];
      assert.deepEqual(partOf(running), {
        openTsUs: Number(k.t) * US_PER_MS,
        openTicks: price(k.o),
        highTicks: price(k.h),
        lowTicks: price(k.l),
        closeTicks: price(k.c),
        volumeLots: lots(k.v),
      });
      assert.equal(Number(running.quoteVolume), exact(String(k.q), quote));
      assert.equal(running.takerBuyLots, lots(k.V));
      assert.equal(Number(running.takerBuyQuote), exact(String(k.Q), quote));
      return true;
    };
    let compared = 0;
    const recheck = (symbol: string): void => {
      for (const [at, [name, k]] of updates.entries()) {
        if (name === symbol && check(symbol, k)) {
          compared++;
          updates.splice(at, 1);
          return;
        }
      }
    };
    const startUs = 1_626_992_760_000_000;
    for (const { data } of captured('BINANCE_FUTURES', 'BINANCE_FUTURES.ws.1.0.txt.gz')) {
      const message = data as Readonly<Record<string, unknown>>;
      const symbol = String(message.s);
      if (message.e === 'kline') {
        const k = message.k as Readonly<Record<string, string | number | boolean>>;
        if (Number(k.t) * US_PER_MS >= startUs) updates.push([symbol, k]);
      } else if (message.e === 'aggTrade' && Number(message.T) * US_PER_MS >= startUs) {
        const options = { timeframesUs: [MINUTE], completeFromUs: startUs, onCandle: () => undefined };
        const builder = builders.get(symbol) ?? new TradeCandleBuilder(options);
        builders.set(symbol, builder);
        builder.push(binanceTrade({ tsLocalUs: 0, data: message }, 5, 2));
        lastId.set(symbol, message.l);
      }
      recheck(symbol);
    }
    assert.ok(compared >= 10, `${compared} updates compared`);
  },
);

test(
  'KuCoin capture: the candle in the making is the venue’s, from the first trade of its minute on',
  SETTINGS,
  () => {
    const trades = new Map<string, TradeTick[]>();
    let compared = 0;
    for (const { data, subject } of captured('KUCOIN', 'KUCOIN.ws.1.0.txt.gz')) {
      const record = data as Readonly<Record<string, unknown>>;
      const symbol = String(record?.symbol);
      if (subject === 'trade.l3match') {
        const tsVenueUs = Math.floor(Number(String(record.time).slice(0, -3)));
        trades.set(symbol, [
          ...(trades.get(symbol) ?? []),
          {
            tsVenueUs,
            tsLocalUs: tsVenueUs,
            tradeId: Number(record.sequence),
            priceTicks: exact(String(record.price), 10),
            qtyLots: exact(String(record.size), 8),
            takerSide: record.side === 'buy' ? 'buy' : 'sell',
          },
        ]);
      } else if (String(subject).startsWith('trade.candles')) {
        const [time, open, close, high, low, volume] = record.candles as readonly string[];
        const openTsUs = Number(time) * US_PER_SECOND;
        const builder = new TradeCandleBuilder({ timeframesUs: [MINUTE], onCandle: () => undefined });
        for (const trade of trades.get(symbol) ?? []) builder.push(trade);
        const running = builder.running(MINUTE);
        if (running?.openTsUs !== openTsUs) continue;
        const price = (text: string | undefined): number => exact(text ?? '', 10);
        const venue = [price(high), price(low), price(close), exact(volume ?? '', 8), price(open)];
        const { closeTicks, highTicks, lowTicks, openTicks, volumeLots } = running;
        assert.deepEqual([highTicks, lowTicks, closeTicks, volumeLots, openTicks], venue, symbol);
        compared++;
      }
    }
    assert.ok(compared >= 3, `${compared} updates compared`);
  },
);

interface GoldenBars {
  readonly trades: readonly { ts_ms: number; price: number; qty: number; side: number }[];
  readonly bars: { readonly rows: readonly (readonly number[])[] };
}

test('the 15 s bars of the golden trades', SETTINGS, () => {
  const path = sharedPath('golden', 'stats', 'microstructure.json');
  const { bars, trades } = JSON.parse(readFileSync(path, 'utf8')) as GoldenBars;
  const startMs = trades[0]!.ts_ms;
  const ticks = trades.map(({ price, qty, side, ts_ms }, at): TradeTick => {
    const tsVenueUs = (ts_ms - startMs) * US_PER_MS;
    const integers = { priceTicks: Math.round(price * 100), qtyLots: Math.round(qty * 1_000) };
    return {
      tsVenueUs,
      tsLocalUs: tsVenueUs,
      tradeId: at,
      ...integers,
      takerSide: side > 0 ? 'buy' : 'sell',
    };
  });
  const timeframeUs = 15 * US_PER_SECOND;
  const options = { timeframesUs: [timeframeUs], completeFromUs: 0 };
  const built = candlesOfTrades(ticks, ticks.at(-1)!.tsVenueUs + timeframeUs, options).candles.get(
    timeframeUs,
  )!;
  const rows = built.map((candle) => {
    const { closeTicks, highTicks, lowTicks, openTicks, takerBuyLots, volumeLots } = candle;
    const vwap = Number(candle.quoteVolume) / volumeLots / 100;
    return {
      integers: [candle.openTsUs / timeframeUs, openTicks, highTicks, lowTicks, closeTicks],
      lots: [volumeLots, 2 * takerBuyLots - volumeLots],
      vwap,
    };
  });
  assert.equal(rows.length, bars.rows.length);
  bars.rows.forEach(([k, open, high, low, close, volume, signed, vwap], at) => {
    const prices = [open, high, low, close].map((price) => Math.round(price! * 100));
    assert.deepEqual(rows[at]?.integers, [k, ...prices]);
    assert.deepEqual(rows[at]?.lots, [Math.round(volume! * 1_000), Math.round(signed! * 1_000)]);
    assert.ok(Math.abs(rows[at]!.vwap - vwap!) < 1e-9 * vwap!);
  });
});

test('Binance USD-M aggregate trades of a whole day: all timeframes add up to the day', SETTINGS, () => {
  const lines = zippedLines('binance-usdm', 'aggtrades', 'futures-APEUSDT-aggTrades-2024-10-18.zip').slice(1);
  const trades = lines.map((line): TradeTick => {
    const [id, price = '', quantity = '', , , time, isBuyerMaker] = line.split(',');
    const tsVenueUs = Number(time) * US_PER_MS;
    const integers = { priceTicks: exact(price, 4), qtyLots: exact(quantity, 0) };
    const takerSide = isBuyerMaker === 'true' ? 'sell' : 'buy';
    return { tsVenueUs, tsLocalUs: tsVenueUs, tradeId: Number(id), ...integers, takerSide };
  });
  const dayUs = Math.floor(trades[0]!.tsVenueUs / US_PER_DAY) * US_PER_DAY;
  const timeframesUs = [MINUTE, 5 * MINUTE, 15 * MINUTE, US_PER_HOUR, US_PER_DAY];
  const options = { timeframesUs, completeFromUs: dayUs, emptyBars: 'repeat' } as const;
  const { candles } = candlesOfTrades(trades, dayUs + US_PER_DAY, options);
  const volume = trades.reduce((sum, { qtyLots }) => sum + qtyLots, 0);
  const quote = trades.reduce(
    (sum, { priceTicks, qtyLots }) => sum + BigInt(priceTicks) * BigInt(qtyLots),
    0n,
  );
  for (const timeframeUs of timeframesUs) {
    const built = candles.get(timeframeUs)!;
    assert.equal(built.length, US_PER_DAY / timeframeUs, 'no candle is missing');
    assert.equal(
      built.reduce((sum, { volumeLots }) => sum + volumeLots, 0),
      volume,
    );
    assert.equal(
      built.reduce((sum, { quoteVolume }) => sum + quoteVolume, 0n),
      quote,
    );
    assert.equal(
      built.reduce((sum, { tradeCount }) => sum + tradeCount, 0),
      45_342,
    );
    assert.equal(built[0]?.openTicks, trades[0]?.priceTicks);
    assert.equal(built.at(-1)?.closeTicks, trades.at(-1)?.priceTicks);
  }
});

test(
  'bitFlyer: executions told newest first in each poll, some twice, give the candles of the sorted ones',
  SETTINGS,
  () => {
    const lines = dataLines('bitflyer', 'executions', 'bitflyer.execution.20180125.BTC_JPY.csv.gz').slice(1);
    const trades = lines.flatMap((line): TradeTick[] => {
      const [, , loaded, id, executed, side, price = '', size = ''] = line
        .split(',')
        .map((cell) => cell.slice(1, -1));
      if (executed === '' || (side !== 'BUY' && side !== 'SELL')) return [];
      const times = {
        tsVenueUs: Date.parse(executed!) * US_PER_MS,
        tsLocalUs: Date.parse(loaded!) * US_PER_MS,
      };
      const integers = { priceTicks: exact(price, 1), qtyLots: exact(size, 8) };
      return [{ ...times, tradeId: Number(id), ...integers, takerSide: side === 'BUY' ? 'buy' : 'sell' }];
    });
    const unique = [...new Map(trades.map((trade) => [trade.tradeId, trade])).values()];
    const sorted = unique.toSorted((a, b) => a.tsVenueUs - b.tsVenueUs || a.tradeId - b.tradeId);
    const endUs = sorted.at(-1)!.tsVenueUs;
    const options = { timeframesUs: [MINUTE, US_PER_HOUR], completeFromUs: 0, recentIdsMax: 65_536 };
    const told = candlesOfTrades(trades, endUs, { ...options, latenessUs: US_PER_HOUR });
    const inOrder = candlesOfTrades(sorted, endUs, options);
    assert.deepEqual([told.counts.late, inOrder.counts.late], [0, 0]);
    assert.equal(told.counts.taken, unique.length);
    assert.deepEqual(told.candles, inOrder.candles);
    assert.ok(told.candles.get(MINUTE)!.length > 1_000);
  },
);
