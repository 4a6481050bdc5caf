/** What the HTTP endpoints answer. `GET /api/state` answers a `hello`. */
import { WORKERS_MAX } from './limits.ts';
import { PHASES } from './run.ts';
import { count, numberOrNull, text, tsUsOrNull, z } from './schema.ts';

/** The answer of `GET /api/health` and `GET /health`; HTTP 200, or 503 when the status is `degraded`. */
export const healthSchema = z.object({
  /** `degraded` = the engine is silent although it should trade, a worker failed, or the program did. */
  status: z.enum(['ok', 'degraded']),
  /** Why it is degraded; empty when it is not. */
  problems: z.array(text),
  phase: z.enum(PHASES),
  runId: z.nullable(z.string()),
  mode: z.nullable(z.string()),
  isSynthetic: z.nullable(z.boolean()),
  version: z.string(),
  uptimeS: z.number(),
  /** Moment of the run's own clock. */
  simulatedTsUs: tsUsOrNull,
  /** Wall-clock time since the engine was last heard of. */
  lastEventAgeS: numberOrNull,
  dashboardClients: count,
  droppedMessages: count,
  workers: z
    .array(z.object({ name: z.string(), state: z.enum(['running', 'stopped', 'failed']) }))
    .check(z.maxLength(WORKERS_MAX)),
});
export type Health = z.infer<typeof healthSchema>;

/** The answer to a request that was refused or failed. */
export const httpErrorSchema = z.object({ error: z.object({ code: z.string(), message: text }) });
export type HttpError = z.infer<typeof httpErrorSchema>;
