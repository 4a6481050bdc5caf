/** What `xylen download` is asked for: its options, read and refused in words, one by one. */
import { formatIso, parseDurationUs, parseMomentUs, XylenError } from '#core';
import { parseVenueId, VENUE_IDS, type VenueId } from '#domain';
import { checkSymbol, isTimeframe } from '#store/history';
import type { XylenConfig } from '../../config/schema.ts';
import { DOWNLOAD_KINDS, type DownloadKind, KIND_FACTS } from '../../host/download/download-kinds.ts';
import type { DownloadJob, DownloadRequest } from '../../host/download/run-download.ts';

/** Where the public archive is. */
export const ARCHIVE_URL = 'https://data.binance.vision';
/** Files at a time unless told otherwise. */
export const PARALLEL_DEFAULT = 4;
/** Most files at a time. */
export const PARALLEL_MAX = 16;

type Options = Readonly<Record<string, unknown>>;

/** Reads the command line; `nowUs` is the end of what can be asked for. @throws XY_USAGE */
export function parseDownload(args: readonly unknown[], options: Options, nowUs: number): DownloadRequest {
  const kinds = kindsOf(args.flat());
  const venue = venueOf(options.venue);
  const symbols = symbolsOf(options.symbol);
  const fromUs = momentOf('--from', options.from);
  const endUs = options.to === undefined ? nowUs : momentOf('--to', options.to);
  if (endUs <= fromUs)
    throw usage(`--to: expected a moment after --from (${formatIso(fromUs)}), found ${formatIso(endUs)}`);
  if (fromUs >= nowUs)
    throw usage(`--from: expected a moment before now (${formatIso(nowUs)}), found ${formatIso(fromUs)}`);
  const timeframeUs = timeframeOf(options.timeframe, kinds);
  const jobs = symbols.flatMap((symbol) =>
    kinds.map((kind): DownloadJob => ({ kind, symbol, timeframeUs: kind === 'klines' ? timeframeUs : null })),
  );
  return {
    venue,
    jobs,
    fromUs,
    toUs: Math.min(endUs, nowUs),
    parallel: parallelOf(options.parallel ?? PARALLEL_DEFAULT),
    replace: options.replace === true,
    archiveUrl: urlOf('--archive-url', options.archiveUrl ?? ARCHIVE_URL),
    isAsking: options.rest !== false,
  };
}

/** Returns the configuration with the address of `--rest-url` for this venue. @throws XY_USAGE */
export function withRestUrl(config: XylenConfig, venue: VenueId, options: Options): XylenConfig {
  if (options.restUrl === undefined) return config;
  const rest = urlOf('--rest-url', options.restUrl);
  const others = config.feeds.endpoints.filter((endpoint) => endpoint.venue !== venue);
  const endpoints = [
    ...others,
    { venue, rest, stream: null, streamOrders: null, entryRest: null, entryStream: null },
  ];
  return { ...config, feeds: { ...config.feeds, endpoints } };
}

function kindsOf(names: readonly unknown[]): readonly DownloadKind[] {
  const kinds = [...new Set(names)].map((name) => {
    const kind = DOWNLOAD_KINDS.find((known) => known === name);
    if (kind === undefined)
      throw usage(`kind: expected one of ${DOWNLOAD_KINDS.join(', ')}, found '${String(name)}'`);
    return kind;
  });
  if (kinds.length === 0) throw usage(`kind: expected at least one of ${DOWNLOAD_KINDS.join(', ')}`);
  for (const [ix, kind] of kinds.entries()) {
    const other = kinds
      .slice(0, ix)
      .find((before) => KIND_FACTS[before].history === KIND_FACTS[kind].history);
    if (other === undefined) continue;
    throw usage(`kind: ${other} and ${kind} become one and the same data set; name one of them`);
  }
  return kinds;
}

function venueOf(value: unknown): VenueId {
  const venue = parseVenueId(String(value));
  if (venue !== undefined) return venue;
  throw usage(`--venue: expected one of ${VENUE_IDS.join(', ')}, found '${String(value)}'`);
}

function symbolsOf(value: unknown): readonly string[] {
  const names = (Array.isArray(value) ? value : [value]).filter((name) => name !== undefined);
  if (names.length === 0) throw usage('--symbol: expected at least one, such as BTCUSDT');
  return [...new Set(names)].map((name) => checkSymbol(String(name)));
}

function momentOf(name: string, value: unknown): number {
  const us = parseMomentUs(String(value));
  if (us === undefined)
    throw usage(`${name}: expected a moment such as 2024-01-01, found '${String(value)}'`);
  return us;
}

function timeframeOf(value: unknown, kinds: readonly DownloadKind[]): number | null {
  const hasBars = kinds.includes('klines');
  if (value === undefined) {
    if (hasBars) throw usage('--timeframe: klines need one, such as 5m, found none');
    return null;
  }
  if (!hasBars)
    throw usage(
      `--timeframe: it belongs to klines, ${kinds.join(' and ')} have none, found '${String(value)}'`,
    );
  const us = parseDurationUs(String(value));
  if (us !== undefined && isTimeframe(us)) return us;
  const expected = 'a duration of whole seconds that divides a day, such as 5m or 1h';
  throw usage(`--timeframe: expected ${expected}, found '${String(value)}'`);
}

function parallelOf(value: unknown): number {
  const count = /^\d{1,3}$/.test(String(value)) ? Number(value) : Number.NaN;
  if (count >= 1 && count <= PARALLEL_MAX) return count;
  throw usage(`--parallel: expected an integer from 1 to ${PARALLEL_MAX}, found '${String(value)}'`);
}

function urlOf(name: string, value: unknown): string {
  const text = String(value).replace(/\/+$/, '');
  const isLocal = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/.test(text);
  const url = URL.parse(text);
  const isPlain = url !== null && url.search === '' && url.hash === '' && url.username === '';
  if (isPlain && (text.startsWith('https://') || isLocal)) return text;
  const expected = 'an https address without parameters (http on this machine only)';
  throw usage(`${name}: expected ${expected}, found '${text}'`);
}

function usage(message: string): XylenError {
  return new XylenError('XY_USAGE', message);
}
