/**
 * One run of `xylen fills`: schedule and events in, fills and what they came to out. What it is not: the command line (`commands/fills.ts`) or the
 * replay itself (`#sim`). A result carries its assumptions.
 */
import { assert, formatDurationUs } from '#core';
import {
  type Assumption,
  type ExchangeModel,
  FillReplay,
  fillReplayAssumptions,
  type MarkoutRow,
  type QueueModel,
  REPLAY_STATUS,
  type ReplayChunk,
  type ReplayOrder,
  ReplayStudy,
} from '#sim';
import type { CsvReading } from './csv-rows.ts';
import { DataSpan } from './data-span.ts';
import { readEvents } from './event-file.ts';
import { compareFills, type FillDifference, writeFills } from './fills-file.ts';
import { readSchedule } from './order-file.ts';

/** What is asked for. */
export interface FillsWish {
  readonly eventsPath: string;
  readonly ordersPath: string;
  readonly queue: QueueModel;
  /** One lot in base currency, as it was given. */
  readonly lotSize: string;
  readonly exchange: ExchangeModel;
  readonly entryUs: number;
  readonly responseUs: number;
  readonly outPath: string | null;
  readonly comparePath: string | null;
}

/** Orders by what became of them. */
export type StatusCounts = Readonly<Record<keyof typeof REPLAY_STATUS, number>>;

/** What all fills of a run came to; quantities in lots, values in ticks x lots. */
export interface FillTotals {
  fills: number;
  makerFills: number;
  takerFills: number;
  volumeLots: number;
  /** Bought minus sold. */
  positionLots: number;
  makerValue: bigint;
  takerValue: bigint;
  /** Sold minus bought. */
  cashValue: bigint;
}

/** What a run found. */
export interface FillsReport {
  readonly events: { readonly depth: number; readonly trades: number };
  readonly queue: string;
  readonly exchange: ExchangeModel;
  readonly entryLatency: string;
  readonly responseLatency: string;
  readonly orders: number;
  readonly statuses: StatusCounts;
  readonly totals: FillTotals;
  /** How the market moved after the fills. */
  readonly markouts: readonly MarkoutRow[];
  readonly out: string | null;
  /** `null` when nothing was to be compared. */
  readonly differences: readonly FillDifference[] | null;
  readonly assumptions: readonly Assumption[];
}

/** Plays the schedule against the events, writes and compares. @throws what the readers and the writer throw. */
export async function runFills(wish: FillsWish, reading: CsvReading): Promise<FillsReport> {
  const { comparePath, entryUs, eventsPath, exchange, lotSize, ordersPath, outPath, queue, responseUs } =
    wish;
  const { signal } = reading;
  const { ids, orders } = await readSchedule(ordersPath, { signal });
  const totals = noFills();
  const study = new ReplayStudy();
  const span = new DataSpan();
  const studied = study.add();
  const onFill = (order: ReplayOrder, isMaker: boolean): void => {
    addFill(totals, order, isMaker);
    studied.onFill(order, isMaker);
  };
  const replay = new FillReplay({ queue, exchange, entryUs, responseUs, orders, onFill });
  const onChunk = (chunk: ReplayChunk): void => {
    replay.play(chunk);
    study.follow(chunk);
    span.follow(chunk);
  };
  const counts = await readEvents(eventsPath, onChunk, reading);
  const { depth, lastLocalUs, trades } = counts;
  replay.finish(lastLocalUs);
  study.finish();
  const replayed = { ids, orders: replay.orders };
  if (outPath !== null) writeFills(outPath, replayed);
  return {
    events: { depth, trades },
    queue: queue.name,
    exchange,
    entryLatency: formatDurationUs(entryUs),
    responseLatency: formatDurationUs(responseUs),
    orders: ids.length,
    statuses: countStatuses(replay.orders),
    totals,
    markouts: studied.markouts.rows(),
    out: outPath,
    differences: comparePath === null ? null : await compareFills(comparePath, replayed, { signal }),
    assumptions: [
      ...fillReplayAssumptions({ queue: queue.name, lotSize, exchange, entryUs, responseUs }),
      ...span.assumptions(counts),
    ],
  };
}

/** Returns the totals of no fills. */
export function noFills(): FillTotals {
  return {
    fills: 0,
    makerFills: 0,
    takerFills: 0,
    volumeLots: 0,
    positionLots: 0,
    makerValue: 0n,
    takerValue: 0n,
    cashValue: 0n,
  };
}

/** Adds the last fill of an order. */
export function addFill(totals: FillTotals, order: ReplayOrder, isMaker: boolean): void {
  const { lastExecLots, lastExecTicks, plan } = order;
  const value = BigInt(lastExecLots) * BigInt(lastExecTicks);
  totals.fills++;
  totals.volumeLots += lastExecLots;
  totals.positionLots += plan.side * lastExecLots;
  assert(Number.isSafeInteger(totals.volumeLots), 'traded lots are counted exactly');
  totals.cashValue -= BigInt(plan.side) * value;
  if (isMaker) {
    totals.makerFills++;
    totals.makerValue += value;
  } else {
    totals.takerFills++;
    totals.takerValue += value;
  }
}

function countStatuses(orders: readonly ReplayOrder[]): StatusCounts {
  const counts = { none: 0, open: 0, expired: 0, filled: 0, cancelled: 0, partlyFilled: 0 };
  const names = new Map(
    Object.entries(REPLAY_STATUS).map(([name, status]) => [status, name as keyof StatusCounts]),
  );
  for (const { status } of orders) {
    const name = names.get(status);
    if (name !== undefined) counts[name]++;
  }
  return counts;
}
