/** Seeded frames that look like the venue's: prices spread over a book, quantities of all lengths, deletions among them. */
import { formatDecimal, type Prng } from '#core';
import type { FeedInstrument } from '../../market/index.ts';

/** A perpetual whose steps are written with two and three decimals. */
export const BTCUSDT: FeedInstrument = {
  ix: 0,
  venue: 'binance-usdm',
  symbol: 'BTCUSDT',
  wireSymbol: 'BTCUSDT',
  priceDecimals: 2,
  qtyDecimals: 3,
};

/** How depth frames look. */
export interface DepthOptions {
  readonly frameCount: number;
  /** Mean of the levels of both sides. */
  readonly levelsMean: number;
  /** Spot writes eight decimals and has no link to the update before. */
  readonly isSpot: boolean;
}

const START_MS = 1_723_161_256_303;
const MID_TICKS = 618_000;
/** Half of the book's levels lie within so many ticks of the middle. */
const SPREAD_TICKS = 400;
/** Share of levels that are deleted. */
const DELETED_SHARE = 0.3;

/** Returns consecutive depth frames of one instrument (price step 0.1) whose ids follow each other. */
export function depthFrames(
  prng: Prng,
  instrument: FeedInstrument,
  options: DepthOptions,
): readonly string[] {
  const frames: string[] = [];
  let lastId = 5_123_107_832_349;
  let middle = MID_TICKS;
  for (let i = 0; i < options.frameCount; i++) {
    const firstId = lastId + 1 + prng.integer(0, 40);
    const finalId = firstId + prng.integer(0, 4_000);
    middle += prng.integer(-20, 21);
    const time = START_MS + i * 100;
    const link = options.isSpot ? '' : `,"pu":${lastId}`;
    const moment = options.isSpot ? '' : `,"T":${time - 3}`;
    const bids = side(prng, middle, -1, options);
    const asks = side(prng, middle, 1, options);
    const head = `"e":"depthUpdate","E":${time}${moment},"s":"${instrument.wireSymbol}"`;
    const body = `${head},"U":${firstId},"u":${finalId}${link},"b":${bids},"a":${asks}`;
    frames.push(`{"stream":"${instrument.wireSymbol.toLowerCase()}@depth@100ms","data":{${body}}}`);
    lastId = finalId;
  }
  return frames;
}

/** Returns one frame of each other kind, with all members of today. */
export function otherFrames(prng: Prng): readonly string[] {
  const price = decimals(MID_TICKS + prng.integer(-500, 500), 1, 2);
  const qty = decimals(1 + prng.integer(0, 90_000), 3, 3);
  const id = 300_000_000 + prng.integer(0, 1_000_000);
  const time = START_MS + prng.integer(0, 1_000_000);
  const data = (stream: string, body: string): string => `{"stream":"btcusdt@${stream}","data":{${body}}}`;
  const kline = `"t":${time}, "T":${time + 59_999}, "s":"BTCUSDT", "i":"1m", "f":1, "L":9, "o":"${price}", "c":"${price}", "h":"${price}", "l":"${price}", "v":"${qty}", "n":9, "x":${prng.uniform() < 0.5}, "q":"1.5", "B":"0"`;
  return [
    data(
      'aggTrade',
      `"e":"aggTrade","E":${time},"a":${id},"s":"BTCUSDT","p":"${price}","q":"${qty}","nq":"${qty}","f":1,"l":2,"T":${time},"m":${prng.uniform() < 0.5},"st":1`,
    ),
    data(
      'trade',
      `"e":"trade","E":${time},"T":${time},"s":"BTCUSDT","t":${id},"p":"${price}","q":"${qty}","X":"MARKET","m":true`,
    ),
    data(
      'bookTicker',
      `"e":"bookTicker","u":${id},"s":"BTCUSDT","ps":"BTCUSDT","b":"${price}","B":"${qty}","a":"${price}","A":"${qty}","T":${time},"E":${time},"st":1`,
    ),
    data('bookTicker', `"u":${id},"s":"BTCUSDT","b":"${price}","B":"${qty}","a":"${price}","A":"${qty}"`),
    `{"u":${id},"s":"BTCUSDT","b":"${price}","B":"${qty}","a":"${price}","A":"${qty}"}`,
    data(
      'markPrice@1s',
      `"e":"markPriceUpdate","E":${time},"s":"BTCUSDT","p":"${price}123456","ap":"1","P":"1","i":"${price}","r":"-0.00005301","T":${time},"st":1`,
    ),
    data('kline_1m', `"e":"kline","E":${time},"s":"BTCUSDT","k":{${kline}}`),
    data(
      'forceOrder',
      `"e":"forceOrder","E":${time},"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"${qty}","p":"${price}","ap":"9910.12345678","X":"FILLED","l":"0.014","z":"0.014","T":${time}},"st":1`,
    ),
    `[{"e":"aggTrade","E":${time},"a":${id},"s":"BTCUSDT","p":"${price}","q":"${qty}","f":1,"l":2,"T":${time},"m":true}]`,
    `{"lastUpdateId":${id},"E":${time},"T":${time},"bids":[["${price}","${qty}"]],"asks":[]}`,
    `{"result":null,"id":${id}}`,
    `{"error":{"code":2,"msg":"Invalid request: unknown variant"},"id":${id}}`,
    `{"code":3,"msg":"Invalid JSON","id":"abc"}`,
    data('ticker', `"e":"24hrTicker","E":${time},"s":"BTCUSDT","p":"196.5","Q":"0.004"`),
    `{"e":"serverShutdown","E":${time}}`,
  ];
}

function side(prng: Prng, middle: number, sign: 1 | -1, options: DepthOptions): string {
  const count = prng.integer(0, options.levelsMean + 1);
  const levels = Array.from({ length: count }, () => {
    const distance = Math.floor(SPREAD_TICKS * -Math.log2(1 - prng.uniform()));
    const price = decimals(middle + sign * (1 + distance), 1, options.isSpot ? 8 : 2);
    const lots =
      prng.uniform() < DELETED_SHARE ? 0 : Math.max(1, Math.floor(10 ** (1 + prng.uniform() * 4.5)));
    return `["${price}","${decimals(lots, 3, options.isSpot ? 8 : 3)}"]`;
  });
  return `[${levels.join(',')}]`;
}

/** Writes units of 10^-`scale` with exactly `written` decimals. */
function decimals(units: number, scale: number, written: number): string {
  const [whole = '', fraction = ''] = formatDecimal(units, scale).split('.');
  return `${whole}.${fraction.padEnd(written, '0')}`;
}
