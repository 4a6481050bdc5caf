/** What is to be recorded: which streams of which instruments of which venues, put together from the command line and what the venues list. */
import { US_PER_HOUR, US_PER_MINUTE, XylenError } from '#core';
import { STREAM_KINDS, type StreamKind, type VenueId } from '#domain';
import type { MarketAdapter, Subscription } from '#venues/market';
import type { XylenConfig } from '../config/schema.ts';
import {
  listInstruments,
  type VenueConnection,
  type WantedInstrument,
} from '../host/live/venue-connection.ts';
import type { RecordedVenue } from './recorder.ts';

/** Instruments of one process; more are recorded by more processes. */
const INSTRUMENTS_MAX = 2_000;
/** Candle lengths that are tried where a venue does not stream the wanted one. */
const CANDLES_US = [1, 5, 15, 30].map((minutes) => minutes * US_PER_MINUTE).concat(US_PER_HOUR);

/** A venue with what was passed over of it. */
export interface PlannedVenue extends RecordedVenue {
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
  connection: VenueConnection,
  symbols: readonly string[],
  kinds: readonly StreamKind[],
  firstIx: number,
  { recording }: XylenConfig,
): Promise<PlannedVenue> {
  const { adapter, client, hosts, rest } = connection;
  const isAll = symbols.includes('all');
  const listed = isAll ? await client.call(rest.instruments()) : [];
  const names = isAll
    ? listed.filter(({ status }) => status === 'trading').map(({ spec }) => spec.symbol)
    : symbols;
  if (firstIx + names.length > INSTRUMENTS_MAX)
    throw new XylenError(
      'XY_USAGE',
      `expected at most ${INSTRUMENTS_MAX} instruments in one process, found ${firstIx + names.length}`,
    );
  const wanted = await listInstruments(connection, names, firstIx);
  const offered = kinds.filter((kind) => adapter.streams[kind] !== 'none');
  const candleUs = offered.includes('candles')
    ? candleLength(adapter, wanted, recording.candleTimeframeUs, hosts)
    : null;
  const streams = offered.filter((kind) => kind !== 'candles' || candleUs !== null);
  if (streams.length === 0)
    throw new XylenError('XY_USAGE', `${adapter.venue} has none of the streams ${kinds.join(', ')}`);
  return {
    adapter,
    hosts,
    instruments: wanted.map(({ instrument, listed: one }) => ({ instrument, restSymbol: one.restSymbol })),
    subscriptions: wanted.flatMap(({ instrument }) =>
      streams.map(
        (stream): Subscription => ({
          instrument,
          stream,
          timeframeUs: stream === 'candles' ? candleUs : null,
        }),
      ),
    ),
    passedOver: kinds
      .filter((kind) => !streams.includes(kind))
      .map((kind) => `${adapter.venue} has no ${kind}`),
  };
}

/** The wanted length of candles, or the shortest that the venue streams instead; `null` when it streams none. */
function candleLength(
  adapter: MarketAdapter,
  wanted: readonly WantedInstrument[],
  wantedUs: number,
  hosts: VenueConnection['hosts'],
): number | null {
  const [first] = wanted;
  if (first === undefined) return null;
  for (const timeframeUs of [wantedUs, ...CANDLES_US]) {
    try {
      adapter.plan([{ instrument: first.instrument, stream: 'candles', timeframeUs }], hosts);
      return timeframeUs;
    } catch (error) {
      // Refused in words: the venue has not this length.
      if (!(error instanceof XylenError && error.code === 'XY_USAGE')) throw error;
    }
  }
  return null;
}
