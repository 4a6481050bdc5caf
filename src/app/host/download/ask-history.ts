/**
 * History by request: page after page into files that are imported as archives are. Only what is over is taken: bars that have closed by this
 * machine's clock and by the venue's. What was answered to its end once is not asked for again.
 */
import { type EpochUs, US_PER_HOUR } from '#core';
import type { Progress } from '#telemetry';
import { pagesOf, type RestCall } from '#venues/market';
import type { VenueConnection, WantedInstrument } from '../live/venue-connection.ts';
import { type AskedFile, AskedFiles, type Stretch } from './asked-files.ts';
import {
  type AskedForm,
  type AskedKind,
  CANDLE_FORM,
  FUNDING_FORM,
  OPEN_INTEREST_FORM,
} from './asked-kinds.ts';

/** What is asked for. */
export interface AskedWish extends Stretch {
  readonly kind: AskedKind;
  readonly timeframeUs: number | null;
  readonly wanted: WantedInstrument;
}

/** What it is asked with. */
export interface AskParts {
  readonly connection: Pick<VenueConnection, 'client' | 'rest'>;
  /** Folder of the files of this history. */
  readonly folder: string;
  /** The present, by whichever of the two clocks is behind. */
  readonly nowUs: EpochUs;
  readonly progress: Progress;
}

/** What was answered. */
export interface AskedHistory {
  /** Files to import, in order of time. */
  readonly paths: readonly string[];
  /** Rows that came now. */
  readonly rowCount: number;
  /** Stretches at the ends of what was asked for now, of which the venue has nothing. */
  readonly gaps: readonly Stretch[];
}

/** A day or month is kept for good when it has been over for that long. */
const KEPT_AFTER_US = US_PER_HOUR;

/** Asks for a history. @throws XY_VENUE_FAILED, XY_VENUE_LIMITED, XY_VENUE_REPLY, XY_INTERRUPTED. */
export async function askHistory(wish: AskedWish, parts: AskParts): Promise<AskedHistory> {
  if (wish.kind === 'candles') return await new Asking(CANDLE_FORM, wish, parts).run();
  if (wish.kind === 'funding') return await new Asking(FUNDING_FORM, wish, parts).run();
  return await new Asking(OPEN_INTEREST_FORM, wish, parts).run();
}

class Asking<T> {
  readonly #form: AskedForm<T>;
  readonly #wish: AskedWish;
  readonly #parts: AskParts;
  readonly #files: AskedFiles;
  readonly #paths: string[] = [];
  #file: AskedFile | null = null;
  #rowCount = 0;
  #firstUs = Number.POSITIVE_INFINITY;
  #lastUs = Number.NEGATIVE_INFINITY;
  /** Up to where the venue has answered. */
  #coveredUs = Number.NEGATIVE_INFINITY;

  constructor(form: AskedForm<T>, wish: AskedWish, parts: AskParts) {
    this.#form = form;
    this.#wish = wish;
    this.#parts = parts;
    const { folder } = parts;
    const { fromUs } = wish;
    this.#files = new AskedFiles({ folder, cut: form.cut(wish.timeframeUs), header: form.header, fromUs });
  }

