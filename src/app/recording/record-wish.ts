/** What is to be recorded: which streams of which instruments of which venues, put together from the command line and what the venues list. */
import { US_PER_HOUR, US_PER_MINUTE, XylenError } from '#core';
import { STREAM_KINDS, type StreamKind, type VenueId } from '#domain';
import type { Subscription } from '#venues/market';
import type { XylenConfig } from '../config/schema.ts';
import type { LiveVenue } from '../host/live/live-venue.ts';
import type { RecordedVenue } from './recorder.ts';

/** Instruments of one process; more are recorded by more processes. */
const INSTRUMENTS_MAX = 2_000;
/** Candle lengths that are tried where a venue does not stream the wanted one. */
const CANDLES_US = [1, 5, 15, 30].map((minutes) => minutes * US_PER_MINUTE).concat(US_PER_HOUR);

/** A venue with what was passed over of it. */
export interface PlannedVenue extends RecordedVenue {
  readonly venue: LiveVenue;
  /** Streams that the venue has not, in words. */
  readonly passedOver: readonly string[];
}

/** Splits `VENUE=SYMBOL`: a symbol of one venue; a bare symbol is wanted of every venue. */
export function symbolsFor(venue: VenueId, symbols: readonly string[], venues: readonly VenueId[]): string[] {
  return symbols.flatMap((text) => {
    const at = text.indexOf('=');
    const named = at < 0 ? null : text.slice(0, at);
    if (named === null) return [text];
    if (!venues.some((one) => one === named))
      throw new XylenError(
        'XY_USAGE',
        `--symbol: expected one of the venues named (${venues.join(', ')}) before '=', found '${text}'`,
      );
    return named === venue ? [text.slice(at + 1)] : [];
  });
}

/** Parses kinds of streams. @throws XY_USAGE */
export function parseKinds(texts: readonly string[]): StreamKind[] {
  return texts.map((text) => {
    const kind = STREAM_KINDS.find((known) => known === text);
    if (kind === undefined)
      throw new XylenError('XY_USAGE', `--kinds: expected ${STREAM_KINDS.join(', ')}, found '${text}'`);
    return kind;
  });
}

/**
 * Plans what is recorded of a venue, its instruments numbered from `firstIx`. The symbol `all` stands for everything that is trading. @throws
 * XY_INSTRUMENT_UNKNOWN, XY_USAGE when nothing is left or it is too much, XY_VENUE_FAILED.
 */
export async function planVenue(
  venue: LiveVenue,
  symbols: readonly string[],
  kinds: readonly StreamKind[],
  firstIx: number,
  { recording }: XylenConfig,
): Promise<PlannedVenue> {
  const wanted = await venue.list(symbols, firstIx);
  if (firstIx + wanted.length > INSTRUMENTS_MAX) {
    const message = `expected at most ${INSTRUMENTS_MAX} instruments in one process, found ${firstIx + wanted.length}`;
    throw new XylenError('XY_USAGE', message);
  }
  const [first] = wanted;
  const lengths = [recording.candleTimeframeUs, ...CANDLES_US];
  const candleUs = first === undefined ? undefined : lengths.find((us) => venue.streamsCandles(first, us));
  const streams = kinds.filter(
    (kind) => venue.streams[kind] !== 'none' && (kind !== 'candles' || candleUs !== undefined),
  );
  if (streams.length === 0)
    throw new XylenError('XY_USAGE', `${venue.id} has none of the streams ${kinds.join(', ')}`);
  return {
    venue,
    wanted,
    subscriptions: wanted.flatMap(({ instrument }) =>
      streams.map(
        (stream): Subscription => ({
          instrument,
          stream,
          timeframeUs: stream === 'candles' ? (candleUs ?? null) : null,
        }),
      ),
    ),
    passedOver: kinds.filter((kind) => !streams.includes(kind)).map((kind) => `${venue.id} has no ${kind}`),
  };
}
