/** A thread that serves any archive of Binance Vision and the history of every venue, with invented content; it says on which port. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parentPort } from 'node:worker_threads';
import { parseDurationUs, US_PER_MINUTE } from '#core';
import { FileServer } from './file-server.ts';
import { zipOf } from './history-rows.ts';
import { HistoryVenue } from './history-venue.ts';
import {
  aggTradesCsv,
  checksumText,
  depthCsv,
  fundingCsv,
  klinesCsv,
  metricsCsv,
  tradesCsv,
} from './vision-tree.ts';

const ARCHIVE =
  /^\/data\/(futures\/um|spot)\/(?:daily|monthly)\/(\w+)\/(\w+)\/(?:(\w+)\/)?[\w-]+?-(\d{4}-\d{2}(?:-\d{2})?)\.zip(\.CHECKSUM)?$/;

/** Answers a request for an archive or its checksum; false when it is for something else. */
function serveArchive(request: IncomingMessage, response: ServerResponse): boolean {
  const path = request.url ?? '';
  const [, market, kind = '', symbol = '', interval = '', date = '', checksum] = ARCHIVE.exec(path) ?? [];
  const isSpot = market === 'spot';
  const form = { isSpot, hasHeader: !isSpot };
  const forms: Readonly<Record<string, () => string>> = {
    klines: () => klinesCsv(date, parseDurationUs(interval) ?? US_PER_MINUTE, form),
    aggTrades: () => aggTradesCsv(date, form),
    trades: () => tradesCsv(date, form),
    fundingRate: () => fundingCsv(date),
    metrics: () => metricsCsv(date, symbol),
    bookDepth: () => depthCsv(date),
  };
  const csv = forms[kind]?.();
  if (csv === undefined) return false;
  const zip = zipOf({ 'archive.csv': csv });
  const body = checksum === undefined ? zip : Buffer.from(checksumText(path.slice(0, -checksum.length), zip));
  response.writeHead(200, { 'content-length': body.length }).end(body);
  return true;
}

const server = await FileServer.start({ after: () => undefined });
const venue = new HistoryVenue(Date.now() * 1_000);
server.onOther = (request, response) => serveArchive(request, response) || venue.answer(request, response);
parentPort?.postMessage(server.url);
