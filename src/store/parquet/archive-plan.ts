/**
 * The first pass of an import: merges what the archive has of a data set with what is given, without writing. Finds every conflict,
 * counts, and says what each partition touched will hold.
 */
import { assert, US_PER_MINUTE, XylenError } from '#core';
import {
  BOOK,
  ContentHash,
  checkSignal,
  type DataSetId,
  type Decimals,
  describeDataSet,
  lowerBound,
  type MergeSource,
  MergeTally,
  mergeRecords,
  type Partition,
  partitionOf,
  type RowChunk,
  recordCount,
  recordEnd,
  sliceRows,
  TRADE,
} from '../history/index.ts';
import { type ArchivedPartition, archivedPartitions } from './archived-partition.ts';
import { readPartition } from './partition-rows.ts';
import type { TradeIds } from './table-file.ts';

/** Rows offered to the archive: one file, say. */
export interface ImportSource extends Decimals {
  /** Path, for messages. */
  readonly label: string;
  readonly tradeIds: TradeIds;
  readonly recordCount: number;
  /** Time of the first and of the last record, epoch us. */
  readonly firstTsUs: number;
  readonly lastTsUs: number;
  open(): AsyncIterable<RowChunk>;
}

/** A data set and what is to be taken into it. */
export interface ImportSet {
  readonly id: DataSetId;
  readonly sources: readonly ImportSource[];
}

/** What a partition will hold. */
export interface PlannedPartition {
  readonly partition: Partition;
  readonly contentHash: string;
  readonly recordCount: number;
  readonly firstTsUs: number;
  readonly lastTsUs: number;
}

/** What an import will do to a data set. */
export interface SetPlan {
  readonly id: DataSetId;
  readonly decimals: Decimals;
  readonly tradeIds: TradeIds;
  /** What the data set holds now. */
  readonly archived: readonly ArchivedPartition[];
  /** Archived files whose rows take part in the merge. */
  readonly merged: readonly ArchivedPartition[];
  /** Partitions that the merge makes. */
  readonly planned: readonly PlannedPartition[];
  readonly tally: MergeTally;
  /** Streams the merged rows again. */
  rows(): AsyncGenerator<RowChunk>;
}

/** How to plan. */
export interface PlanOptions {
  readonly canReplace: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onRecords?: ((count: number) => void) | undefined;
}

/** Plans the import of a data set. @throws XY_IMPORT_CONFLICT, XY_ROW_INVALID, XY_INTERRUPTED */
export async function planSet(dataDir: string, set: ImportSet, options: PlanOptions): Promise<SetPlan> {
  assert(set.sources.length > 0, 'an import has sources');
  const archived = await archivedPartitions(dataDir, set.id);
  const tradeIds = commonTradeIds(set, archived);
  const scales = [...archived.map(({ meta }) => meta), ...set.sources];
  const decimals = {
    priceDecimals: Math.max(...scales.map(({ priceDecimals }) => priceDecimals)),
    qtyDecimals: Math.max(...scales.map(({ qtyDecimals }) => qtyDecimals)),
  };
  const merged = archived.filter(({ partition }) =>
    set.sources.some((source) => touches(set.id, source, partition)),
  );
  const base = { id: set.id, decimals, tradeIds, archived, merged };
  const isEvents = set.id.kind === 'trades' || set.id.kind === 'book';
  if (!options.canReplace || !isEvents) {
    return runPlan(set, { ...base, dropped: [] }, options);
  }
  try {
    return await runPlan(set, { ...base, dropped: [] }, options);
  } catch (thrown) {
    if (!(thrown instanceof XylenError) || thrown.code !== 'XY_IMPORT_CONFLICT') throw thrown;
    // Events of two recordings do not pair up one by one: the given ones take over the whole stretch they cover.
    const dropped: EventSpan[] = [];
    for (const source of set.sources) dropped.push(await eventSpanOf(source));
    return runPlan(set, { ...base, dropped }, options);
  }
}

interface Span {
  readonly firstTsUs: number;
  readonly lastTsUs: number;
}

/** A stretch of events, in time and in ids. */
interface EventSpan extends Span {
  readonly firstId: number;
  readonly lastId: number;
}

async function eventSpanOf(source: ImportSource): Promise<EventSpan> {
  let firstId = Number.POSITIVE_INFINITY;
  let lastId = Number.NEGATIVE_INFINITY;
  for await (const chunk of source.open()) {
    for (let row = 0; row < chunk.rowCount; row++) {
      const id = eventIdAt(chunk, row);
      firstId = Math.min(firstId, id ?? firstId);
      lastId = Math.max(lastId, id ?? lastId);
    }
  }
  return { firstTsUs: source.firstTsUs, lastTsUs: source.lastTsUs, firstId, lastId };
}

/** The id that orders an event among its like; snapshots have none of their own. */
function eventIdAt(chunk: RowChunk, row: number): number | undefined {
  if (chunk.kind === 'trades') return chunk.columns[TRADE.id]![row]!;
  return chunk.columns[BOOK.isSnapshot]![row] === 1 ? undefined : chunk.columns[BOOK.lastId]![row]!;
}

type PlanBase = Omit<SetPlan, 'planned' | 'tally' | 'rows'> & { readonly dropped: readonly EventSpan[] };

