/** Checks of bars on their own: places on the grid, shape, volume, jumps. Candles and mark bars alike; mark bars have no volume. */
import { formatDecimal, formatIso } from '#core';
import { BAR, type RowChunk } from '../history/index.ts';
import { type FindingList, lengthText, spanText } from './finding.ts';
import { RollingQuantile } from './rolling-quantile.ts';

/** Bars that a yardstick looks back on. */
const WINDOW_BARS = 288;
/** Bars needed before jumps are judged. */
const WARM_UP_BARS = 48;
/** A move this many times the usual one is an outlier. */
const OUTLIER_TIMES = 25;
/** A jump between close and next open this many times what all but a few bars stay below does not come from trading on. */
const SEAM_TIMES = 4;
/** ... "all but a few": this part of the bars. */
const SEAM_QUANTILE = 0.98;
/** ... if it is also this part of a usual bar's move: one tick more than none is no finding. */
const SEAM_MOVE_PART = 0.25;
/** Smallest usual move assumed, as a fraction: markets that stand still must not make every tick an outlier. */
const USUAL_MOVE_MIN = 1e-4;
/** Smallest such jump assumed, as a fraction. */
const USUAL_SEAM_MIN = 1e-5;

/** What the pass over bars adds up besides findings. */
export interface BarStatistics {
  rowCount: number;
  firstTsUs: number;
  lastTsUs: number;
  barsMissing: number;
  gapCount: number;
  gapBarsMax: number;
  zeroVolumeBars: number;
}

/** Checks bars one after the other. */
export class BarChecks {
  readonly statistics: BarStatistics = {
    rowCount: 0,
    firstTsUs: Number.NaN,
    lastTsUs: Number.NaN,
    barsMissing: 0,
    gapCount: 0,
    gapBarsMax: 0,
    zeroVolumeBars: 0,
  };
  readonly #timeframeUs: number;
  readonly #findings: FindingList;
  readonly #moves = new RollingQuantile(WINDOW_BARS);
  readonly #seams = new RollingQuantile(WINDOW_BARS);
  #lastClose = Number.NaN;
  #zeroFromUs = Number.NaN;
  #zeroBars = 0;

  constructor(timeframeUs: number, findings: FindingList) {
    this.#timeframeUs = timeframeUs;
    this.#findings = findings;
  }

  /** Adds rows in order. */
  add(chunk: RowChunk): void {
    for (let row = 0; row < chunk.rowCount; row++) {
      const isNext = this.#place(chunk.columns[BAR.ts]![row]!);
      this.#shape(chunk, row);
      if (chunk.kind === 'candles') this.#volume(chunk, row);
      this.#jump(chunk, row, isNext);
    }
  }

  /** Ends what was still open. */
  finish(): void {
    this.#endZeroRun();
  }

  /** Holds a time against the grid; true when the bar follows the one before without a gap. */
  #place(tsUs: number): boolean {
    const stats = this.statistics;
    const expectedUs = stats.lastTsUs + this.#timeframeUs;
    stats.rowCount++;
    if (stats.rowCount === 1) stats.firstTsUs = tsUs;
    else if (tsUs === stats.lastTsUs)
      this.#findings.add('duplicate', tsUs, 1, `bar ${formatIso(tsUs)} is there twice`);
    else if (tsUs < stats.lastTsUs) {
      this.#findings.add(
        'disorder',
        tsUs,
        1,
        `bar ${formatIso(tsUs)} comes after ${formatIso(stats.lastTsUs)}`,
      );
    } else if (tsUs > expectedUs) {
      const bars = (tsUs - expectedUs) / this.#timeframeUs;
      stats.barsMissing += bars;
      stats.gapCount++;
      stats.gapBarsMax = Math.max(stats.gapBarsMax, bars);
      const length = lengthText(tsUs - expectedUs);
      this.#findings.add(
        'gap',
        expectedUs,
        bars,
        `${bars} bars missing (${length}), ${spanText(expectedUs, tsUs)}`,
      );
    }
    const isNext = tsUs === expectedUs;
    stats.lastTsUs = Number.isNaN(stats.lastTsUs) ? tsUs : Math.max(stats.lastTsUs, tsUs);
    return isNext;
  }

  #shape(chunk: RowChunk, row: number): void {
    const [open, high, low, close] = pricesAt(chunk, row);
    const isGood = low > 0 && high >= low && open >= low && open <= high && close >= low && close <= high;
    const volume = chunk.kind === 'candles' ? chunk.columns[BAR.volume]![row]! : 0;
    if (isGood && volume >= 0) return;
    const text = [open, high, low, close].map((price) => formatDecimal(price, chunk.priceDecimals)).join(' ');
    const tsUs = chunk.columns[BAR.ts]![row]!;
    this.#findings.add(
      'bad_price',
      tsUs,
      1,
      `bar ${formatIso(tsUs)} makes no sense: OHLC ${text}, volume ${volume}`,
    );
  }

  #volume(chunk: RowChunk, row: number): void {
    const tsUs = chunk.columns[BAR.ts]![row]!;
    if (chunk.columns[BAR.volume]![row] !== 0) {
      this.#endZeroRun();
      return;
    }
    if (this.#zeroBars === 0) this.#zeroFromUs = tsUs;
    this.#zeroBars++;
    this.statistics.zeroVolumeBars++;
  }

  #endZeroRun(): void {
    if (this.#zeroBars === 0) return;
    const from = formatIso(this.#zeroFromUs);
    this.#findings.add(
      'zero_volume',
      this.#zeroFromUs,
      this.#zeroBars,
      `${this.#zeroBars} bars without volume from ${from}`,
    );
    this.#zeroBars = 0;
  }

  /** Judges the move of a bar, and its first price against the last one, by what was usual in the bars before. */
  #jump(chunk: RowChunk, row: number, isNext: boolean): void {
    const [open, , , close] = pricesAt(chunk, row);
    const tsUs = chunk.columns[BAR.ts]![row]!;
    const before = this.#lastClose;
    this.#lastClose = close / 10 ** chunk.priceDecimals;
    if (!isNext || Number.isNaN(before)) return;
    const move = Math.log(this.#lastClose / before);
    const seam = Math.abs(Math.log(open / 10 ** chunk.priceDecimals / before));
    const usualMove = Math.max(this.#moves.at(0.5), USUAL_MOVE_MIN);
    const usualSeam = Math.max(this.#seams.at(SEAM_QUANTILE), USUAL_SEAM_MIN);
    if (this.#moves.count >= WARM_UP_BARS) {
      const times = Math.abs(move) / usualMove;
      if (times > OUTLIER_TIMES) {
        const text = `bar ${formatIso(tsUs)} has a log return of ${move.toFixed(4)}, ${times.toFixed(0)} times the usual`;
        this.#findings.add('outlier', tsUs, move, text);
      }
      if (seam > SEAM_TIMES * usualSeam && seam > SEAM_MOVE_PART * usualMove) {
        const text = `bar ${formatIso(tsUs)} opens ${percent(seam)} away from the close before, ${(seam / usualSeam).toFixed(1)} times what bars here stay below: one of the two may be unfinished`;
        this.#findings.add('seam', tsUs, seam, text);
      }
    }
    this.#moves.add(Math.abs(move));
    this.#seams.add(seam);
  }
}

function pricesAt(chunk: RowChunk, row: number): readonly [number, number, number, number] {
  const at = (column: number): number => chunk.columns[column]![row]!;
  return [at(BAR.open), at(BAR.high), at(BAR.low), at(BAR.close)];
}

/** Formats a fraction as percent. */
export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(Math.abs(fraction) < 0.001 ? 4 : 2)} %`;
}
