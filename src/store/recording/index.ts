/** Door of `store/recording`: the form of recorded events, their way from the log into the archive, and what a recorder knows of itself. */
export {
  ARCHIVE_CONSUMER,
  ARCHIVE_WRITER_DEFAULTS,
  ArchiveWriter,
  type ArchiveWriterOptions,
  type ArchiveWriterParts,
  type ArchiveWriterStats,
} from './archive-writer.ts';
export { EventDecoder } from './event-decoder.ts';
export { type BookColumns, EventEncoder, type LevelColumns } from './event-encoder.ts';
export { HourTally, STREAM_INDEX, TALLY_PART_US } from './hour-tally.ts';
export {
  RECORD_CODES,
  RECORD_VERSION,
  type RecordedInstrument,
  type RecordKind,
  TOPIC_OF_KIND,
} from './record-form.ts';
export { StreamCoverage, streamKey } from './stream-coverage.ts';
