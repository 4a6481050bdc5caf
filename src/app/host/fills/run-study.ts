/**
 * One run of `xylen fills study`: the same schedule under several sets of assumptions, side by side. What it is not: the replays (`#sim`) or a choice between
 * them; it shows what each assumption is worth. Every row carries its own.
 */
import { formatDurationUs } from '#core';
import {
  type Assumption,
  type ExchangeModel,
  FillReplay,
  fillReplayAssumptions,
  IMPACT_DEFAULT,
  type ImpactRule,
  type MarkoutRow,
  type PlannedOrder,
  type QueueModel,
  type ReplayChunk,
  type ReplayOrder,
  ReplayStudy,
  type StudiedReplay,
} from '#sim';
import type { CsvReading } from './csv-rows.ts';
import { DataSpan } from './data-span.ts';
import { readEvents } from './event-file.ts';
import { readSchedule } from './order-file.ts';
import { addFill, type FillTotals, noFills } from './run-fills.ts';

/** What is asked for. */
export interface StudyWish {
  readonly eventsPath: string;
  readonly ordersPath: string;
  readonly queue: QueueModel;
  /** One lot in base currency, as it was given. */
  readonly lotSize: string;
  readonly entryUs: number;
  readonly responseUs: number;
  /** Order quantities are multiplied by it: what small orders hide, large ones show. */
  readonly scale: number;
}

/** One set of assumptions and what it came to. */
export interface StudyRow {
  readonly label: string;
  readonly totals: FillTotals;
  /** Orders with at least one fill. */
  readonly ordersFilled: number;
  /** Orders with fills here and in the first row. */
  readonly compared: number;
  /** How much worse the mean price of those was, weighted by the quantity that both filled; basis points, `null` when there are none. */
  readonly priceWorseBps: number | null;
  readonly markouts: readonly MarkoutRow[];
  readonly assumptions: readonly Assumption[];
}

/** What a study found; the first row is what the others are compared with. */
export interface StudyReport {
  readonly events: { readonly depth: number; readonly trades: number };
  readonly orders: number;
  readonly scale: number;
  readonly rows: readonly StudyRow[];
}

interface Variant {
  readonly label: string;
  readonly exchange: ExchangeModel;
  readonly impact?: ImpactRule;
  readonly entryUs: number;
  readonly responseUs: number;
}

/** How much slower the slow variant is. */
const SLOW_FACTOR = 10;

/** The sets of assumptions: one thing changes from each of the first five to the next, then latency alone. */
function variantsOf({ entryUs, responseUs }: StudyWish): readonly Variant[] {
  const asked = { entryUs, responseUs };
  const consume = { exchange: 'partial', impact: { ...IMPACT_DEFAULT, model: 'consume' } } as const;
  const slow = { entryUs: entryUs * SLOW_FACTOR, responseUs: responseUs * SLOW_FACTOR };
  const timeText = (us: number): string => formatDurationUs(us);
  return [
    { label: 'whole fills', exchange: 'no-partial', ...asked },
    { label: 'partial fills', exchange: 'partial', ...asked },
    { label: 'own use until updates', exchange: 'partial', impact: IMPACT_DEFAULT, ...asked },
    { label: 'own use, slow recovery', ...consume, ...asked },
    {
      label: 'square-root impact',
      exchange: 'partial',
      impact: { ...IMPACT_DEFAULT, model: 'square_root' },
      ...asked,
    },
    { label: 'slow recovery, no latency', ...consume, entryUs: 0, responseUs: 0 },
    { label: `slow recovery, ${timeText(slow.entryUs)} latency`, ...consume, ...slow },
  ];
}

/** Plays the schedule under every set of assumptions in one pass over the events. @throws what the readers throw. */
export async function runStudy(wish: StudyWish, reading: CsvReading): Promise<StudyReport> {
  const { signal } = reading;
  const { orders: planned } = await readSchedule(wish.ordersPath, { signal });
  const orders = planned.map((order) => ({ ...order, qtyLots: order.qtyLots * wish.scale }));
  const study = new ReplayStudy();
  const span = new DataSpan();
  const runs = variantsOf(wish).map((variant) => new StudyRun(variant, wish.queue, study.add(), orders));
  const onChunk = (chunk: ReplayChunk): void => {
    for (const run of runs) run.replay.play(chunk);
    study.follow(chunk);
    span.follow(chunk);
  };
  const counts = await readEvents(wish.eventsPath, onChunk, reading);
  const { depth, lastLocalUs, trades } = counts;
  for (const run of runs) run.replay.finish(lastLocalUs);
  study.finish();
  return {
    events: { depth, trades },
    orders: orders.length,
    scale: wish.scale,
    rows: runs.map((run) => run.row(runs[0] ?? run, wish, span.assumptions(counts))),
  };
}

/** One variant on its way. */
class StudyRun {
  readonly replay: FillReplay;
  readonly #variant: Variant;
  readonly #studied: StudiedReplay;
  readonly #totals = noFills();
  /** Filled lots of each order, and their value in ticks x lots. */
  readonly #lots: Float64Array;
  readonly #values: Float64Array;

  constructor(variant: Variant, queue: QueueModel, studied: StudiedReplay, orders: readonly PlannedOrder[]) {
    this.#variant = variant;
    this.#studied = studied;
    this.#lots = new Float64Array(orders.length);
    this.#values = new Float64Array(orders.length);
    const { entryUs, exchange, impact, responseUs } = variant;
    const onFill = (order: ReplayOrder, isMaker: boolean): void => this.#onFill(order, isMaker);
    const own = impact === undefined ? {} : { impact };
    this.replay = new FillReplay({ queue, exchange, entryUs, responseUs, orders, onFill, ...own });
  }

  /** Returns the row, compared with that of another variant. */
  row(base: StudyRun, { lotSize, queue }: StudyWish, data: readonly Assumption[]): StudyRow {
    const { label, ...choices } = this.#variant;
    let compared = 0;
    let weight = 0;
    let worse = 0;
    for (const { ix, plan } of this.replay.orders) {
      const [own, others] = [this.#lots[ix] ?? 0, base.#lots[ix] ?? 0];
      if (own === 0 || others === 0) continue;
      const [ownTicks, otherTicks] = [(this.#values[ix] ?? 0) / own, (base.#values[ix] ?? 0) / others];
      const lots = Math.min(own, others);
      compared++;
      weight += lots;
      worse += (lots * plan.side * (ownTicks - otherTicks)) / otherTicks;
    }
    return {
      label,
      totals: this.#totals,
      ordersFilled: this.#lots.filter((lots) => lots > 0).length,
      compared,
      priceWorseBps: weight === 0 ? null : (worse / weight) * 10_000,
      markouts: this.#studied.markouts.rows(),
      assumptions: [...fillReplayAssumptions({ ...choices, queue: queue.name, lotSize }), ...data],
    };
  }

  #onFill(order: ReplayOrder, isMaker: boolean): void {
    addFill(this.#totals, order, isMaker);
    this.#studied.onFill(order, isMaker);
    this.#lots[order.ix]! += order.lastExecLots;
    this.#values[order.ix]! += order.lastExecLots * order.lastExecTicks;
  }
}
