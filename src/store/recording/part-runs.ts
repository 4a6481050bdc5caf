/**
 * Cuts the waiting records of a data set into what becomes parts: stretches of one partition, one scale and one kind of trade ids. Each part
 * names the offsets it covers, and parts come in the order of their offsets, so that whatever a crash leaves written is a beginning.
 */
import type { Decimals, RowChunk } from '../history/index.ts';
import { isBarKind, partitionOf } from '../history/index.ts';
import type { PartRows, RecordedTradeIds } from '../recording-port.ts';
import type { EventDecoder } from './event-decoder.ts';
import { isTimedByHead, RowBuilder, rowTimeOf } from './row-builder.ts';
import type { SetBuffer } from './set-buffer.ts';

/** Records [`first`, `last`] of a buffer. */
interface Run extends Decimals {
  readonly first: number;
  last: number;
  readonly partition: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly tradeIds: RecordedTradeIds;
  /** True while times do not go back. */
  isOrdered: boolean;
  lastTsUs: number;
}

/** A part, and the end of the partition it lies in. */
export interface PlannedPart extends PartRows {
  readonly endUs: number;
}

/** Returns the parts that a buffer makes; they read it when they are written, so it must stay until then. @throws XY_FILE_DAMAGED */
export function plannedParts(buffer: SetBuffer, decoder: EventDecoder): readonly PlannedPart[] {
  const times = new Float64Array(buffer.count);
  const runs: Run[] = [];
  for (let ix = 0; ix < buffer.count; ix++) {
    decoder.head(buffer.bytes, buffer.startAt(ix), buffer.endAt(ix));
    if (!isTimedByHead(decoder.kind)) decoder.read(buffer.bytes, buffer.startAt(ix), buffer.endAt(ix));
    const tsUs = rowTimeOf(decoder);
    times[ix] = tsUs;
    const run = runs.at(-1);
    if (run !== undefined && goesOn(run, decoder, tsUs)) {
      run.last = ix;
      if (tsUs < run.lastTsUs) run.isOrdered = false;
      run.lastTsUs = tsUs;
    } else runs.push(newRun(buffer, decoder, ix, tsUs));
  }
  return runs.map((run) => partOf(buffer, decoder, run, times));
}

function goesOn(run: Run, { instrument }: EventDecoder, tsUs: number): boolean {
  if (tsUs < run.startUs || tsUs >= run.endUs) return false;
  if (instrument === null) return true;
  const { priceDecimals, qtyDecimals, tradeIds } = instrument;
  return (
    priceDecimals === run.priceDecimals &&
    qtyDecimals === run.qtyDecimals &&
    (run.tradeIds === null || run.tradeIds === tradeIds)
  );
}

function newRun(buffer: SetBuffer, { instrument }: EventDecoder, ix: number, tsUs: number): Run {
  const { kind } = buffer.id;
  const { endUs, name, startUs } = partitionOf(kind, tsUs);
  const { priceDecimals = 0, qtyDecimals = 0, tradeIds = 'single' } = instrument ?? {};
  return {
    ...{ first: ix, last: ix, partition: name, startUs, endUs, priceDecimals, qtyDecimals },
    tradeIds: kind === 'trades' ? tradeIds : null,
    isOrdered: true,
    lastTsUs: tsUs,
  };
}

function partOf(buffer: SetBuffer, decoder: EventDecoder, run: Run, times: Float64Array): PlannedPart {
  const { endUs, first, last, partition, priceDecimals, qtyDecimals, tradeIds } = run;
  const byteCount = buffer.endAt(last) - buffer.startAt(first);
  return {
    ...{ id: buffer.id, partition, priceDecimals, qtyDecimals, tradeIds, endUs },
    fromOffset: buffer.offsetAt(first),
    toOffset: buffer.offsetAt(last) + 1,
    // A level of a book takes some eight bytes with its share of the event; other records are at most a row each.
    rowsHint: buffer.id.kind === 'book' ? Math.ceil(byteCount / 8) : last - first + 1,
    rows: () => rowsOf(buffer, decoder, run, times),
  };
}

function* rowsOf(
  buffer: SetBuffer,
  decoder: EventDecoder,
  run: Run,
  times: Float64Array,
): Generator<RowChunk> {
  const builder = new RowBuilder(buffer.id.kind, {
    priceDecimals: run.priceDecimals,
    qtyDecimals: run.qtyDecimals,
  });
  for (const ix of orderOf(buffer, run, times)) {
    decoder.read(buffer.bytes, buffer.startAt(ix), buffer.endAt(ix));
    builder.add(decoder, buffer.bytes);
    if (builder.isFull) yield builder.take();
  }
  if (builder.rowCount > 0) yield builder.take();
}

/** Yields the records of a run in order of time; of bars and settlements of one moment the one that came last. */
function orderOf(buffer: SetBuffer, run: Run, times: Float64Array): Iterable<number> {
  const isOnePerMoment = isBarKind(buffer.id.kind) || buffer.id.kind === 'funding';
  const all = range(run.first, run.last);
  if (run.isOrdered && !isOnePerMoment) return all;
  const ordered = [...all].sort((a, b) => times[a]! - times[b]! || a - b);
  if (!isOnePerMoment) return ordered;
  return ordered.filter((ix, at) => times[ix] !== times[ordered[at + 1] ?? -1]);
}

function* range(first: number, last: number): Generator<number> {
  for (let ix = first; ix <= last; ix++) yield ix;
}
