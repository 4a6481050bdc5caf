/** What a quality check finds: which check, where in time, how bad, in words and in numbers. Lists are bounded; counts are not. */
import { formatIso, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '#core';

/** The checks, in the order reports show them. */
export const QUALITY_CHECKS = [
  'damaged_row',
  'integrity',
  'duplicate',
  'disorder',
  'bad_price',
  'gap',
  'funding_gap',
  'id_gap',
  'sequence_break',
  'crossed',
  'ledger_gap',
  'checksum_failure',
  'recorder_down',
  'stale_hour',
  'clock_offset',
  'coarser_bar',
  'seam',
  'outlier',
  'mark_deviation',
  'rate_extreme',
  'zero_volume',
  'silence',
  'feed_lag',
] as const;

/** One of the checks. */
export type QualityCheck = (typeof QUALITY_CHECKS)[number];

/** `error`: the data contradict themselves; `warning`: something is missing or looks wrong; `note`: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** How bad a finding of each check is. */
export const SEVERITY: Readonly<Record<QualityCheck, Severity>> = {
  damaged_row: 'error',
  integrity: 'error',
  duplicate: 'error',
  disorder: 'error',
  bad_price: 'error',
  gap: 'warning',
  funding_gap: 'warning',
  id_gap: 'warning',
  sequence_break: 'warning',
  crossed: 'warning',
  ledger_gap: 'warning',
  checksum_failure: 'warning',
  recorder_down: 'warning',
  stale_hour: 'warning',
  clock_offset: 'warning',
  coarser_bar: 'warning',
  seam: 'warning',
  outlier: 'note',
  mark_deviation: 'warning',
  rate_extreme: 'note',
  zero_volume: 'note',
  silence: 'note',
  feed_lag: 'note',
};

/** One finding. */
export interface Finding {
  readonly check: QualityCheck;
  readonly severity: Severity;
  /** First moment concerned, epoch us; `null` when a damaged row has no time. */
  readonly tsUs: number | null;
  /** How much: bars missing, ids missing, a ratio; what it is stands in `text`. */
  readonly amount: number;
  readonly text: string;
}

/** Findings listed per check; the rest is counted. */
export const FINDINGS_PER_CHECK_MAX = 1_000;

/** Collects findings. */
export class FindingList {
  readonly #found: Finding[] = [];
  readonly #counts = new Map<QualityCheck, number>();
  readonly #limit: number;

  constructor(limit: number = FINDINGS_PER_CHECK_MAX) {
    this.#limit = limit;
  }

  /** Adds a finding. */
  add(check: QualityCheck, tsUs: number | null, amount: number, text: string): void {
    const count = (this.#counts.get(check) ?? 0) + 1;
    this.#counts.set(check, count);
    if (count <= this.#limit) this.#found.push({ check, severity: SEVERITY[check], tsUs, amount, text });
  }

  /** How often each check found something, in report order. */
  get counts(): ReadonlyMap<QualityCheck, number> {
    return new Map(
      QUALITY_CHECKS.flatMap((check) => {
        const count = this.#counts.get(check);
        return count === undefined ? [] : [[check, count] as const];
      }),
    );
  }

  /** The findings listed: by check in report order, each in order of time. */
  get listed(): readonly Finding[] {
    return QUALITY_CHECKS.flatMap((check) => this.#found.filter((finding) => finding.check === check));
  }
}

/** Formats a stretch of time for a finding's text. */
export function spanText(fromUs: number, toUs: number): string {
  return `${formatIso(fromUs)} to ${formatIso(toUs)}`;
}

/** Formats a length of time in its two largest units: `626 d 4 h`. */
export function lengthText(us: number): string {
  const units = [
    ['d', US_PER_DAY],
    ['h', US_PER_HOUR],
    ['min', US_PER_MINUTE],
    ['s', US_PER_SECOND],
  ] as const;
  const parts: string[] = [];
  let rest = us;
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.length === 0 ? `${us} us` : parts.slice(0, 2).join(' ');
}
