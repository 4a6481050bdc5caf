/**
 * Events of the archive for features: what was recorded (or imported) of books, trades, mark prices, funding rates, open interest and
 * liquidations, and what the ledger says is missing. Read far enough back that the first row asked for is the one that a longer reading gives: to
 * midnight, over the windows, and to the last snapshot of each book before that.
 */
import { type BookPolicy, Unnumbered } from '#book';
import { type EpochUs, floorToTimeframe, formatIso, US_PER_DAY, US_PER_HOUR, XylenError } from '#core';
import type { LedgerEntry, StreamKind, TradeEvent, VenueId } from '#domain';
import type { FrameEvent, PrintsLostEvent } from '#features';
import {
  FACT_KINDS,
  type FactKind,
  type HistoryInfo,
  type HistoryKind,
  type HistoryQuery,
  type MarketHistory,
} from '#store';
import { checkSignal } from '#store/history';
import { ArchiveHistory } from '#store/parquet';
import type { CommandContext } from '../../cli/command.ts';
import { ADAPTED_VENUES, loadAdapter } from '../../host/venue-adapters.ts';
import { ArchivedBook, type LossInterval } from './archived-book.ts';
import type { RowRange } from './frame-sampler.ts';
import type { ArrivalStream, FollowedInstrument, FrameSource } from './frame-source.ts';

/** Instruments read together; each has some six open files. */
export const SYMBOLS_MAX = 64;

/** What is read of the archive of a data directory. */
export interface ArchiveSide {
  readonly kind: 'archive';
  readonly venue: VenueId;
  readonly symbols: readonly string[];
}

/** How much is read. */
export interface ArchiveReach {
  readonly rows: RowRange;
  /** How far back a row looks. */
  readonly memoryUs: number;
  /** How late an event may have come and still count at its own moment. */
  readonly windowUs: number;
  /** What is read; of a venue that others are compared with, its books. */
  readonly kinds: 'all' | 'book';
  /** The rows have a column of liquidations. */
  readonly needsLiquidations: boolean;
}

/** One instrument and where its data lie. */
interface Followed {
  readonly ix: number;
  readonly instrument: FollowedInstrument;
  readonly policy: BookPolicy;
  readonly infos: readonly HistoryInfo[];
}

/** Opens what the archive has of a venue's symbols. @throws XY_DATA_INSUFFICIENT when it has too little, what reading throws */
export async function openArchiveSource(
  side: ArchiveSide,
  firstIx: number,
  reach: ArchiveReach,
  { config, dataDir, progress, signal }: CommandContext,
): Promise<FrameSource> {
  const { symbols, venue } = side;
  const specs = config.venues.instruments;
  const history = await ArchiveHistory.open(dataDir, { venue, symbols, specs });
  try {
    const rules = await policiesOf(venue);
    const infos = symbols.map((symbol) => infosOf(history, side, symbol, reach));
    const readFromUs = readStart(infos.flat(), reach);
    const followed = symbols.map((symbol, at): Followed => {
      const { priceDecimals, qtyDecimals } = history.instrumentSpec(venue, symbol);
      const named = { venue, symbol, priceDecimals, qtyDecimals };
      const policy = rules({ ix: at, ...named, wireSymbol: symbol });
      const completeFromUs = tradesFrom(infos[at] ?? [], readFromUs);
      const instrument = { ...named, depth: policy.depth, completeFromUs };
      return { ix: firstIx + at, instrument, policy, infos: infos[at] ?? [] };
    });
    const total = infos.flat().reduce((sum, { rowCount }) => sum + rowCount, 0);
    const firstUs = Math.max(readFromUs, Math.min(...infos.flat().map((info) => info.fromUs)));
    const reading = new ArchiveReading(history, reach, { readFromUs, firstUs }, (done) => {
      checkSignal(signal);
      progress.update({ label: 'reading', done: Math.min(done, total), total, unit: 'rows' });
    });
    const losses = new Map<number, readonly LedgerEntry[]>();
    for (const one of followed) losses.set(one.ix, await reading.losses(one));
    return {
      instruments: followed.map(({ instrument }) => instrument),
      streams: () => followed.flatMap((one) => reading.streams(one, losses.get(one.ix) ?? [])),
      report: () => ({
        dataSets: infos.flat().map(({ kind, symbol }) => `${symbol} ${kind}`),
        losses: [...losses.values()].reduce((sum, { length }) => sum + length, 0),
      }),
      close: () => history.close(),
    };
  } catch (thrown) {
    await history.close();
    throw thrown;
  }
}

type PolicyOf = (
  instrument: Parameters<Awaited<ReturnType<typeof loadAdapter>>['bookPolicy']>[0],
) => BookPolicy;

