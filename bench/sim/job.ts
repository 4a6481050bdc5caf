/** What passes between the section `sim`, the processes that do its work and the peers: a job as JSON, a report as one line of JSON. */
import { z } from 'zod';

/** The works; each runs in a process of its own, so that its memory is its own. */
export const jobForm = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('depth-file'),
    path: z.string(),
    impact: z.enum(['off', 'consume', 'square_root']),
    /** Runs before it is timed. */
    warmUps: z.number(),
    /** Timed runs; 0 = one run without anything before it, the file played as it is read. */
    repeats: z.number(),
  }),
  z.object({
    kind: z.literal('depth-day'),
    eventCount: z.number(),
    stepMeanUs: z.number(),
    seed: z.number(),
  }),
  z.object({
    kind: z.literal('bars'),
    count: z.number(),
    warmUps: z.number(),
    repeats: z.number(),
    seed: z.number(),
  }),
  z.object({
    kind: z.literal('ticks'),
    count: z.number(),
    warmUps: z.number(),
    repeats: z.number(),
    seed: z.number(),
  }),
]);

/** One piece of work. */
export type Job = z.infer<typeof jobForm>;

/** What a process says of its work. */
export const reportForm = z.object({
  name: z.string(),
  version: z.string(),
  /** Fastest timed run. */
  seconds: z.number(),
  /** Least processor time of a timed run, all threads of the process. */
  cpuSeconds: z.number(),
  /** Largest resident memory of the process, 10^6 bytes. */
  rssMb: z.number(),
  result: z.record(z.string(), z.union([z.string(), z.number()])),
});

export type Report = z.infer<typeof reportForm>;
