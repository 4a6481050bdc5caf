/**
 * Files into the archive: which files of a wish are of its kind and symbol, what they hold, and the import of them all or nothing. Shared by
 * `xylen import` and `xylen download`.
 */
import { formatDurationUs, XylenError } from '#core';
import type { VenueId } from '#domain';
import type { HistoryKind } from '#store';
import {
  type FileSummary,
  type FoundFile,
  findFiles,
  nameHasSymbol,
  openSourceFile,
  readRows,
  type SourceFile,
  scanFile,
} from '#store/files';
import { dataSetKey } from '#store/history';
import { type ImportOutcome, type ImportSet, type ImportSource, importDataSets } from '#store/parquet';
import type { CommandContext } from '../cli/command.ts';

/** What is to be imported, and as what. */
export interface ImportWish {
  readonly paths: readonly string[];
  readonly venue: VenueId;
  readonly symbol: string;
  readonly kind: HistoryKind;
  /** Bar length; `null` = told by the data. */
  readonly timeframeUs: number | null;
  readonly replace: boolean;
  readonly dryRun: boolean;
  /**
   * True when it is known from where the files came what they hold: one without rows is passed over, and bars have the length asked for even where
   * a few of them do not tell it.
   */
  readonly isOriginKnown?: boolean;
}

/** A file that was passed over, and why. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

/** What an import came to. */
export interface ImportResult {
  readonly outcomes: readonly ImportOutcome[];
  readonly sets: readonly ImportSet[];
  readonly skipped: readonly SkippedFile[];
  /** Counts of valid rows that were left out, by what they are. */
  readonly passedOver: ReadonlyMap<string, number>;
}

interface OpenedFile extends FoundFile {
  readonly file: SourceFile;
}

/** Imports the files of a wish, all of it or nothing. @throws XY_DATA_INSUFFICIENT when there is no file to import. */
export async function importFiles(wish: ImportWish, context: CommandContext): Promise<ImportResult> {
  const { files, skipped } = await selectFiles(wish);
  const scanned = await scanFiles(files, wish, skipped, context);
  const sets = setsOf(scanned, wish, context.signal);
  const outcomes = await importDataSets(context.dataDir, sets, {
    replace: wish.replace,
    dryRun: wish.dryRun,
    signal: context.signal,
    onProgress: (label, done, total) => context.progress.update({ label, done, total, unit: 'rows' }),
  });
  const passedOver = new Map<string, number>();
  for (const found of scanned)
    for (const [what, count] of found.passedOver) passedOver.set(what, (passedOver.get(what) ?? 0) + count);
  return { outcomes, sets, skipped, passedOver };
}

/** Opens what is named and what folders have of the symbol and kind. */
async function selectFiles(wish: ImportWish): Promise<{ files: OpenedFile[]; skipped: SkippedFile[] }> {
  const files: OpenedFile[] = [];
  const skipped: SkippedFile[] = [];
  for (const found of await findFiles(wish.paths)) {
    const reason =
      found.isNamed || nameHasSymbol(found.path, wish.symbol)
        ? undefined
        : `its name does not name ${wish.symbol}`;
    const opened = reason ?? (await openOrReason(found, wish));
    if (typeof opened === 'string') skipped.push({ path: found.path, reason: opened });
    else files.push({ ...found, file: opened });
  }
  if (files.length > 0) return { files, skipped };
  const reasons = skipped.slice(0, 5).map(({ path, reason }) => `${path}: ${reason}`);
  throw new XylenError('XY_DATA_INSUFFICIENT', ['no file to import', ...reasons].join('\n'));
}

async function openOrReason(found: FoundFile, wish: ImportWish): Promise<SourceFile | string> {
  let file: SourceFile;
  try {
    file = await openSourceFile(found.path);
  } catch (thrown) {
    if (found.isNamed || !(thrown instanceof XylenError)) throw thrown;
    return thrown.message;
  }
  if (file.form.kinds.includes(wish.kind)) return file;
  const reason = `it is a ${file.form.name} and holds ${file.form.kinds.join(' and ')}, not ${wish.kind}`;
  if (found.isNamed) throw new XylenError('XY_USAGE', `${found.path}: ${reason}`);
  return reason;
}

/** Validates every file; a damaged one ends the command. */
async function scanFiles(
  files: readonly OpenedFile[],
  wish: ImportWish,
  skipped: SkippedFile[],
  context: CommandContext,
): Promise<FileSummary[]> {
  const total = files.reduce((sum, { file }) => sum + file.bytes.bytesTotal, 0);
  let done = 0;
  const onRaw = (piece: Buffer): void => {
    done += piece.length;
    context.progress.update({ label: 'reading', done, total, unit: 'bytes' });
  };
  const scanned: FileSummary[] = [];
  for (const { file, path, isNamed } of files) {
    const { kind, symbol } = wish;
    const timeframeUs = isNamed ? wish.timeframeUs : null;
    const isTimeframeKnown = wish.isOriginKnown === true;
    const { signal } = context;
    const found = await scanFile(file, { kind, symbol, timeframeUs, isTimeframeKnown, signal, onRaw });
    const reason = misfitOf(found, wish);
    const mayBeEmpty = isTimeframeKnown && found.recordCount === 0;
    if (reason === undefined) scanned.push(found);
    else if (isNamed && !mayBeEmpty)
      throw new XylenError('XY_DATA_INSUFFICIENT', `${path}: ${reason}`, { fields: { file: path } });
    else skipped.push({ path, reason });
  }
  if (scanned.length === 0 && wish.isOriginKnown !== true)
    throw new XylenError('XY_DATA_INSUFFICIENT', 'no file to import: all were passed over');
  return scanned;
}

function misfitOf(found: FileSummary, wish: ImportWish): string | undefined {
  if (found.recordCount === 0) return `it holds no ${wish.kind}`;
  if (wish.timeframeUs === null || found.timeframeUs === wish.timeframeUs) return undefined;
  return `its bars are of ${formatDurationUs(found.timeframeUs ?? 0)}`;
}

/** One data set a timeframe. */
function setsOf(scanned: readonly FileSummary[], wish: ImportWish, signal: AbortSignal): ImportSet[] {
  const sets = new Map<string, { id: ImportSet['id']; sources: ImportSource[] }>();
  for (const found of scanned) {
    const { venue, symbol, kind } = wish;
    const id = { venue, symbol, kind, timeframeUs: found.timeframeUs };
    const set = sets.get(dataSetKey(id)) ?? { id, sources: [] };
    const { firstTsUs, lastTsUs, recordCount, priceDecimals, qtyDecimals, timeframeUs, file } = found;
    set.sources.push({
      label: file.path,
      tradeIds: kind === 'trades' ? (file.form.tradeIds ?? null) : null,
      recordCount,
      firstTsUs,
      lastTsUs,
      priceDecimals,
      qtyDecimals,
      open: () => readRows(file, { kind, symbol, timeframeUs, signal }),
    });
    sets.set(dataSetKey(id), set);
  }
  return [...sets.values()];
}
