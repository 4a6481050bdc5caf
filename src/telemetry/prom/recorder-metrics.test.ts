import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RecorderGauges, RecorderMetrics, type VenueGauges } from './index.ts';
import { assertPromtool, checkExposition, WITHOUT_PROMTOOL } from './test/exposition.ts';

const RECORDER: RecorderGauges = {
  logBytes: 5_000,
  logBytesMax: 1e9,
  recordsTaken: 300,
  recordsRefused: 0,
  archiveBytes: 1_200,
  archiveParts: 4,
  isHeldBack: false,
  rssBytes: 1e8,
  heapUsedBytes: 5e7,
};

function venue(name: string, messages: number): VenueGauges {
  return {
    venue: name,
    messages,
    bytes: 10 * messages,
    events: messages,
    losses: 2,
    outages: 1,
    resyncs: 3,
    checksumFailures: 0,
    books: 2,
    booksStale: 1,
    duplicates: 0,
    lags: [{ stream: 'book', p50Seconds: 0.02, p99Seconds: 0.3 }],
  };
}

test('what only rises is a counter, told whole each time', async () => {
  const metrics = new RecorderMetrics();
  metrics.set(RECORDER, [venue('kraken-spot', 100), venue('coinbase', 7)]);
  metrics.set({ ...RECORDER, recordsTaken: 310, isHeldBack: true }, [
    venue('kraken-spot', 130),
    venue('coinbase', 9),
  ]);
  const text = await metrics.text();
  checkExposition(text);
  for (const line of [
    'xylen_feed_messages_total{venue="kraken-spot"} 130',
    'xylen_feed_messages_total{venue="coinbase"} 9',
    'xylen_feed_outages{venue="coinbase"} 1',
    'xylen_feed_books_stale{venue="kraken-spot"} 1',
    'xylen_feed_lag_p99_seconds{venue="kraken-spot",stream="book"} 0.3',
    'xylen_recorder_records_total 310',
    'xylen_recorder_log_bytes 5000',
    'xylen_recorder_held_back 1',
  ])
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
});

test('promtool has nothing to say of a recorder', { skip: WITHOUT_PROMTOOL }, async () => {
  const metrics = new RecorderMetrics();
  metrics.set(RECORDER, [venue('kraken-spot', 100)]);
  assertPromtool(await metrics.text());
});
