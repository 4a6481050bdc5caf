/**
 * Which files of Binance Vision hold a stretch of history: a month where the whole month is wanted and over, days where not. Pure: names and
 * addresses, no requests. The layout is that of https://github.com/binance/binance-public-data.
 */
import { type EpochUs, formatDurationUs, formatIso, US_PER_DAY, US_PER_MS, XylenError } from '#core';
import type { VenueId } from '#domain';

/** Kinds of archives, as the command line and the addresses spell them. */
export const VISION_KINDS = ['klines', 'aggTrades', 'trades', 'bookDepth', 'metrics', 'fundingRate'] as const;

/** A kind of archive. */
export type VisionKind = (typeof VISION_KINDS)[number];

/** Venues that Binance Vision holds, and where. */
const VENUE_PATHS: Readonly<Partial<Record<VenueId, string>>> = {
  'binance-usdm': 'futures/um',
  'binance-spot': 'spot',
};

const DAILY: ReadonlySet<VisionKind> = new Set(['klines', 'aggTrades', 'trades', 'bookDepth', 'metrics']);
const MONTHLY: ReadonlySet<VisionKind> = new Set(['klines', 'aggTrades', 'trades', 'fundingRate']);
const SPOT: ReadonlySet<VisionKind> = new Set(['klines', 'aggTrades', 'trades']);

/** Bar lengths of the archives of candles. */
const INTERVALS: readonly string[] = [
  ...['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d'],
];
const SPOT_INTERVALS: readonly string[] = ['1s', ...INTERVALS];
/** Symbols become parts of addresses and of paths here. */
const SYMBOL = /^[A-Z0-9]{1,40}(_[A-Z0-9]{1,20})?$/;

/** What is wanted. */
export interface VisionWish {
  readonly venue: VenueId;
  readonly kind: VisionKind;
  readonly symbol: string;
  /** Bar length of candles; `null` for the others. */
  readonly timeframeUs: number | null;
  readonly fromUs: EpochUs;
  /** Exclusive. */
  readonly toUs: EpochUs;
}

/** One file of the archive. */
export interface VisionArchive {
  /** `BTCUSDT-5m-2024-01.zip` */
  readonly name: string;
  /** Below the base address and below the folder of downloads alike. */
  readonly path: string;
  readonly fromUs: EpochUs;
  readonly toUs: EpochUs;
  /** The days of a month, in case the month is not there. */
  readonly days: readonly VisionArchive[];
}

/** True when Binance Vision has archives of a kind of a venue. */
export function visionHolds(venue: VenueId, kind: VisionKind): boolean {
  return VENUE_PATHS[venue] !== undefined && (venue !== 'binance-spot' || SPOT.has(kind));
}

/** Refuses what Binance Vision does not hold. @throws XY_USAGE */
export function checkVisionWish(wish: VisionWish): void {
  const { kind, symbol, timeframeUs, venue } = wish;
  if (VENUE_PATHS[venue] === undefined) {
    const venues = Object.keys(VENUE_PATHS).join(', ');
    throw new XylenError('XY_USAGE', `--venue: Binance Vision holds ${venues}, found '${venue}'`);
  }
  if (!visionHolds(venue, kind))
    throw new XylenError('XY_USAGE', `of spot there are ${[...SPOT].join(', ')}, found '${kind}'`);
  if (!SYMBOL.test(symbol)) {
    const message = `--symbol: expected capital letters and digits as Binance writes them, such as BTCUSDT, found '${symbol}'`;
    throw new XylenError('XY_USAGE', message, { fields: { symbol } });
  }
  if (kind !== 'klines') return;
  const interval = timeframeUs === null ? 'none' : formatDurationUs(timeframeUs);
  const intervals = venue === 'binance-spot' ? SPOT_INTERVALS : INTERVALS;
  if (intervals.includes(interval)) return;
  throw new XylenError(
    'XY_USAGE',
    `--timeframe: expected one of ${intervals.join(', ')}, found '${interval}'`,
  );
}

/** Returns the files that cover a wish as far as it lies before today (UTC), in order of time; whole days, so a little more than asked for. */
export function visionArchives(wish: VisionWish, nowUs: EpochUs): readonly VisionArchive[] {
  checkVisionWish(wish);
  const todayUs = dayOf(nowUs);
  const endUs = Math.min(dayOf(wish.toUs + US_PER_DAY - 1), todayUs);
  const archives: VisionArchive[] = [];
  let atUs = dayOf(wish.fromUs);
  while (atUs < endUs) {
    const month = monthOf(atUs);
    const isWhole = month.startUs >= atUs && month.endUs <= endUs;
    const hasDays = DAILY.has(wish.kind);
    if (MONTHLY.has(wish.kind) && (isWhole || (!hasDays && month.endUs <= todayUs))) {
      const days = hasDays ? daysOf(wish, month.startUs, month.endUs) : [];
      archives.push({ ...archiveOf(wish, 'monthly', month.startUs, month.endUs), days });
      atUs = month.endUs;
    } else if (hasDays) {
      archives.push(...daysOf(wish, atUs, Math.min(atUs + US_PER_DAY, endUs)));
      atUs += US_PER_DAY;
    } else atUs = month.endUs;
  }
  return archives;
}

/** Returns the hash that a checksum file states for a file. @throws XY_FILE_DAMAGED when it states none. */
export function parseChecksum(text: string, name: string): string {
  const match = /^([0-9a-f]{64})\s+\*?(\S+)\s*$/i.exec(text.trim());
  if (match?.[1] !== undefined && match[2] === name) return match[1].toLowerCase();
  const found = JSON.stringify(text.slice(0, 120));
  const message = `expected a SHA-256 and the name ${name} in its checksum file, found ${found}`;
  throw new XylenError('XY_FILE_DAMAGED', message, { fields: { file: `${name}.CHECKSUM` } });
}

function daysOf(wish: VisionWish, fromUs: EpochUs, toUs: EpochUs): VisionArchive[] {
  const days: VisionArchive[] = [];
  for (let dayUs = fromUs; dayUs < toUs; dayUs += US_PER_DAY) {
    days.push({ ...archiveOf(wish, 'daily', dayUs, dayUs + US_PER_DAY), days: [] });
  }
  return days;
}

function archiveOf(
  { kind, symbol, timeframeUs, venue }: VisionWish,
  period: 'monthly' | 'daily',
  fromUs: EpochUs,
  toUs: EpochUs,
): Omit<VisionArchive, 'days'> {
  const date = formatIso(fromUs).slice(0, period === 'monthly' ? 7 : 10);
  const isBars = kind === 'klines' && timeframeUs !== null;
  const label = isBars ? formatDurationUs(timeframeUs) : kind;
  const name = `${symbol}-${label}-${date}.zip`;
  const folder = ['data', VENUE_PATHS[venue], period, kind, symbol, ...(isBars ? [label] : [])].join('/');
  return { name, path: `${folder}/${name}`, fromUs, toUs };
}

function dayOf(tsUs: EpochUs): EpochUs {
  return Math.floor(tsUs / US_PER_DAY) * US_PER_DAY;
}

function monthOf(tsUs: EpochUs): { readonly startUs: EpochUs; readonly endUs: EpochUs } {
  const iso = formatIso(tsUs);
  const year = Number(iso.slice(0, 4));
  const month = Number(iso.slice(5, 7));
  return { startUs: Date.UTC(year, month - 1, 1) * US_PER_MS, endUs: Date.UTC(year, month, 1) * US_PER_MS };
}