/** The venue's own rules where it has an adapter; else what comes is taken from a snapshot on. */
async function policiesOf(venue: VenueId): Promise<PolicyOf> {
  if (ADAPTED_VENUES.includes(venue)) {
    const adapter = await loadAdapter(venue);
    return (instrument) => adapter.bookPolicy(instrument);
  }
  const policy: BookPolicy = {
    newRule: () => new Unnumbered(),
    depth: null,
    checksum: null,
    bufferedMax: 1,
    crossedGraceUs: Number.POSITIVE_INFINITY,
  };
  return () => policy;
}

const USED_KINDS: readonly HistoryKind[] = ['book', 'trades', ...FACT_KINDS];

function infosOf(
  { infos }: MarketHistory,
  { venue }: ArchiveSide,
  symbol: string,
  { kinds, needsLiquidations }: ArchiveReach,
): readonly HistoryInfo[] {
  const own = infos.filter((info) => info.venue === venue && info.symbol === symbol);
  const used = own.filter(({ kind }) => (kinds === 'book' ? kind === 'book' : USED_KINDS.includes(kind)));
  const has = (...some: readonly HistoryKind[]): boolean => used.some(({ kind }) => some.includes(kind));
  const isEnough = has('book', ...(kinds === 'book' ? [] : (['trades'] as const)));
  if (isEnough && (!needsLiquidations || has('liquidations'))) return used;
  const needed = !isEnough ? (kinds === 'book' ? 'a book' : 'a book or trades') : 'liquidations';
  const found = [...new Set(own.map(({ kind }) => kind))].join(', ') || 'nothing';
  const message = `features need ${needed} of ${venue} ${symbol}; the archive has ${found} of it`;
  throw new XylenError('XY_DATA_INSUFFICIENT', message, { fields: { venue, symbol } });
}

/** Where reading begins, by local time; `-Infinity` = with the first there is. @throws XY_DATA_INSUFFICIENT */
function readStart(infos: readonly HistoryInfo[], { memoryUs, rows, windowUs }: ArchiveReach): EpochUs {
  const coveredFromUs = Math.min(...infos.map((info) => info.fromUs));
  const coveredToUs = Math.max(...infos.map((info) => info.toUs));
  const { fromUs, toUs } = rows;
  if ((fromUs ?? coveredFromUs) >= coveredToUs || (toUs ?? coveredToUs) <= coveredFromUs) {
    const covered = `${formatIso(coveredFromUs)} to ${formatIso(coveredToUs)}`;
    throw new XylenError('XY_DATA_INSUFFICIENT', `the data cover ${covered}: nothing of it is asked for`);
  }
  if (fromUs === null) return Number.NEGATIVE_INFINITY;
  return Math.min(floorToTimeframe(fromUs - windowUs, US_PER_DAY), fromUs - memoryUs - windowUs);
}

/** From when on all trades are read; the one that a data set begins with may have had others before it at its moment. */
function tradesFrom(infos: readonly HistoryInfo[], readFromUs: EpochUs): EpochUs | null {
  const trades = infos.find(({ kind }) => kind === 'trades');
  return trades === undefined ? null : Math.max(readFromUs, trades.fromUs + 1);
}

/** Reads the data sets of one history. */
class ArchiveReading {
  readonly #history: MarketHistory;
  readonly #reach: ArchiveReach;
  readonly #readFromUs: EpochUs;
  /** Nothing is told before it: what was lost earlier is of no interest. */
  readonly #firstUs: EpochUs;
  readonly #onRows: (done: number) => void;
  #done = 0;

  constructor(
    history: MarketHistory,
    reach: ArchiveReach,
    begin: { readonly readFromUs: EpochUs; readonly firstUs: EpochUs },
    onRows: (done: number) => void,
  ) {
    this.#history = history;
    this.#reach = reach;
    this.#readFromUs = begin.readFromUs;
    this.#firstUs = begin.firstUs;
    this.#onRows = onRows;
  }

  losses({ instrument }: Followed): Promise<readonly LedgerEntry[]> {
    return this.#history.losses(this.#query(instrument));
  }

