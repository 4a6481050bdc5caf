/** The command line of `xylen quality`, validated. */
import { parseDurationUs, parseMomentUs, XylenError } from '#core';
import { parseVenueId, VENUE_IDS } from '#domain';
import { HISTORY_KINDS } from '#store';

/** The command line, validated. */
export interface QualityWish {
  readonly venue: string | undefined;
  readonly symbol: string | undefined;
  readonly kind: (typeof HISTORY_KINDS)[number] | undefined;
  readonly timeframeUs: number | undefined;
  readonly range: { readonly fromUs?: number; readonly toUs?: number };
  readonly files: readonly string[];
}

/** Validates the options of `xylen quality`. @throws XY_USAGE */
export function parseWish(options: Readonly<Record<string, unknown>>): QualityWish {
  const text = (name: string): string | undefined =>
    options[name] === undefined ? undefined : String(options[name]);
  const venue = text('venue');
  if (venue !== undefined && parseVenueId(venue) === undefined)
    throw usage(`--venue is one of ${VENUE_IDS.join(', ')} or ccxt:NAME, was '${venue}'`);
  const kindText = text('kind');
  const kind = HISTORY_KINDS.find((known) => known === kindText);
  if (kindText !== undefined && kind === undefined) {
    throw usage(`--kind is one of ${HISTORY_KINDS.join(', ')}, was '${kindText}'`);
  }
  const timeframe = text('timeframe');
  const timeframeUs = timeframe === undefined ? undefined : parseDurationUs(timeframe);
  if (timeframe !== undefined && timeframeUs === undefined)
    throw usage(`--timeframe is a duration, was '${timeframe}'`);
  const fromUs = moment('--from', text('from'));
  const toUs = moment('--to', text('to'));
  const range = { ...(fromUs === undefined ? {} : { fromUs }), ...(toUs === undefined ? {} : { toUs }) };
  const files = Array.isArray(options.file) ? options.file.map(String) : [];
  return { venue, symbol: text('symbol'), kind, timeframeUs, range, files };
}

function moment(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const us = parseMomentUs(text);
  if (us === undefined)
    throw usage(`${option} is a moment such as 2024-05-01 or 2024-05-01T12:00Z, was '${text}'`);
  return us;
}

function usage(message: string): XylenError {
  return new XylenError('XY_USAGE', message);
}
