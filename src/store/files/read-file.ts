/**
 * Reads foreign files: opens the container, tells the form, validates every line and hands out chunks. Strict by default: the first
 * damaged row ends the read with file, line, column and value. The quality report reads on instead and collects the faults.
 */
import { assert, formatDurationUs, Sha256, XylenError } from '#core';
import {
  ChunkBuilder,
  checkSignal,
  isBarKind,
  isTimeframe,
  type RowChunk,
  recordCount,
} from '../history/index.ts';
import type { HistoryKind } from '../history-port.ts';
import { type ByteSource, damaged, openByteSource } from './byte-source.ts';
import { type FileForm, sniffForm } from './forms.ts';
import { HeldRowsDamage } from './held-rows.ts';
import { type LineBatch, readLines } from './lines.ts';
import { faultError, type PlacedFault } from './row-fault.ts';
import { TimeframeInference } from './timeframe-inference.ts';

/** A file whose container and form are known. */
export interface SourceFile {
  readonly path: string;
  readonly bytes: ByteSource;
  readonly form: FileForm;
}

/** How to read a file. */
export interface ReadOptions {
  /** One of the form's kinds. */
  readonly kind: HistoryKind;
  /** Bar length to hold times against; `null` when it is not known or the kind has none. */
  readonly timeframeUs: number | null;
  /** Symbol that rows naming one must name; `null` for any one. */
  readonly symbol: string | null;
  readonly signal?: AbortSignal | undefined;
  /** Sees each piece as it lies on disk. */
  readonly onRaw?: ((piece: Buffer) => void) | undefined;
  /** Takes damaged rows, which are then left out; without it the first one ends the read. */
  readonly onFault?: ((fault: PlacedFault) => void) | undefined;
  /** Takes the damage of the file itself, which ends the read early; without it the read ends with an error. */
  readonly onDamage?: ((message: string) => void) | undefined;
  /** Takes the counts of valid lines that hold nothing of the kind, at the end. */
  readonly onPassedOver?: ((counts: ReadonlyMap<string, number>) => void) | undefined;
}

/** How to scan a file. */
export interface ScanOptions extends Omit<ReadOptions, 'onFault' | 'onPassedOver'> {
  /** True when the bar length asked for is known from where the file came: a few bars with holes between them do not tell it. */
  readonly isTimeframeKnown?: boolean;
}

/** What one pass over a file found. */
export interface FileSummary {
  readonly file: SourceFile;
  readonly kind: HistoryKind;
  /** Bar length; `null` for kinds without and for a file without bars. */
  readonly timeframeUs: number | null;
  readonly recordCount: number;
  /** Time of the first and of the last record, epoch us; NaN without records. */
  readonly firstTsUs: number;
  readonly lastTsUs: number;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** SHA-256 of the bytes on disk. */
  readonly fingerprint: string;
  readonly passedOver: ReadonlyMap<string, number>;
}

/** So many bars have more steps of their length than holes, in the data of any venue. */
const BARS_THAT_TELL = 48;

/** Opens a file and tells its form. @throws XY_FILE_MISSING, XY_FILE_DAMAGED */
export async function openSourceFile(path: string): Promise<SourceFile> {
  const bytes = await openByteSource(path);
  return { path, bytes, form: await sniffForm(bytes) };
}

/** Yields the rows of a file. @throws XY_ROW_INVALID, XY_FILE_DAMAGED with file and line; XY_INTERRUPTED */
export async function* readRows(file: SourceFile, options: ReadOptions): AsyncGenerator<RowChunk> {
  assert(file.form.kinds.includes(options.kind), `a ${file.form.name} holds ${options.kind}`);
  const builder = new ChunkBuilder(options.kind);
  const parser = file.form.makeParser({ builder, timeframeUs: options.timeframeUs, symbol: options.symbol });
  try {
    for await (const batch of linesOf(file, options)) {
      for (let i = batch.firstLine === 1 && file.form.hasHeader ? 1 : 0; i < batch.lines.length; i++) {
        const rowsBefore = builder.rowCount;
        const fault = parser.parse(batch.lines[i]!);
        if (fault !== undefined) {
          builder.dropFrom(rowsBefore);
          const placed = { ...fault, file: file.path, line: batch.firstLine + i };
          if (options.onFault === undefined) throw faultError(placed);
          options.onFault(placed);
        } else if (builder.isFull) yield builder.take();
      }
    }
    while (parser.releaseRow?.() === true) if (builder.isFull) yield builder.take();
  } catch (caught) {
    const thrown = caught instanceof HeldRowsDamage ? damaged(file.path, caught.message) : caught;
    if (options.onDamage === undefined || !isDamage(thrown)) throw thrown;
    options.onDamage(thrown.message);
  }
  checkSignal(options.signal);
  options.onPassedOver?.(parser.passedOver);
  if (builder.rowCount > 0) yield builder.take();
}

