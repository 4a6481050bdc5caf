/** The metrics of a recorder: what comes from each venue, how late, what is missing, and how log and archive stand. It counts what it is told. */
import { Counter, Gauge, Registry } from 'prom-client';

/** One venue at a moment; counts since the recorder was started. */
export interface VenueGauges {
  readonly venue: string;
  readonly messages: number;
  readonly bytes: number;
  readonly events: number;
  readonly losses: number;
  readonly outages: number;
  readonly resyncs: number;
  readonly checksumFailures: number;
  readonly books: number;
  readonly booksStale: number;
  readonly duplicates: number;
  readonly lags: readonly {
    readonly stream: string;
    readonly p50Seconds: number;
    readonly p99Seconds: number;
  }[];
}

/** Log, archive and process at a moment. */
export interface RecorderGauges {
  readonly logBytes: number;
  readonly logBytesMax: number;
  readonly recordsTaken: number;
  readonly recordsRefused: number;
  readonly archiveBytes: number;
  readonly archiveParts: number;
  readonly isHeldBack: boolean;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
}

const VENUE_METRICS = [
  ['messages', 'xylen_feed_messages_total', 'Messages received from the venue.'],
  ['bytes', 'xylen_feed_bytes_total', 'Bytes of messages received from the venue.'],
  ['events', 'xylen_feed_events_total', 'Events read from the messages.'],
  ['losses', 'xylen_feed_losses_total', 'Losses written to the gap ledger.'],
  ['outages', 'xylen_feed_outages', 'Streams of which something is missing at the moment.'],
  ['resyncs', 'xylen_feed_resyncs_total', 'Books that were synchronised anew after a loss.'],
  [
    'checksumFailures',
    'xylen_feed_checksum_failures_total',
    'Books that did not have the checksum of the venue.',
  ],
  ['books', 'xylen_feed_books', 'Books that are kept.'],
  ['booksStale', 'xylen_feed_books_stale', 'Books that are not to be used at the moment.'],
  ['duplicates', 'xylen_feed_duplicates_total', 'Prints that came twice and were passed over.'],
] as const;

const RECORDER_METRICS = [
  ['logBytes', 'xylen_recorder_log_bytes', 'Bytes in the event log.'],
  ['logBytesMax', 'xylen_recorder_log_bytes_max', 'Bytes at which recording waits.'],
  ['recordsTaken', 'xylen_recorder_records_total', 'Records taken into the log.'],
  [
    'recordsRefused',
    'xylen_recorder_refused_total',
    'Records that the log did not take because it was full.',
  ],
  ['archiveBytes', 'xylen_recorder_archive_bytes_total', 'Bytes written to the archive.'],
  ['archiveParts', 'xylen_recorder_archive_parts_total', 'Parts written to the archive.'],
  ['rssBytes', 'xylen_process_resident_memory_bytes', 'Memory of the process.'],
  ['heapUsedBytes', 'xylen_process_heap_used_bytes', 'Heap of the process in use.'],
] as const;

const LAG_METRICS = [
  ['p50Seconds', 'xylen_feed_lag_p50_seconds', 'the median'],
  ['p99Seconds', 'xylen_feed_lag_p99_seconds', 'the 99th percentile'],
] as const;

/** Metrics of one recorder. Its counts are told whole and only rise: those are counters, the others gauges. */
export class RecorderMetrics {
  readonly #registry = new Registry();
  readonly #venue = new Map(
    VENUE_METRICS.map(([key, name, help]) => [key, metricOf(name, help, ['venue'], this.#registry)]),
  );
  readonly #recorder = new Map(
    RECORDER_METRICS.map(([key, name, help]) => [key, metricOf(name, help, [], this.#registry)]),
  );
  readonly #lags = new Map(
    LAG_METRICS.map(([key, name, quantile]) => {
      const help = `Time from the venue to this program in the last minute, by stream: ${quantile}.`;
      return [key, new Gauge({ name, help, labelNames: ['venue', 'stream'], registers: [this.#registry] })];
    }),
  );
  readonly #heldBack = new Gauge({
    name: 'xylen_recorder_held_back',
    help: '1 while feeds are stopped because the log is full.',
    registers: [this.#registry],
  });

  /** Takes the state of a moment. */
  set(recorder: RecorderGauges, venues: readonly VenueGauges[]): void {
    for (const metric of [...this.#recorder.values(), ...this.#venue.values()])
      if (metric instanceof Counter) metric.reset();
    for (const [key] of RECORDER_METRICS) tell(this.#recorder.get(key), {}, recorder[key]);
    this.#heldBack.set(recorder.isHeldBack ? 1 : 0);
    for (const gauges of venues) {
      const { lags, venue } = gauges;
      for (const [key] of VENUE_METRICS) tell(this.#venue.get(key), { venue }, gauges[key]);
      for (const lag of lags) {
        for (const [key] of LAG_METRICS) this.#lags.get(key)?.set({ venue, stream: lag.stream }, lag[key]);
      }
    }
  }

  /** Returns the text of the exposition format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }
}

function metricOf(
  name: string,
  help: string,
  labelNames: readonly 'venue'[],
  registry: Registry,
): Counter<'venue'> | Gauge<'venue'> {
  const settings = { name, help, labelNames: [...labelNames], registers: [registry] };
  return name.endsWith('_total') ? new Counter(settings) : new Gauge(settings);
}

function tell(
  metric: Counter<'venue'> | Gauge<'venue'> | undefined,
  labels: { readonly venue?: string },
  value: number,
): void {
  // Counters were put back to 0 before.
  if (metric instanceof Counter) metric.inc(labels, value);
  else metric?.set(labels, value);
}
