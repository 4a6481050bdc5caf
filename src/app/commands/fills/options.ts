/** The options of `xylen fills`, read and checked. */
import { resolve } from 'node:path';
import { parseDurationUs, XylenError } from '#core';
import { EXCHANGE_MODELS, type ExchangeModel, QUEUE_MODEL_FORMS, type QueueModel, queueModelOf } from '#sim';
import type { FillsWish } from '../../host/fills/run-fills.ts';
import type { FitWish } from '../../host/fills/run-fit.ts';
import type { StudyWish } from '../../host/fills/run-study.ts';

/** One lot of the Binance USD-M contracts for which there are references. */
export const LOT_SIZE = '0.001';

type Options = Readonly<Record<string, unknown>>;

/** Returns what a replay is asked for. @throws XY_USAGE. */
export function fillsWishOf(options: Options): FillsWish {
  const lotSize = lotOf(options).lotSize;
  const queue = queueOf(options, needed(options, 'queue'));
  const outPath = textOf(options.out) ?? null;
  const comparePath = textOf(options.compare) ?? null;
  const inputs = [options.events, options.orders, comparePath].map(textOf);
  if (outPath !== null && inputs.some((path) => path !== undefined && resolve(path) === resolve(outPath)))
    throw usage('--out', 'a file of its own, not one that is read', outPath);
  if (outPath === null && comparePath === null)
    throw new XylenError('XY_USAGE', 'expected --out FILE, --compare FILE, or both');
  return {
    eventsPath: needed(options, 'events'),
    ordersPath: needed(options, 'orders'),
    queue,
    lotSize,
    exchange: exchangeOf(needed(options, 'exchange')),
    ...latencyOf(needed(options, 'latency')),
    outPath,
    comparePath,
  };
}

/** Guess of the place in the queue that a study uses unless told otherwise: the most cautious one. */
const STUDY_QUEUE = 'risk_adverse';
/** One way of the latency of a study unless told otherwise. */
const STUDY_LATENCY = '5ms,5ms';

/** Returns what a study is asked for. @throws XY_USAGE. */
export function studyWishOf(options: Options): StudyWish {
  for (const name of ['exchange', 'out', 'compare', 'fills']) {
    const text = textOf(options[name]);
    if (text !== undefined)
      throw usage(`--${name}`, 'nothing: a study plays every variant and writes no file', text);
  }
  return {
    eventsPath: needed(options, 'events'),
    ordersPath: needed(options, 'orders'),
    queue: queueOf(options, textOf(options.queue) ?? STUDY_QUEUE),
    lotSize: lotOf(options).lotSize,
    ...latencyOf(textOf(options.latency) ?? STUDY_LATENCY),
    scale: scaleOf(textOf(options.scale) ?? '1'),
  };
}

/** Returns what a fit is asked for: both exchange models unless one is named. @throws XY_USAGE. */
export function fitWishOf(options: Options): FitWish {
  for (const name of ['queue', 'latency', 'out', 'compare']) {
    const text = textOf(options[name]);
    if (text !== undefined)
      throw usage(`--${name}`, 'nothing: a fit estimates it or has no use for it', text);
  }
  const exchange = textOf(options.exchange);
  const seed = Number(textOf(options.seed) ?? '1');
  if (!Number.isSafeInteger(seed) || seed < 0) throw usage('--seed', 'a whole number', String(options.seed));
  return {
    eventsPath: needed(options, 'events'),
    ordersPath: needed(options, 'orders'),
    fillsPath: needed(options, 'fills'),
    exchanges: exchange === undefined ? EXCHANGE_MODELS : [exchangeOf(exchange)],
    lotUnit: lotOf(options).lotUnit,
    seed,
  };
}

function scaleOf(text: string): number {
  const scale = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (scale < 1) throw usage('--scale', 'a whole number from 1 to 9999999', text);
  return scale;
}

function queueOf(options: Options, name: string): QueueModel {
  const queue = queueModelOf(name, { lotUnit: lotOf(options).lotUnit });
  if (queue === undefined)
    throw usage('--queue', `one of ${QUEUE_MODEL_FORMS.join(', ')} with N above 0`, name);
  return queue;
}

function lotOf(options: Options): { readonly lotSize: string; readonly lotUnit: number } {
  const lotSize = textOf(options.lot) ?? LOT_SIZE;
  const lotUnit = /^\d{1,12}(\.\d{1,18})?$/.test(lotSize) ? Number(lotSize) : 0;
  if (!(lotUnit > 0)) throw usage('--lot', 'a decimal number above 0 such as 0.001', lotSize);
  return { lotSize, lotUnit };
}

function exchangeOf(text: string): ExchangeModel {
  const exchange = EXCHANGE_MODELS.find((name) => name === text);
  if (exchange === undefined) throw usage('--exchange', `one of ${EXCHANGE_MODELS.join(', ')}`, text);
  return exchange;
}

/** Reads `ENTRY,RESPONSE`, or one duration for both ways; a bare 0 needs no unit. */
function latencyOf(text: string): { readonly entryUs: number; readonly responseUs: number } {
  const [entryUs, responseUs = entryUs, ...others] = text.split(',').map(travelUs);
  if (entryUs === undefined || responseUs === undefined || others.length > 0)
    throw usage('--latency', 'two durations such as 5ms,5ms', text);
  return { entryUs, responseUs };
}

/** Returns the microseconds of one way. */
function travelUs(text: string): number {
  const us = text === '0' ? 0 : parseDurationUs(text);
  if (us === undefined) throw usage('--latency', 'two durations such as 5ms,5ms', text);
  return us;
}

function needed(options: Options, name: string): string {
  const text = textOf(options[name]);
  if (text === undefined) throw new XylenError('XY_USAGE', `expected --${name}`);
  return text;
}

function textOf(option: unknown): string | undefined {
  return typeof option === 'string' && option !== '' ? option : undefined;
}

function usage(option: string, expected: string, found: string): XylenError {
  return new XylenError('XY_USAGE', `${option}: expected ${expected}, found '${found}'`);
}
