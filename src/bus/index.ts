/** Door of `bus`: the port of the event log. Implementations have doors of their own (`#bus/memory`, `#bus/embedded`). */
export {
  type AppendOutcome,
  type DamagedStretch,
  type EventLog,
  isConsumerName,
  LOG_OPTIONS_DEFAULT,
  type LogOptions,
  type LogSource,
  type LogStats,
  RECORD_BYTES_MAX,
  type ReadLimits,
  type RecordBatch,
  type TopicOffsets,
  type TopicReader,
  type TopicStats,
} from './event-log.ts';
export { parseTopic, TOPICS, type Topic } from './topics.ts';