async function runPlan(set: ImportSet, base: PlanBase, options: PlanOptions): Promise<SetPlan> {
  const counts = { dropped: 0 };
  const sources = [
    ...keptPartitions(base.merged).map((files) => keptSource(files, base.dropped, counts)),
    ...set.sources.map(givenSource),
  ];
  const merge = {
    kind: set.id.kind,
    decimals: base.decimals,
    dataSet: describeDataSet(set.id),
    canReplace: options.canReplace,
  };
  const tally = new MergeTally();
  const planned: PlannedPartition[] = [];
  let open:
    | { partition: Partition; hash: ContentHash; recordCount: number; firstTsUs: number; lastTsUs: number }
    | undefined;
  const close = (): void => {
    if (open !== undefined) planned.push({ ...open, contentHash: open.hash.hex() });
  };
  for await (const { partition, rows } of byPartition(set.id, mergeRecords(sources, merge, tally))) {
    checkSignal(options.signal);
    if (open?.partition.name !== partition.name) {
      close();
      open = {
        partition,
        hash: new ContentHash(),
        recordCount: 0,
        firstTsUs: rows.columns[0]![0]!,
        lastTsUs: 0,
      };
    }
    const count = recordCount(rows);
    open.hash.add(rows);
    open.recordCount += count;
    open.lastTsUs = rows.columns[0]![rows.rowCount - 1]!;
    options.onRecords?.(count);
  }
  close();
  tally.replaced += counts.dropped;
  return { ...base, planned, tally, rows: () => mergeRecords(sources, merge, new MergeTally()) };
}

/** Cuts merged rows where partitions end. */
export async function* byPartition(
  id: DataSetId,
  chunks: AsyncIterable<RowChunk>,
): AsyncGenerator<{ partition: Partition; rows: RowChunk }> {
  let partition: Partition | undefined;
  for await (const chunk of chunks) {
    for (let row = 0; row < chunk.rowCount; ) {
      const tsUs = chunk.columns[0]![row]!;
      if (partition === undefined || tsUs >= partition.endUs) partition = partitionOf(id.kind, tsUs);
      const end = lowerBound(chunk, partition.endUs, row);
      yield { partition, rows: sliceRows(chunk, row, end) };
      row = end;
    }
  }
}

/** True when a partition may hold records that a source has too; one of another recording may be stamped a little earlier or later. */
function touches(id: DataSetId, source: Span, partition: Partition): boolean {
  return (
    partitionOf(id.kind, source.firstTsUs - US_PER_MINUTE).startUs < partition.endUs &&
    partitionOf(id.kind, source.lastTsUs + US_PER_MINUTE).endUs > partition.startUs
  );
}

function commonTradeIds(set: ImportSet, archived: readonly ArchivedPartition[]): TradeIds {
  const all = [
    ...archived.map(({ path, meta }) => ({ label: path, tradeIds: meta.tradeIds })),
    ...set.sources.map(({ label, tradeIds }) => ({ label, tradeIds })),
  ];
  const first = all[0]!;
  const other = all.find(({ tradeIds }) => tradeIds !== first.tradeIds);
  if (other === undefined) return first.tradeIds;
  throw new XylenError(
    'XY_IMPORT_CONFLICT',
    `${describeDataSet(set.id)}: ${first.label} has ${first.tradeIds} trades, ${other.label} has ${other.tradeIds} ones; the ids of the two do not mix`,
    {
      fields: {
        first: first.tradeIds,
        second: other.tradeIds,
        firstSource: first.label,
        secondSource: other.label,
      },
    },
  );
}

function givenSource(source: ImportSource): MergeSource {
  return { label: source.label, firstTsUs: source.firstTsUs, isKept: false, open: () => source.open() };
}

/** Groups the files of each partition. */
function keptPartitions(files: readonly ArchivedPartition[]): readonly (readonly ArchivedPartition[])[] {
  const groups = new Map<string, ArchivedPartition[]>();
  for (const file of files) {
    const group = groups.get(file.partition.name);
    if (group === undefined) groups.set(file.partition.name, [file]);
    else group.push(file);
  }
  return [...groups.values()];
}

function keptSource(
  files: readonly ArchivedPartition[],
  dropped: readonly EventSpan[],
  counts: { dropped: number },
): MergeSource {
  return {
    label: 'the archive',
    firstTsUs: Math.min(...files.map(({ meta }) => meta.firstTsUs)),
    isKept: true,
    async *open() {
      for await (const chunk of readPartition(files)) {
        if (dropped.length === 0) yield chunk;
        else yield* outside(chunk, dropped, counts);
      }
    },
  };
}

/** Yields the records of a chunk that lie in none of the spans. */
function* outside(
  chunk: RowChunk,
  spans: readonly EventSpan[],
  counts: { dropped: number },
): Generator<RowChunk> {
  let keptFrom = 0;
  for (let row = 0; row < chunk.rowCount; ) {
    const end = recordEnd(chunk, row);
    const tsUs = chunk.columns[0]![row]!;
    const id = eventIdAt(chunk, row) ?? Number.NaN;
    if (
      spans.some(
        (span) => isWithin(tsUs, span.firstTsUs, span.lastTsUs) || isWithin(id, span.firstId, span.lastId),
      )
    ) {
      counts.dropped++;
      if (row > keptFrom) yield sliceRows(chunk, keptFrom, row);
      keptFrom = end;
    }
    row = end;
  }
  if (chunk.rowCount > keptFrom) yield sliceRows(chunk, keptFrom, chunk.rowCount);
}

function isWithin(value: number, first: number, last: number): boolean {
  return value >= first && value <= last;
}
