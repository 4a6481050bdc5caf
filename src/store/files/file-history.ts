/**
 * The history port over files given directly: validated in one pass when opened, read again in chunks when asked. Files of one data
 * set are merged in time; bars that several files share must agree.
 */
import { stat } from 'node:fs/promises';
import { US_PER_MINUTE, XylenError } from '#core';
import type { InstrumentSpec, VenueId } from '#domain';
import {
  checkSymbol,
  type DataSetId,
  dataSetKey,
  describeDataSet,
  type HistoryTable,
  type MergeSource,
  MergeTally,
  mergeRecords,
  type RowChunk,
  recordCount,
  TableHistory,
} from '../history/index.ts';
import type { MarketHistory } from '../history-port.ts';
import { damaged } from './byte-source.ts';
import { type FileSummary, openSourceFile, readRows, type SourceFile, scanFile } from './read-file.ts';
import { type FoundFile, findFiles, nameHasSymbol, otherSymbolIn } from './source-files.ts';

/** What files hold that cannot say it themselves. */
export interface FileHistoryOptions {
  readonly venue: VenueId;
  /** One symbol: all files are of it. Several: by file name, or `SYMBOL=PATH`. */
  readonly symbols: readonly string[];
  /** Trading rules known from elsewhere; the others are inferred from the data. */
  readonly specs?: readonly InstrumentSpec[];
  readonly signal?: AbortSignal;
  /** Called with the bytes read so far and the bytes of all files while they are validated. */
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  /** Called for files of a folder that are of no known form. */
  readonly onSkipped?: (path: string, why: string) => void;
}

/** Opens files as a history. */
export const FileHistory = {
  /**
   * Validates the files (or files in folders) and returns their history. @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_ROW_INVALID with
   * file and line; XY_USAGE when a file's symbol is not clear; XY_IMPORT_CONFLICT (on reading) when two files disagree
   */
  async open(paths: readonly string[], options: FileHistoryOptions): Promise<MarketHistory> {
    options.symbols.forEach(checkSymbol);
    const files = await assignSymbols(paths, options.symbols);
    const summaries = await scanAll(files, options);
    return new TableHistory(await tablesOf(summaries, options), options.specs ?? []);
  },
};

interface SymbolFile extends FoundFile {
  readonly symbol: string;
}

interface Scanned {
  readonly symbol: string;
  readonly summary: FileSummary;
  readonly modifiedMs: number;
}

/** Maps files to symbols. @throws XY_USAGE when it is not clear which symbol a file is of */
async function assignSymbols(paths: readonly string[], symbols: readonly string[]): Promise<SymbolFile[]> {
  const assigned: SymbolFile[] = [];
  for (const text of paths) {
    const prefix = symbols.find((symbol) => text.startsWith(`${symbol}=`));
    const path = prefix === undefined ? text : text.slice(prefix.length + 1);
    for (const file of await findFiles([path])) {
      const symbol = prefix ?? symbolOf(file, symbols);
      if (symbol !== undefined) assigned.push({ ...file, symbol });
    }
  }
  for (const symbol of symbols) {
    if (assigned.some((file) => file.symbol === symbol)) continue;
    throw new XylenError('XY_DATA_INSUFFICIENT', `no file of ${symbol} among ${paths.join(', ')}`, {
      fields: { symbol },
    });
  }
  return assigned;
}

function symbolOf(file: FoundFile, symbols: readonly string[]): string | undefined {
  const named = symbols.filter((symbol) => nameHasSymbol(file.path, symbol));
  if (named.length === 1) return named[0];
  // A file of a folder that names none of the symbols is of another one; a file named by hand must be clear.
  if (!file.isNamed && named.length === 0) return undefined;
  const [only, ...others] = symbols;
  if (only !== undefined && others.length === 0) {
    const other = otherSymbolIn(file.path, only);
    if (other === undefined) return only;
    throw new XylenError(
      'XY_USAGE',
      `${file.path}: its name speaks of ${other}, asked for is ${only}; write ${only}=${file.path} if it is ${only} all the same`,
      { fields: { file: file.path, symbol: only } },
    );
  }
  const why = named.length === 0 ? 'its name names none of them' : `its name names ${named.join(' and ')}`;
  throw new XylenError(
    'XY_USAGE',
    `${file.path}: of which of ${symbols.join(', ')} is it? ${why}; write SYMBOL=PATH`,
    { fields: { file: file.path } },
  );
}

