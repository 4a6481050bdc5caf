/**
 * The quality report of files that are not, or cannot be, in the archive: every damaged row is reported with its line and left out,
 * the rest goes through the same checks as the archive.
 */
import { basename } from 'node:path';
import type { HistoryKind } from '#store';
import {
  describeFault,
  type FaultCheck,
  findFiles,
  openSourceFile,
  type PlacedFault,
  readRows,
  type SourceFile,
  TimeframeInference,
} from '#store/files';
import { type HistoryTable, isBarKind, type RowChunk, recordCount, scaleChunk } from '#store/history';
import { FindingList, inspectTable, type QualityCheck, type QualityReport } from '#store/quality';
import type { CommandContext } from '../../cli/command.ts';
import type { QualityWish } from './quality-wish.ts';

/** How faults of rows count in the report. */
const CHECK_OF_FAULT: Readonly<Partial<Record<FaultCheck, QualityCheck>>> = {
  duplicate: 'duplicate',
  disorder: 'disorder',
  price: 'bad_price',
  ohlc: 'bad_price',
  quantity: 'bad_price',
};

/** Reports on files, each kind of data in them on its own. */
export async function inspectFiles(wish: QualityWish, context: CommandContext): Promise<QualityReport[]> {
  const reports: QualityReport[] = [];
  for (const { path } of await findFiles(wish.files)) {
    const file = await openSourceFile(path);
    for (const kind of file.form.kinds) {
      if (wish.kind !== undefined && kind !== wish.kind) continue;
      reports.push(await inspectFile(file, kind, wish, context));
    }
  }
  return reports;
}

async function inspectFile(
  file: SourceFile,
  kind: HistoryKind,
  wish: QualityWish,
  context: CommandContext,
): Promise<QualityReport> {
  const findings = new FindingList();
  const onFault = (fault: PlacedFault): void =>
    findings.add(CHECK_OF_FAULT[fault.check] ?? 'damaged_row', null, fault.line, describeFault(fault));
  const onDamage = (message: string): void => findings.add('damaged_row', null, 0, message);
  const table = await new LenientReader(file, kind, wish, context).table(onFault, onDamage);
  const report = await inspectTable(table, [], wish.range, findings);
  return { ...report, venue: wish.venue ?? null, symbol: wish.symbol ?? null };
}

/** Reads what can be read of a file. */
class LenientReader {
  readonly #file: SourceFile;
  readonly #kind: HistoryKind;
  readonly #wish: QualityWish;
  readonly #context: CommandContext;

  constructor(file: SourceFile, kind: HistoryKind, wish: QualityWish, context: CommandContext) {
    this.#file = file;
    this.#kind = kind;
    this.#wish = wish;
    this.#context = context;
  }

  /**
   * Reads the file once for its scale and bar length and returns it as a table, which reads it again and then reports faults of rows
   * and what ended the read early.
   */
  async table(
    onFault: (fault: PlacedFault) => void,
    onDamage: (message: string) => void,
  ): Promise<HistoryTable> {
    const inference = new TimeframeInference();
    const found = { priceDecimals: 0, qtyDecimals: 0, recordCount: 0, fromUs: 0, toUs: 0 };
    for await (const chunk of this.#rows(null, ignore, ignore)) {
      if (found.recordCount === 0) found.fromUs = chunk.columns[0]![0]!;
      found.toUs = chunk.columns[0]![chunk.rowCount - 1]! + 1;
      found.recordCount += recordCount(chunk);
      found.priceDecimals = Math.max(found.priceDecimals, chunk.priceDecimals);
      found.qtyDecimals = Math.max(found.qtyDecimals, chunk.qtyDecimals);
      inference.add(chunk);
    }
    const isBars = isBarKind(this.#kind);
    const timeframeUs = isBars ? (this.#wish.timeframeUs ?? inference.commonStepUs ?? 1) : null;
    const rows = (): AsyncGenerator<RowChunk> => this.#rows(timeframeUs, onFault, onDamage);
    return {
      id: { venue: 'sim', symbol: '', kind: this.#kind, timeframeUs },
      ...found,
      // A file without a good row is read all the same: its faults are what is wanted.
      toUs: Math.max(found.toUs, 1),
      source: this.#file.path,
      async *read() {
        for await (const chunk of rows()) yield scaleChunk(chunk, found);
      },
    };
  }

  #rows(
    timeframeUs: number | null,
    onFault: (fault: PlacedFault) => void,
    onDamage: (message: string) => void,
  ): AsyncGenerator<RowChunk> {
    const { signal, progress } = this.#context;
    const { path, bytes } = this.#file;
    let done = 0;
    const onRaw = (piece: Buffer): void => {
      done += piece.length;
      progress.update({ label: basename(path), done, total: bytes.bytesTotal, unit: 'bytes' });
    };
    const kind = this.#kind;
    return readRows(this.#file, { kind, timeframeUs, symbol: null, signal, onFault, onDamage, onRaw });
  }
}

function ignore(): void {
  // The first pass only measures; the second one reports.
}
