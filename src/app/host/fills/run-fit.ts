/**
 * One run of `xylen fills fit`: own orders and what became of them in, estimates of latency and queue out. What it is not: the estimation itself
 * (`#sim`). A result says how sure it is, and what it cannot tell.
 */
import { Prng, XylenError } from '#core';
import {
  type CandidateFit,
  type EntryFit,
  type ExchangeModel,
  fitEntry,
  fitResponse,
  QueueFit,
  type ResponseFit,
} from '#sim';
import type { CsvReading } from './csv-rows.ts';
import { readEvents } from './event-file.ts';
import { readOutcomes } from './fills-file.ts';
import { readSchedule } from './order-file.ts';

/** What is asked for. */
export interface FitWish {
  readonly eventsPath: string;
  readonly ordersPath: string;
  /** What became of the orders: form of FILLS.csv. */
  readonly fillsPath: string;
  readonly exchanges: readonly ExchangeModel[];
  readonly lotUnit: number;
  readonly seed: number;
}

/** What a fit found. */
export interface FitReport {
  readonly orders: number;
  /** Orders of which the file of fills tells something. */
  readonly known: number;
  readonly entry: EntryFit;
  readonly response: ResponseFit;
  /** The best first. */
  readonly candidates: readonly CandidateFit[];
}

/** Orders of one fit; every candidate keeps its own state of each. */
const FIT_ORDERS_MAX = 100_000;

/** Estimates latency and queue. @throws what the readers throw, XY_DATA_INSUFFICIENT when the fills cannot tell them. */
export async function runFit(wish: FitWish, reading: CsvReading): Promise<FitReport> {
  const { eventsPath, exchanges, fillsPath, lotUnit, ordersPath, seed } = wish;
  const { signal } = reading;
  const { ids, orders } = await readSchedule(ordersPath, { signal });
  if (orders.length > FIT_ORDERS_MAX)
    throw unfit(ordersPath, `expected at most ${FIT_ORDERS_MAX} orders, found ${orders.length}`);
  const outcomes = await readOutcomes(fillsPath, ids, { signal });
  const known = outcomes.filter((outcome) => outcome !== null).length;
  if (known === 0) throw unfit(fillsPath, 'expected fills of orders in the schedule, found none');
  const prng = new Prng(seed);
  const entry = fitEntry(orders, outcomes, prng.split('entry'));
  if (entry === undefined)
    throw unfit(
      fillsPath,
      'expected orders that were cancelled, expired or are open, which tell the latency; found none',
    );
  if (entry.medianUs < 0)
    throw unfit(
      fillsPath,
      `expected requests to take time, found a median of ${entry.medianUs} us: the clocks disagree`,
    );
  const response = fitResponse(orders, outcomes);
  const times = { entryUs: entry.medianUs, responseUs: response.aboveUs === null ? 0 : response.aboveUs + 1 };
  const fit = new QueueFit({ orders, outcomes, exchanges, lotUnit, ...times });
  const { lastLocalUs } = await readEvents(eventsPath, (chunk) => fit.play(chunk), reading);
  const candidates = fit.finish(lastLocalUs, prng.split('candidates'));
  return { orders: orders.length, known, entry, response, candidates };
}

function unfit(file: string, message: string): XylenError {
  return new XylenError('XY_DATA_INSUFFICIENT', `${file}: ${message}`, { fields: { file } });
}