  async run(): Promise<AskedHistory> {
    const missing = this.#files.missingOf(this.#wish);
    const kept = this.#files.keptOf(this.#wish);
    try {
      for (const stretch of missing) await this.#ask(stretch);
    } finally {
      await this.#file?.abandon();
    }
    const paths = [...kept, ...this.#paths].sort();
    return { paths, rowCount: this.#rowCount, gaps: this.#gaps(missing) };
  }

  async #ask(stretch: Stretch): Promise<void> {
    const { connection, progress } = this.#parts;
    const { timeframeUs } = this.#wish;
    const { instrument, listed } = this.#wish.wanted;
    let call: RestCall<readonly T[]> | null = null;
    const callAt = (fromUs: EpochUs): RestCall<readonly T[]> | null => {
      const range = { instrument, restSymbol: listed.restSymbol, fromUs, toUs: stretch.toUs };
      call = this.#form.callOf(connection.rest, range, timeframeUs);
      return call;
    };
    const endOf = (row: T): EpochUs => this.#form.endOf(row, timeframeUs);
    this.#coveredUs = stretch.fromUs;
    for await (const page of pagesOf(connection.client, stretch, callAt, endOf)) {
      await this.#take(page, stretch);
      progress.update({
        label: `asking for ${instrument.symbol}`,
        done: this.#rowCount,
        total: 0,
        unit: 'rows',
      });
    }
    const { coversToUs = stretch.fromUs } = (call as RestCall<readonly T[]> | null) ?? {};
    this.#coveredUs = Math.max(this.#coveredUs, Math.min(coversToUs, stretch.toUs));
    await this.#finishFile();
  }

  /** Writes the rows of a page; venues answer with whole pages, so that rows before and behind what was asked for are among them. */
  async #take(page: readonly T[], stretch: Stretch): Promise<void> {
    const { timeframeUs, wanted } = this.#wish;
    let text = '';
    for (const row of page) {
      const tsUs = this.#form.timeOf(row);
      const endUs = this.#form.endOf(row, timeframeUs);
      if (tsUs < stretch.fromUs || endUs > stretch.toUs || tsUs <= this.#lastUs) continue;
      if (this.#file === null || tsUs >= this.#file.partition.endUs) {
        await this.#file?.write(text);
        text = '';
        // A row behind its end says that the part before is answered.
        this.#coveredUs = Math.max(this.#coveredUs, tsUs);
        await this.#beginFile(tsUs, stretch.fromUs);
      }
      text += `${this.#form.lineOf(row, wanted.instrument)}\n`;
      this.#coveredUs = Math.max(this.#coveredUs, endUs);
      this.#firstUs = Math.min(this.#firstUs, tsUs);
      this.#lastUs = tsUs;
      this.#rowCount++;
    }
    await this.#file?.write(text);
  }

  async #beginFile(tsUs: EpochUs, fromUs: EpochUs): Promise<void> {
    const afterUs = this.#file?.partition.endUs ?? fromUs;
    await this.#finishFile();
    const partition = this.#files.partitionAt(tsUs);
    // Days before a row without one of their own have none: they need not be asked for again either.
    for (const empty of this.#files.partitionsOf({ fromUs: afterUs, toUs: partition.startUs })) {
      this.#file = await this.#files.begin(empty);
      await this.#finishFile();
    }
    this.#file = await this.#files.begin(partition);
  }

  async #finishFile(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    this.#paths.push(await this.#files.finish(file, this.#isWhole(file)));
  }

  /** A file may stand for its day or month when all of it was asked for, all of it was answered, and it has been over for a while. */
  #isWhole({ partition }: AskedFile): boolean {
    const { fromUs } = this.#wish;
    const isOver = partition.endUs + KEPT_AFTER_US <= this.#parts.nowUs;
    return isOver && fromUs <= partition.startUs && this.#coveredUs >= partition.endUs;
  }

  /** Returns the ends of what was asked for now that the venue has nothing of; holes between rows are the archive's to tell. */
  #gaps(missing: readonly Stretch[]): readonly Stretch[] {
    const { timeframeUs } = this.#wish;
    const slackUs = this.#form.slackUs(timeframeUs);
    const isLong = ({ fromUs, toUs }: Stretch): boolean => toUs - fromUs >= slackUs;
    const first = missing[0];
    const last = missing.at(-1);
    if (first === undefined || last === undefined) return [];
    if (this.#rowCount === 0) return missing.filter(isLong);
    const endUs = timeframeUs === null ? this.#lastUs : this.#lastUs + timeframeUs;
    const before = { fromUs: first.fromUs, toUs: this.#firstUs };
    const after = { fromUs: endUs, toUs: last.toUs };
    return [before, after].filter(isLong);
  }
}
