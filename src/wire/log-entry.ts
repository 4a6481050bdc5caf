/** A line of the log. */
import { text, tsUs, z } from './schema.ts';

/** Something that happened to the program or to the run. */
export const logEntrySchema = z.object({
  /** Rises by one with each line of this server. */
  seq: z.int(),
  /** The run's own clock for events of the run, the wall clock for lines of the program. */
  tsUs,
  clock: z.enum(['run', 'wall']),
  level: z.enum(['debug', 'info', 'warning', 'error', 'critical']),
  event: z.string(),
  text,
});
export type LogEntry = z.infer<typeof logEntrySchema>;