  /** The streams of one instrument, each by time of arrival. */
  streams(one: Followed, losses: readonly LedgerEntry[]): readonly ArrivalStream[] {
    const has = (kind: HistoryKind): boolean => one.infos.some((info) => info.kind === kind);
    const facts = FACT_KINDS.filter(has).map((kind) => this.#facts(one, kind));
    return [
      ...(has('book') ? [this.#book(one, intervalsOf(losses, 'book'))] : []),
      ...(has('trades') ? [this.#trades(one)] : []),
      ...facts,
      ...(this.#reach.kinds === 'all' ? [this.#lostPrints(one, losses)] : []),
    ];
  }

  #query({ symbol, venue }: FollowedInstrument, fromUs: EpochUs = this.#readFromUs): HistoryQuery {
    const { rows, windowUs } = this.#reach;
    return {
      venue,
      symbol,
      ...(fromUs === Number.NEGATIVE_INFINITY ? {} : { fromUs }),
      // What counts before the last row may have come a window after it.
      ...(rows.toUs === null ? {} : { toUs: rows.toUs + windowUs }),
    };
  }

  async *#book(one: Followed, losses: readonly LossInterval[]): AsyncGenerator<readonly FrameEvent[], void> {
    const { windowUs } = this.#reach;
    const toldFromUs = Number.isFinite(this.#readFromUs) ? this.#firstUs : Number.NEGATIVE_INFINITY;
    const options = { policy: one.policy, losses, windowUs, toldFromUs };
    const book = new ArchivedBook(one.ix, options);
    const query = this.#query(one.instrument, await this.#bookStart(one));
    for await (const events of this.#history.book(query)) {
      for (const event of events) book.take(event);
      this.#count(events.length);
      yield book.takeOut();
    }
    book.end();
    yield book.takeOut();
  }

  /** The last snapshot before reading begins, looked for hour by hour backwards; without one the first snapshot after it serves. */
  async #bookStart({ infos, instrument }: Followed): Promise<EpochUs> {
    const info = infos.find(({ kind }) => kind === 'book');
    if (info === undefined || this.#readFromUs <= info.fromUs) return this.#readFromUs;
    let toUs = this.#readFromUs + 1;
    while (toUs > info.fromUs) {
      const fromUs = Math.max(info.fromUs, floorToTimeframe(toUs - 1, US_PER_HOUR));
      let foundUs = -1;
      for await (const events of this.#history.book({ ...this.#query(instrument), fromUs, toUs })) {
        for (const { isSnapshot, tsLocalUs } of events) if (isSnapshot) foundUs = tsLocalUs;
        this.#count(0);
      }
      if (foundUs >= 0) return foundUs;
      toUs = fromUs;
    }
    return this.#readFromUs;
  }

  async *#trades({ instrument, ix }: Followed): AsyncGenerator<readonly FrameEvent[], void> {
    for await (const trades of this.#history.trades(this.#query(instrument))) {
      const events: TradeEvent[] = [];
      for (let row = 0; row < trades.rowCount; row++) {
        events.push({
          kind: 'trade',
          instrumentIx: ix,
          tsVenueUs: trades.tsVenueUs[row]!,
          tsLocalUs: trades.tsLocalUs[row]!,
          tradeId: trades.tradeId[row]!,
          priceTicks: trades.priceTicks[row]!,
          qtyLots: trades.qtyLots[row]!,
          takerSide: trades.takerSign[row]! > 0 ? 'buy' : 'sell',
        });
      }
      this.#count(events.length);
      yield events;
    }
  }

  async *#facts({ instrument, ix }: Followed, kind: FactKind): AsyncGenerator<readonly FrameEvent[], void> {
    for await (const events of this.#history.facts({ ...this.#query(instrument), kind })) {
      this.#count(events.length);
      yield events.map((event) => ({ ...event, instrumentIx: ix }));
    }
  }

  async *#lostPrints(
    { ix }: Followed,
    losses: readonly LedgerEntry[],
  ): AsyncGenerator<readonly FrameEvent[], void> {
    const events = (['trades', 'liquidations'] as const).flatMap((stream) =>
      intervalsOf(losses, stream).map(({ fromUs, toUs }): PrintsLostEvent => {
        // What was lost first may have happened a little before the last good message was received.
        const tsVenueUs = Math.max(this.#firstUs, fromUs - this.#reach.windowUs);
        const tsLocalUs = Math.max(this.#firstUs, fromUs);
        return { kind: 'prints-lost', instrumentIx: ix, tsVenueUs, tsLocalUs, stream, untilUs: toUs };
      }),
    );
    yield events.sort((a, b) => a.tsLocalUs - b.tsLocalUs);
  }

  #count(rows: number): void {
    this.#done += rows;
    this.#onRows(this.#done);
  }
}

/** Returns the times in which a stream was not complete, in order, those that touch as one. */
function intervalsOf(losses: readonly LedgerEntry[], stream: StreamKind): readonly LossInterval[] {
  const own = losses.filter((loss) => loss.stream === stream).sort((a, b) => a.fromUs - b.fromUs);
  const joined: { readonly fromUs: EpochUs; toUs: EpochUs }[] = [];
  for (const { fromUs, toUs } of own) {
    const last = joined.at(-1);
    if (last !== undefined && fromUs <= last.toUs) last.toUs = Math.max(last.toUs, toUs);
    else joined.push({ fromUs, toUs });
  }
  return joined;
}