async function scanAll(files: readonly SymbolFile[], options: FileHistoryOptions): Promise<Scanned[]> {
  const opened: { symbol: string; file: SourceFile }[] = [];
  for (const { symbol, path, isNamed } of files) {
    const file = await openUnlessSkipped(path, isNamed, options);
    if (file !== undefined) opened.push({ symbol, file });
  }
  const passes = opened.flatMap(({ symbol, file }) =>
    file.form.kinds.map((kind) => ({ symbol, file, kind })),
  );
  const bytesTotal = passes.reduce((sum, { file }) => sum + file.bytes.bytesTotal, 0);
  let bytesDone = 0;
  const onRaw = (piece: Buffer): void => {
    bytesDone += piece.length;
    options.onProgress?.(bytesDone, bytesTotal);
  };
  const scanned: Scanned[] = [];
  for (const { symbol, file, kind } of passes) {
    const { mtimeMs } = await stat(file.path);
    const summary = await scanFile(file, { kind, timeframeUs: null, symbol, signal: options.signal, onRaw });
    if (summary.recordCount > 0) scanned.push({ symbol, summary, modifiedMs: mtimeMs });
    else if (file.form.kinds.length === 1) throw damaged(file.path, `no ${kind} in this file`);
  }
  return scanned;
}

/** Opens a file; one found in a folder may be of no known form. */
async function openUnlessSkipped(
  path: string,
  isNamed: boolean,
  options: FileHistoryOptions,
): Promise<SourceFile | undefined> {
  try {
    return await openSourceFile(path);
  } catch (thrown) {
    if (isNamed || !(thrown instanceof XylenError)) throw thrown;
    options.onSkipped?.(path, thrown.message);
    return undefined;
  }
}

async function tablesOf(scanned: readonly Scanned[], options: FileHistoryOptions): Promise<HistoryTable[]> {
  const groups = new Map<string, { id: DataSetId; parts: Scanned[] }>();
  for (const part of scanned) {
    const { kind, timeframeUs } = part.summary;
    const id = { venue: options.venue, symbol: part.symbol, kind, timeframeUs };
    const group = groups.get(dataSetKey(id)) ?? { id, parts: [] };
    group.parts.push(part);
    groups.set(dataSetKey(id), group);
  }
  const tables: HistoryTable[] = [];
  for (const { id, parts } of groups.values()) tables.push(await tableOf(id, parts, options.signal));
  return tables;
}

async function tableOf(
  id: DataSetId,
  parts: readonly Scanned[],
  signal: AbortSignal | undefined,
): Promise<HistoryTable> {
  const summaries = parts.map(({ summary }) => summary);
  const decimals = {
    priceDecimals: Math.max(...summaries.map((summary) => summary.priceDecimals)),
    qtyDecimals: Math.max(...summaries.map((summary) => summary.qtyDecimals)),
  };
  const sources = parts.map((part) => mergeSource(id, part, signal));
  const merge = { kind: id.kind, decimals, dataSet: describeDataSet(id), canReplace: false };
  const read = (fromUs: number, toUs: number): AsyncGenerator<RowChunk> => {
    const inRange = sources.filter(
      (_, ix) => summaries[ix]!.lastTsUs >= fromUs && summaries[ix]!.firstTsUs < toUs,
    );
    return mergeRecords(inRange, merge, new MergeTally());
  };
  return {
    id,
    ...decimals,
    fromUs: Math.min(...summaries.map((summary) => summary.firstTsUs)),
    toUs: Math.max(...summaries.map((summary) => summary.lastTsUs)) + (id.timeframeUs ?? 1),
    recordCount: await countOf(summaries, read),
    source: summaries.map(({ file }) => file.path).join(', '),
    read,
  };
}

/** Counts the records of files that may share some; files that disagree are found here, before anything was handed out. */
async function countOf(
  summaries: readonly FileSummary[],
  read: (fromUs: number, toUs: number) => AsyncIterable<RowChunk>,
): Promise<number> {
  const sorted = [...summaries].sort((a, b) => a.firstTsUs - b.firstTsUs);
  const isDisjoint = sorted.every(
    (summary, ix) => ix === 0 || summary.firstTsUs > sorted[ix - 1]!.lastTsUs + US_PER_MINUTE,
  );
  if (isDisjoint) return sorted.reduce((sum, summary) => sum + summary.recordCount, 0);
  let count = 0;
  for await (const chunk of read(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY))
    count += recordCount(chunk);
  return count;
}

function mergeSource(id: DataSetId, part: Scanned, signal: AbortSignal | undefined): MergeSource {
  const { file, firstTsUs } = part.summary;
  return {
    label: file.path,
    firstTsUs,
    isKept: false,
    async *open() {
      const { size, mtimeMs } = await stat(file.path);
      if (mtimeMs !== part.modifiedMs || (file.bytes.container !== 'zip' && size !== file.bytes.bytesTotal)) {
        throw damaged(file.path, 'the file changed after it was opened');
      }
      yield* readRows(file, { kind: id.kind, timeframeUs: id.timeframeUs, symbol: id.symbol, signal });
    },
  };
}
