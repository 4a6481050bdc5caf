/**
 * The files of one partition as one stream in order of time. Files that do not overlap follow each other as they are; where they overlap
 * they are merged record by record: a record that two files hold alike counts once, and of bars and settlements, of which there is
 * one a moment, the one recorded last counts.
 */
import { US_PER_MINUTE } from '#core';
import {
  CHUNK_ROWS_MAX,
  type Decimals,
  isBarKind,
  RecordCursor,
  RowBuffer,
  type RowChunk,
  scaleChunk,
} from '../history/index.ts';
import type { HistoryKind } from '../history-port.ts';

/** One file, in the order in which it was recorded. */
export interface PartSource extends Decimals {
  readonly firstTsUs: number;
  readonly lastTsUs: number;
  read(fromUs: number, toUs: number): AsyncIterable<RowChunk>;
}

/** Yields the rows of a partition's files with time in [`fromUs`, `toUs`), each chunk at the finest scale of all files. */
export async function* mergeParts(
  kind: HistoryKind,
  sources: readonly PartSource[],
  fromUs = Number.NEGATIVE_INFINITY,
  toUs = Number.POSITIVE_INFINITY,
): AsyncGenerator<RowChunk> {
  const decimals = {
    priceDecimals: Math.max(...sources.map(({ priceDecimals }) => priceDecimals)),
    qtyDecimals: Math.max(...sources.map(({ qtyDecimals }) => qtyDecimals)),
  };
  for (const cluster of clustersOf(kind, sources)) {
    const touched = cluster.filter((source) => source.lastTsUs >= fromUs && source.firstTsUs < toUs);
    const [only] = touched;
    if (only === undefined) continue;
    // A file left out above may hold the later version of a record only if it overlaps the range.
    if (touched.length === 1)
      for await (const rows of only.read(fromUs, toUs)) yield scaleChunk(rows, decimals);
    else yield* mergeCluster(kind, touched, decimals, { fromUs, toUs });
  }
}

/** Groups files that overlap in time; groups and the files in them keep their order. */
function clustersOf(kind: HistoryKind, sources: readonly PartSource[]): readonly (readonly PartSource[])[] {
  const slackUs = kind === 'funding' ? US_PER_MINUTE : 0;
  const byTime = [...sources].sort((a, b) => a.firstTsUs - b.firstTsUs);
  const clusters: PartSource[][] = [];
  let endUs = Number.NEGATIVE_INFINITY;
  for (const source of byTime) {
    const last = clusters.at(-1);
    if (last === undefined || source.firstTsUs > endUs + slackUs) clusters.push([source]);
    else last.push(source);
    endUs = Math.max(endUs, source.lastTsUs);
  }
  for (const cluster of clusters) cluster.sort((a, b) => sources.indexOf(a) - sources.indexOf(b));
  return clusters;
}

/** A file of a cluster while it is merged; later files have a higher `rank`. */
interface Lane {
  readonly rank: number;
  readonly cursor: RecordCursor;
}

async function* mergeCluster(
  kind: HistoryKind,
  sources: readonly PartSource[],
  decimals: Decimals,
  range: { readonly fromUs: number; readonly toUs: number },
): AsyncGenerator<RowChunk> {
  const lanes: Lane[] = [];
  const out = new RowBuffer(kind, decimals, CHUNK_ROWS_MAX);
  try {
    for (const [rank, source] of sources.entries()) {
      const cursor = new RecordCursor(scaled(source.read(range.fromUs, range.toUs), decimals));
      if (await cursor.load()) lanes.push({ rank, cursor });
    }
    while (lanes.length > 0) {
      const same = nextRecords(kind, lanes);
      for (const { cursor } of winnersOf(kind, same)) out.append(cursor.chunk, cursor.start, cursor.end);
      for (const lane of same) await advance(lanes, lane);
      if (out.isFull) yield out.take();
    }
    if (out.rowCount > 0) yield out.take();
  } finally {
    for (const { cursor } of lanes) await cursor.close();
  }
}

async function* scaled(rows: AsyncIterable<RowChunk>, decimals: Decimals): AsyncGenerator<RowChunk> {
  for await (const chunk of rows) yield scaleChunk(chunk, decimals);
}

/** Returns the lanes that stand on the earliest moment, in the order of their files. */
function nextRecords(kind: HistoryKind, lanes: readonly Lane[]): readonly Lane[] {
  const earliest = Math.min(...lanes.map(({ cursor }) => momentOf(kind, cursor.tsUs)));
  return lanes.filter(({ cursor }) => momentOf(kind, cursor.tsUs) === earliest);
}

/** Records of one moment may be versions of one another; settlements are stamped some milliseconds apart. */
function momentOf(kind: HistoryKind, tsUs: number): number {
  return kind === 'funding' ? Math.floor((tsUs + US_PER_MINUTE / 2) / US_PER_MINUTE) : tsUs;
}

/** Returns the records of one moment that count. */
function winnersOf(kind: HistoryKind, same: readonly Lane[]): readonly Lane[] {
  if (same.length === 1) return same;
  if (isBarKind(kind) || kind === 'funding') return same.slice(-1);
  return same.filter((lane, ix) => !same.slice(0, ix).some((before) => isSame(before.cursor, lane.cursor)));
}

function isSame(a: RecordCursor, b: RecordCursor): boolean {
  const rows = a.end - a.start;
  if (b.end - b.start !== rows) return false;
  for (let ix = 0; ix < a.chunk.columns.length; ix++) {
    const left = a.chunk.columns[ix]!;
    const right = b.chunk.columns[ix]!;
    for (let row = 0; row < rows; row++) if (left[a.start + row] !== right[b.start + row]) return false;
  }
  return (a.chunk.blobs ?? []).every((blobs, ix) => {
    const left = blobs[a.start];
    const right = b.chunk.blobs?.[ix]?.[b.start];
    return left !== undefined && right !== undefined && Buffer.compare(left, right) === 0;
  });
}

async function advance(lanes: Lane[], lane: Lane): Promise<void> {
  if (lane.cursor.step() || (await lane.cursor.load())) return;
  lanes.splice(lanes.indexOf(lane), 1);
}
