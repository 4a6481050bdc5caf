/**
 * The one loader: nothing is fitted, tuned, calibrated or judged on a row that did not pass here. It drops every row whose label ends
 * within the quarantine of the run's clock, and refuses a table with rows of paper trading in it. Nothing else makes `AdmittedRows`, and
 * training takes nothing else.
 */
import { assert, formatDurationUs, XylenError } from '#core';
import { QUARANTINE_US, rowsOutsideQuarantine } from '#learn';
import { checkLabelledRows, type LabelledRows, ROW_SOURCES, SOURCE_HISTORY } from './labelled-rows.ts';

/** The clock and the quarantine of a run. */
export interface AdmissionRule {
  /** Now; in research the close of the newest row. */
  readonly clockUs: number;
  /** At least 30 days. */
  readonly quarantineUs: number;
}

/** Rows that may be learned from. */
export class AdmittedRows {
  readonly rows: LabelledRows;
  readonly clockUs: number;
  readonly quarantineUs: number;
  /** The admitted rows of `rows`, ascending. */
  readonly index: Int32Array;

  private constructor(rows: LabelledRows, rule: AdmissionRule, index: Int32Array) {
    this.rows = rows;
    this.clockUs = rule.clockUs;
    this.quarantineUs = rule.quarantineUs;
    this.index = index;
  }

  /** Rows that the quarantine kept out. */
  get quarantinedCount(): number {
    return this.rows.rowCount - this.index.length;
  }

  /** Moment at which the last admitted label was known. */
  get labelEndMaxUs(): number {
    return this.index.reduce(
      (latest, row) => Math.max(latest, this.rows.labelEndUs[row]!),
      Number.NEGATIVE_INFINITY,
    );
  }

  /**
   * Admits rows. @throws XY_QUARANTINE for a quarantine under 30 days, XY_ROW_INVALID for rows of paper trading, XY_DATA_INSUFFICIENT when
   * nothing is left
   */
  static load(rows: LabelledRows, rule: AdmissionRule): AdmittedRows {
    checkLabelledRows(rows);
    checkQuarantine(rule.quarantineUs);
    checkSources(rows);
    const { clockUs, quarantineUs } = rule;
    const end = rows.rowCount;
    const spans = {
      rowStartUs: rows.startUs.subarray(0, end),
      labelEndUs: rows.labelEndUs.subarray(0, end),
    };
    const index = rowsOutsideQuarantine(spans, clockUs, quarantineUs);
    if (index.length === 0) {
      const message = `expected labels that end more than ${formatDurationUs(quarantineUs)} before the run's clock, none of ${end} does: more history is needed`;
      throw new XylenError('XY_DATA_INSUFFICIENT', message);
    }
    const admitted = new AdmittedRows(rows, rule, index);
    assert(admitted.labelEndMaxUs < clockUs - quarantineUs, 'no admitted label ends inside the quarantine');
    return admitted;
  }
}

function checkQuarantine(quarantineUs: number): void {
  if (quarantineUs >= QUARANTINE_US) return;
  const message = `expected a quarantine of at least ${formatDurationUs(QUARANTINE_US)}, was ${quarantineUs} us`;
  throw new XylenError('XY_QUARANTINE', message, { fields: { quarantineUs } });
}

function checkSources({ rowCount, source }: LabelledRows): void {
  for (let row = 0; row < rowCount; row++) {
    if (source[row] === SOURCE_HISTORY) continue;
    const name = ROW_SOURCES[source[row]!] ?? `unknown (${source[row]})`;
    const message = `row ${row}: expected a row of market history, its source is ${name}; rows of paper trading are never learned from`;
    throw new XylenError('XY_ROW_INVALID', message, { fields: { row, source: name } });
  }
}
