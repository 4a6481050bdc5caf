/** What passes between `xylen bench` and the process that does a section's work: plain data, one line of JSON. */
import { z } from 'zod';

/** One measured number beside its aim. */
const figureForm = z.object({
  work: z.string().min(1),
  /** `null` where this machine lacks what the work needs; `note` then says what. */
  value: z.number().nullable(),
  unit: z.string(),
  /** What must be reached, and where it stands in the design, as text; empty = none is stated. */
  aim: z.string(),
  /** True when the aim of today is met; `null` when there is none. */
  isMet: z.boolean().nullable(),
  note: z.string(),
});

/** The result of a section. */
export const sectionForm = z.object({
  name: z.string(),
  figures: z.array(figureForm),
  /** SHA-256 of what was computed: equal on every machine for equal sizes. */
  resultHash: z.string(),
});

export type BenchFigure = z.infer<typeof figureForm>;
export type BenchSection = z.infer<typeof sectionForm>;

/** The sections in the order of the table; each runs in a process of its own. */
export const BENCH_SECTIONS = [
  'engine',
  'year',
  'record',
  'risk',
  'features',
  'sim',
  'boosting',
  'portfolio',
  'ensemble',
  'market',
  'exchange',
] as const;

export type BenchSectionName = (typeof BENCH_SECTIONS)[number];
