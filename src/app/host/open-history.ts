/** Opens what `--replay PATH...` names: the archive, a data directory that holds one, files, or folders of files. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { InstrumentSpec, VenueId } from '#domain';
import type { MarketHistory } from '#store';
import type { Progress } from '#telemetry';

export interface HistoryRequest {
  readonly paths: readonly string[];
  readonly venue: VenueId;
  readonly symbols: readonly string[];
  /** Trading rules of the configuration; the others are inferred. */
  readonly specs: readonly InstrumentSpec[];
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Opens the history. @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_ROW_INVALID with file and line, XY_USAGE. */
export async function openHistory(request: HistoryRequest): Promise<MarketHistory> {
  const { paths, progress, signal, specs, symbols, venue } = request;
  const dataDir = archiveHolder(paths);
  if (dataDir !== null) {
    const { ArchiveHistory } = await import('#store/parquet');
    return ArchiveHistory.open(dataDir, { venue, symbols, specs });
  }
  const { FileHistory } = await import('#store/files');
  const onProgress = (done: number, total: number): void =>
    progress.update({ label: 'reading files', done, total, unit: 'bytes' });
  return FileHistory.open(paths, { venue, symbols, specs, signal, onProgress });
}

/** Returns the data directory of the archive that a single path names, `null` when it names files. */
function archiveHolder(paths: readonly string[]): string | null {
  const [only, ...others] = paths;
  if (only === undefined || others.length > 0) return null;
  const path = resolve(only);
  if (!existsSync(path) || !statSync(path).isDirectory()) return null;
  if (basename(path) === 'archive') return dirname(path);
  return existsSync(join(path, 'archive')) ? path : null;
}
