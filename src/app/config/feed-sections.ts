/** Sections about live market data: `feeds` (where the venues are, how their events are ordered) and `recording` (what a recorder keeps). */
import { STREAM_KINDS } from '#domain';
import { key, keyOfRecords, section } from './key.ts';
import { venueId } from './market-sections.ts';
import { choice, count, duration, listOf, orNull, text } from './value-type.ts';

const ENDPOINTS_MAX = 100;

/** An address without credentials; a path may follow, no query. */
function url(schemes: string): ReturnType<typeof text> {
  return text({
    pattern: new RegExp(`^(${schemes})://[A-Za-z0-9.:\\[\\]_-]{1,255}(/[A-Za-z0-9._~/-]{0,255})?$`),
    allowed: `an address that begins with ${schemes.replaceAll('|', ':// or ')}:// and has no query`,
  });
}

const endpoint = section('endpoint', 'Where one venue is instead of its public address', {
  venue: key('venue', venueId(), { doc: 'Venue that is meant' }),
  rest_url: key('rest', orNull(url('http|https'), 'the public address'), {
    default: null,
    doc: 'Base address of its requests',
  }),
  stream_url: key('stream', orNull(url('ws|wss'), 'the public address'), {
    default: null,
    doc: 'Base address of its streams',
  }),
  orders_url: key('streamOrders', orNull(url('ws|wss'), 'the public address'), {
    default: null,
    doc: 'Base address of its order-by-order stream, where it has one of its own',
  }),
  entry_rest_url: key('entryRest', orNull(url('http|https'), '`rest_url`, else the public address'), {
    default: null,
    doc: 'Base address of its order entry, where that is another one',
  }),
  entry_stream_url: key('entryStream', orNull(url('ws|wss'), '`stream_url`, else the public address'), {
    default: null,
    doc: 'Base address of its private stream, where that is another one',
  }),
});

/** `feeds`: live market data. */
export const feeds = section('feeds', 'Live market data', {
  endpoints: keyOfRecords('endpoints', endpoint, {
    default: [],
    max: ENDPOINTS_MAX,
    doc: 'Other addresses than the public ones: a demo of the venue, a server of your own',
  }),
  ca_file: key(
    'certificateAuthorityFile',
    orNull(
      text({ pattern: /^[^\0]{1,1000}$/, allowed: 'a path of 1 to 1000 characters' }),
      'those of the system',
    ),
    { default: null, doc: 'PEM file of a certificate authority that is trusted besides those of the system' },
  ),
  reorder_window: key('reorderWindowUs', duration({ min: '10ms', max: '10s' }), {
    default: '250ms',
    doc: 'How late an event may come and still take its place by venue time; trading on paper runs behind the clock by it',
  }),
  sockets_max: key('socketsMax', count({ min: 1, max: 500, unit: 'connections' }), {
    default: 100,
    doc: 'Largest number of connections of a process',
  }),
});

/** `recording`: what `xylen record` keeps, and for how long. */
export const recording = section('recording', 'What a recorder keeps and for how long', {
  kinds: key('kinds', listOf(choice(STREAM_KINDS), { min: 1, max: STREAM_KINDS.length }), {
    default: [
      'book',
      'trades',
      'candles',
      'quotes',
      'mark-price',
      'funding-rate',
      'open-interest',
      'liquidations',
    ],
    doc: 'Kinds of streams; those that a venue does not have are passed over with a word',
  }),
  candle_timeframe: key('candleTimeframeUs', duration({ min: '1m', max: '1d' }), {
    default: '1m',
    doc: 'Length of the candles that are recorded; the shortest of the venue where it has not this one',
  }),
  raw: key('keepsRaw', choice(['yes', 'no']), {
    default: 'yes',
    doc: 'Whether the messages are kept as they came, besides what was read from them',
  }),
  flush_interval: key('flushIntervalUs', duration({ min: '50ms', max: '1m' }), {
    default: '1s',
    doc: 'A crash of the program or the machine loses at most this much',
  }),
  part_interval: key('partIntervalUs', duration({ min: '1s', max: '1h' }), {
    default: '5m',
    doc: 'How often what was recorded moves from the log into the archive',
  }),
  log_max_mb: key('logMaxMb', count({ min: 64, max: 1_000_000, unit: 'MB' }), {
    default: 4_096,
    doc: 'Largest size of the log; when the archive falls behind that far, recording waits, and the ledger says so',
  }),
  hot_days: key('hotDays', count({ min: 1, max: 3_650, unit: 'days' }), {
    default: 7,
    doc: 'Raw messages are kept that long',
  }),
  warm_days: key('warmDays', count({ min: 1, max: 3_650, unit: 'days' }), {
    default: 90,
    doc: 'Events are kept that long where they were recorded',
  }),
  cold: key('cold', choice(['archive', 'delete', 'keep']), {
    default: 'keep',
    doc: 'What happens after `warm_days`: moved to the folder `cold`, deleted, or left where it is',
  }),
});
