/**
 * What a recorder says of its own data: the losses of its ledger, one finding each, and the hours of its streams, held together with the
 * ledger. Hours in which too much is missing, messages came late, or the clock was off are findings too.
 */
import { formatDecimal, formatIso, US_PER_HOUR, US_PER_SECOND } from '#core';
import { type FeedHour, hourBadness, type LedgerEntry } from '#domain';
import { type HistoryTable, readHours, readLosses } from '../history/index.ts';
import { type FindingList, lengthText, spanText } from './finding.ts';

/** More of an hour missing than this is a finding. */
const STALE_SHARE = 0.05;
/** Of a hundred messages one may come so late; more is a finding. */
const LAG_P99_US = 5 * US_PER_SECOND;
/** A clock this far from the venue's is a finding. */
const CLOCK_OFFSET_US = US_PER_SECOND;

/** A stretch of time; open ends reach as far as the data do. */
interface Range {
  readonly fromUs?: number;
  readonly toUs?: number;
}

/** What the losses of a ledger add up to. */
export interface LossStatistics {
  losses: number;
  gaps: number;
  checksumFailures: number;
  recorderDown: number;
  /** Sums over the streams. */
  staleUs: number;
  downUs: number;
}

/** Reports the losses of a ledger. */
export async function checkLedger(
  ledger: HistoryTable,
  range: Range,
  findings: FindingList,
): Promise<LossStatistics> {
  const statistics = { losses: 0, gaps: 0, checksumFailures: 0, recorderDown: 0, staleUs: 0, downUs: 0 };
  for (const loss of await readLosses(ledger, range)) {
    const lengthUs = loss.toUs - loss.fromUs;
    statistics.losses++;
    if (loss.cause === 'recorder-down') {
      statistics.recorderDown++;
      statistics.downUs += lengthUs;
      const text = `${loss.stream}: the recorder did not run for ${lengthText(lengthUs)}, ${spanText(loss.fromUs, loss.toUs)}`;
      findings.add('recorder_down', loss.fromUs, lengthUs, text);
      continue;
    }
    if (loss.cause === 'sequence-gap') statistics.gaps++;
    if (loss.cause === 'checksum') statistics.checksumFailures++;
    statistics.staleUs += lengthUs;
    const check = loss.cause === 'checksum' ? 'checksum_failure' : 'ledger_gap';
    findings.add(check, loss.fromUs, lengthUs, lossText(loss));
  }
  return statistics;
}

function lossText(loss: LedgerEntry): string {
  const { cause, detail, fromUs, lostFromId, lostToId, stream, toUs } = loss;
  const ids = lostFromId < 0 ? '' : `, updates ${lostFromId} to ${lostToId}`;
  const why = detail === '' ? '' : `: ${detail}`;
  return `${stream}: ${cause}, not complete for ${lengthText(toUs - fromUs)}, ${spanText(fromUs, toUs)}${ids}${why}`;
}

/** Returns the hours of a symbol's streams and reports those that are not good. */
export async function checkHours(
  tables: { readonly hours: HistoryTable | undefined; readonly ledger: HistoryTable | undefined },
  range: Range,
  findings: FindingList,
): Promise<readonly FeedHour[]> {
  const hours = await readHours(tables, range);
  for (const hour of hours) {
    const name = `${hour.stream} of ${formatIso(hour.hourUs)}`;
    const share = hourBadness(hour);
    if (share > STALE_SHARE) {
      const missing = lengthText(Math.min(US_PER_HOUR, hour.staleUs + hour.downUs));
      findings.add('stale_hour', hour.hourUs, share, `${name}: ${missing} of the hour are missing`);
    }
    if (hour.lagP99Us > LAG_P99_US) {
      const text = `${name}: one message of a hundred came ${lengthText(hour.lagP99Us)} late or more`;
      findings.add('feed_lag', hour.hourUs, hour.lagP99Us, text);
    }
    if (Math.abs(hour.clockOffsetUs) > CLOCK_OFFSET_US) {
      const text = `${name}: the clock was ${formatDecimal(hour.clockOffsetUs, 6)} s ahead of the venue's`;
      findings.add('clock_offset', hour.hourUs, hour.clockOffsetUs, text);
    }
  }
  return hours;
}