function linesOf(file: SourceFile, options: ReadOptions): AsyncGenerator<LineBatch> {
  const { encoding, transform } = file.form;
  return readLines(file.bytes, { encoding, transform, onRaw: options.onRaw, signal: options.signal });
}

function isDamage(thrown: unknown): thrown is XylenError {
  return thrown instanceof XylenError && thrown.code === 'XY_FILE_DAMAGED';
}

/** Validates a whole file in one pass and says what it holds, which may be nothing of the kind. @throws as `readRows` */
export async function scanFile(file: SourceFile, options: ScanOptions): Promise<FileSummary> {
  const { kind } = options;
  const sha = new Sha256();
  const inference = new TimeframeInference();
  let passedOver: ReadonlyMap<string, number> = new Map();
  const found = {
    recordCount: 0,
    firstTsUs: Number.NaN,
    lastTsUs: Number.NaN,
    priceDecimals: 0,
    qtyDecimals: 0,
  };
  const onRaw = (piece: Buffer): void => {
    sha.update(piece);
    options.onRaw?.(piece);
  };
  const onPassedOver = (counts: ReadonlyMap<string, number>): void => {
    passedOver = counts;
  };
  // Whether bars lie on the grid is judged afterwards, when it is known whose grid: asked for or found.
  for await (const chunk of readRows(file, { ...options, timeframeUs: null, onRaw, onPassedOver })) {
    const ts = chunk.columns[0]!;
    if (found.recordCount === 0) found.firstTsUs = ts[0]!;
    found.lastTsUs = ts[chunk.rowCount - 1]!;
    found.recordCount += recordCount(chunk);
    found.priceDecimals = Math.max(found.priceDecimals, chunk.priceDecimals);
    found.qtyDecimals = Math.max(found.qtyDecimals, chunk.qtyDecimals);
    if (isBarKind(kind)) inference.add(chunk);
  }
  const isBars = isBarKind(kind) && found.recordCount > 0;
  const timeframeUs = isBars ? await timeframeOf(file, options, inference) : null;
  return { file, kind, timeframeUs, ...found, fingerprint: sha.hex(), passedOver };
}

/** Settles the bar length: the commonest step, the one asked for where one was, and every bar on its grid. */
async function timeframeOf(
  file: SourceFile,
  options: ScanOptions,
  inference: TimeframeInference,
): Promise<number> {
  const asked = options.timeframeUs;
  const isFew = inference.rowCount < BARS_THAT_TELL;
  const isGiven = options.isTimeframeKnown === true && isFew && asked !== null && inference.fitsGrid(asked);
  const step = isGiven ? asked : (inference.commonStepUs ?? asked);
  const fields = { file: file.path };
  if (step === null) {
    const message = `${file.path}: one bar does not tell its length; name it with --timeframe`;
    throw new XylenError('XY_USAGE', message, { fields });
  }
  const found = formatDurationUs(step);
  if (asked !== null && step !== asked) {
    const message = `${file.path}: bars of ${formatDurationUs(asked)} were asked for, these are ${found}`;
    throw new XylenError('XY_USAGE', message, { fields: { ...fields, timeframe: found } });
  }
  if (!isTimeframe(step)) {
    throw damaged(file.path, `the commonest step between bars is ${found}, which does not divide a day`);
  }
  if (!inference.fitsGrid(step)) {
    // The second pass knows the grid and ends at the first bar beside it.
    const { kind, symbol, signal } = options;
    for await (const chunk of readRows(file, { kind, symbol, signal, timeframeUs: step }))
      assert(chunk.rowCount > 0, 'chunks hold rows');
    throw damaged(file.path, 'the file changed while it was read');
  }
  return step;
}
