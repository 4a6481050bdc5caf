/** A tree of archives as Binance Vision publishes them, with invented content, on a server of files: ZIPs of one CSV and their checksums. */
import { createHash } from 'node:crypto';
import { formatIso, parseMomentUs, US_PER_DAY, US_PER_MS } from '#core';
import type { FileServer } from './file-server.ts';
import { zipOf } from './history-rows.ts';
import { trueCandle, trueInterest, trueRate } from './true-history.ts';

/** How the rows of a file look: files of futures have a header, files of spot have microseconds since 2025. */
export interface VisionForm {
  readonly hasHeader?: boolean;
  readonly isMicro?: boolean;
}

/** Returns a moment given as text. */
export function at(text: string): number {
  const us = parseMomentUs(text);
  if (us === undefined) throw new Error(`no moment: ${text}`);
  return us;
}

/** Puts a file of one name into the tree, with its checksum. */
export function putArchive(server: FileServer, path: string, csv: string): void {
  const name = path.split('/').at(-1)?.replace(/zip$/, 'csv') ?? '';
  putZip(server, path, zipOf({ [name]: csv }));
}

/** Puts bytes under the name of an archive, with their checksum. */
export function putZip(server: FileServer, path: string, bytes: Buffer): void {
  server.put(path, bytes);
  server.put(`${path}.CHECKSUM`, checksumText(path, bytes));
}

/** Returns what the checksum file of an archive says. */
export function checksumText(path: string, bytes: Buffer): string {
  return `${createHash('sha256').update(bytes).digest('hex')}  ${path.split('/').at(-1)}\n`;
}

/** Returns the path of an archive; `date` is a day or a month. */
export function visionPath(
  market: 'um' | 'spot',
  kind: string,
  symbol: string,
  date: string,
  interval = '',
): string {
  const root = market === 'um' ? 'data/futures/um' : 'data/spot';
  const period = date.length === 7 ? 'monthly' : 'daily';
  const folder = interval === '' ? symbol : `${symbol}/${interval}`;
  return `${root}/${period}/${kind}/${folder}/${symbol}-${interval === '' ? kind : interval}-${date}.zip`;
}

/** Returns the first moment of a day or month and the moment after it. */
export function spanOf(date: string): { readonly fromUs: number; readonly toUs: number } {
  const fromUs = at(date.length === 7 ? `${date}-01` : date);
  if (date.length === 10) return { fromUs, toUs: fromUs + US_PER_DAY };
  const [year = 0, month = 0] = date.split('-').map(Number);
  return { fromUs, toUs: Date.UTC(year, month, 1) * US_PER_MS };
}

const KLINE_HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore';
const AGG_HEADER = 'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker';
const TRADE_HEADER = 'id,price,qty,quote_qty,time,is_buyer_maker';
const FUNDING_HEADER = 'calc_time,funding_interval_hours,last_funding_rate';
const METRICS_HEADER =
  'create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio';

/** Returns the candles of a day or month. */
export function klinesCsv(date: string, timeframeUs: number, form: VisionForm = {}): string {
  const { fromUs, toUs } = spanOf(date);
  const rows: string[] = [];
  for (let openUs = fromUs; openUs < toUs; openUs += timeframeUs) {
    const { close, high, low, open, volume } = trueCandle(openUs);
    const closeUs = openUs + timeframeUs - (form.isMicro === true ? 1 : US_PER_MS);
    rows.push(
      [
        stamp(openUs, form),
        open,
        high,
        low,
        close,
        volume,
        stamp(closeUs, form),
        '1.5',
        3,
        '1',
        '1',
        0,
      ].join(),
    );
  }
  return csvOf(KLINE_HEADER, rows, form);
}

/** Returns aggregate trades of a day, a trade every six hours; ids go on from day to day. */
export function aggTradesCsv(date: string, form: VisionForm & { readonly isSpot?: boolean } = {}): string {
  const { fromUs, toUs } = spanOf(date);
  const rows: string[] = [];
  for (let tsUs = fromUs; tsUs < toUs; tsUs += US_PER_DAY / 4) {
    const id = (tsUs / US_PER_DAY) * 4;
    const flags = form.isSpot === true ? 'True,True' : 'true';
    rows.push([id, '0.7097', '19.5', 2 * id, 2 * id + 1, stamp(tsUs, form), flags].join());
  }
  return csvOf(AGG_HEADER, rows, form);
}

/** Returns single trades of a day, a trade every six hours. */
export function tradesCsv(date: string, form: VisionForm & { readonly isSpot?: boolean } = {}): string {
  const { fromUs, toUs } = spanOf(date);
  const rows: string[] = [];
  for (let tsUs = fromUs; tsUs < toUs; tsUs += US_PER_DAY / 4) {
    const id = (tsUs / US_PER_DAY) * 4;
    const flags = form.isSpot === true ? 'False,True' : 'false';
    rows.push([id, '17.8', '5.69', '101.282', stamp(tsUs, form), flags].join());
  }
  return csvOf(TRADE_HEADER, rows, form);
}

/** Returns the settlements of a month, every eight hours, some milliseconds late. */
export function fundingCsv(month: string): string {
  const { fromUs, toUs } = spanOf(month);
  const rows: string[] = [];
  for (let tsUs = fromUs; tsUs < toUs; tsUs += US_PER_DAY / 3)
    rows.push([tsUs / US_PER_MS + 3, 8, trueRate(tsUs)].join());
  return csvOf(FUNDING_HEADER, rows, {});
}

/** Returns the metrics of a day in the disorder that they come in. */
export function metricsCsv(date: string, symbol: string): string {
  const { fromUs } = spanOf(date);
  const rows = Array.from({ length: 288 }, (_, ix) => {
    const tsUs = fromUs + ((ix * 7) % 288) * 300_000_000;
    const time = formatIso(tsUs).slice(0, 19).replace('T', ' ');
    return [time, symbol, `${trueInterest(tsUs)}000000000000`, '9.5', '1.1', '1.2', '', '0.9'].join();
  });
  return csvOf(METRICS_HEADER, rows, {});
}

/** Returns the depths of a day, four moments with ten bands. */
export function depthCsv(date: string): string {
  const rows = [0, 6, 12, 18].flatMap((hour) =>
    [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5].map(
      (band) =>
        `${date} ${String(hour).padStart(2, '0')}:00:31,${band},${10 + Math.abs(band)}.50000000,1000.25000000`,
    ),
  );
  return csvOf('timestamp,percentage,depth,notional', rows, {});
}

function stamp(tsUs: number, form: VisionForm): number {
  return form.isMicro === true ? tsUs : tsUs / US_PER_MS;
}

function csvOf(header: string, rows: readonly string[], form: VisionForm): string {
  return `${(form.hasHeader === false ? rows : [header, ...rows]).join('\n')}\n`;
}
