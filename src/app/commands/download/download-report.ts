/** What `xylen download` says: lines for people, a document for programs. */
import { formatDurationUs, formatIso } from '#core';
import type { VenueId } from '#domain';
import type { JobOutcome } from '../../host/download/run-download.ts';
import type { Gap } from '../../host/download/venue-desk.ts';

/** Names and stretches that are listed; all are counted, and all are in the document. */
const LISTED_MAX = 10;

/** Returns the entry of a data set in the document of `--json`. */
export function jsonOf(venue: VenueId, outcome: JobOutcome): unknown {
  const { archives, asked, fault, gaps, imported, job } = outcome;
  const [set] = imported?.outcomes ?? [];
  return {
    venue,
    symbol: job.symbol,
    kind: job.kind,
    timeframe: job.timeframeUs === null ? null : formatDurationUs(job.timeframeUs),
    files: archives.found.length,
    filesKept: archives.keptCount,
    bytesLoaded: archives.bytesLoaded,
    missing: archives.missing.map(({ name }) => name),
    unverified: archives.unverified.map(({ name }) => name),
    rowsAsked: asked === null ? null : asked.rowCount,
    gaps: gaps.map(({ fromUs, toUs, why }) => ({ from: formatIso(fromUs), to: formatIso(toUs), why })),
    rowsNew: set?.recordsNew ?? 0,
    rowsKnown: set?.recordsKnown ?? 0,
    rowsReplaced: set?.recordsReplaced ?? 0,
    rowsLeftOut: Object.fromEntries(imported?.passedOver ?? []),
    rows: set?.recordCount ?? 0,
    from: set === undefined ? null : formatIso(set.fromUs),
    to: set === undefined ? null : formatIso(set.toUs),
    barsMissing: set?.barsMissing ?? null,
    error: fault === null ? null : { code: fault.code, message: fault.message },
  };
}

/** Returns the lines of a data set. */
export function linesOf(venue: VenueId, outcome: JobOutcome): readonly string[] {
  const { archives, asked, fault, gaps, imported, job } = outcome;
  const { kind, symbol, timeframeUs } = job;
  const length = timeframeUs === null ? '' : ` ${formatDurationUs(timeframeUs)}`;
  const megabytes = (archives.bytesLoaded / 1e6).toFixed(1);
  const files = `${archives.found.length} archive(s), ${megabytes} MB loaded, ${archives.keptCount} were here`;
  const lines = [`${venue} ${symbol} ${kind}${length}: ${files}`];
  if (asked !== null) lines.push(`  asked     ${count(asked.rowCount)} rows by request`);
  lines.push(...rowLines(outcome));
  lines.push(
    ...listed(
      'not there',
      archives.missing.map(({ name }) => name),
    ),
  );
  lines.push(
    ...listed(
      'not taken',
      archives.unverified.map(({ name }) => name),
      ' (no checksum beside it)',
    ),
  );
  lines.push(...gapLines(gaps));
  if (fault !== null) lines.push(`  failed    ${fault.code}: ${fault.message}`);
  else if (imported === null || imported.outcomes.length === 0) lines.push('  nothing was found');
  return lines;
}

function rowLines({ imported }: JobOutcome): readonly string[] {
  const lines: string[] = [];
  for (const set of imported?.outcomes ?? []) {
    const { barsMissing, fromUs, recordCount, recordsKnown, recordsNew, recordsReplaced, toUs } = set;
    const holes = barsMissing === null ? '' : `, ${count(barsMissing)} bars missing in between`;
    lines.push(
      `  rows      ${count(recordsNew)} new, ${count(recordsKnown)} known, ${count(recordsReplaced)} replaced`,
      `  archive   ${count(recordCount)} rows from ${formatIso(fromUs)} to ${formatIso(toUs)}${holes}`,
    );
  }
  for (const [what, rows] of imported?.passedOver ?? []) lines.push(`  left out  ${count(rows)} ${what}`);
  return lines;
}

function gapLines(gaps: readonly Gap[]): readonly string[] {
  const shown = gaps
    .slice(0, LISTED_MAX)
    .map(({ fromUs, toUs, why }) => `  not had   ${formatIso(fromUs)} to ${formatIso(toUs)}: ${why}`);
  return gaps.length > LISTED_MAX ? [...shown, `  not had   and ${gaps.length - LISTED_MAX} more`] : shown;
}

function listed(label: string, names: readonly string[], note = ''): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length > LISTED_MAX ? ` and ${names.length - LISTED_MAX} more` : '';
  return [`  ${label} ${names.slice(0, LISTED_MAX).join(', ')}${more}${note}`];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
