/**
 * Reporter for `node --test`, used by `tools/test-run.ts`: prints what failed and nothing of what passed, and leaves the counts as
 * JSON in the file named by `XYLEN_TEST_COUNTS`. It counts as failed what Node only remarks on: an error thrown after its test ended.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { EventData } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** What a run of `node --test` came to. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
  readonly slow: readonly SlowTest[];
}

/** A test that takes long enough to be felt in the daily loop. */
export interface SlowTest {
  readonly file: string;
  readonly name: string;
  readonly seconds: number;
}

/** A test that did not run, and why. */
export interface SkippedTest {
  readonly file: string;
  readonly name: string;
  readonly reason: string;
}

/** Node reports this, as a remark, when a timer or promise left behind by a test throws later. */
const LATE_ERROR = /generated asynchronous activity after the test ended/;

const SLOW_MS = 1_000;

/** Turns the events of a run into text and, at the end, into the file of counts. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const skipped: SkippedTest[] = [];
  const slow: SlowTest[] = [];
  let lateErrors = 0;
  let passed = 0;
  let failed = 0;
  for await (const event of events) {
    if (event.type === 'test:pass' && isSlow(event.data)) slow.push(slowTest(event.data));
    if (event.type === 'test:stdout' || event.type === 'test:stderr') yield event.data.message;
    else if (event.type === 'test:fail') yield failureText(event.data);
    else if (event.type === 'test:pass' && event.data.skip !== undefined)
      skipped.push(skippedTest(event.data));
    else if (event.type === 'test:diagnostic' && LATE_ERROR.test(event.data.message)) {
      lateErrors++;
      yield `\nFAILED late: ${event.data.message}\n`;
    } else if (event.type === 'test:summary' && event.data.file === undefined) {
      passed = event.data.counts.passed;
      failed = event.data.counts.tests - passed - event.data.counts.skipped - event.data.counts.todo;
    }
  }
  const counts: TestCounts = { passed, failed: failed + lateErrors, skipped, slow };
  const target = process.env.XYLEN_TEST_COUNTS;
  if (target !== undefined) writeFileSync(target, JSON.stringify(counts));
}

function placeText(file: string | undefined, line: number | undefined): string {
  return file === undefined ? '' : `${relative(process.cwd(), file)}:${line ?? 1}`;
}

function failureText(test: EventData.TestFail): string {
  // A suite fails because a test in it did, and that one has been printed.
  const { error, type } = test.details;
  if (type === 'suite' && /subtests? failed/.test(error.message)) return '';
  const cause: unknown = error.cause ?? error;
  const text = cause instanceof Error && cause.stack !== undefined ? cause.stack : inspect(cause);
  return `\nFAILED ${test.name}  (${placeText(test.file, test.line)})\n${indent(text)}\n`;
}

function isSlow(test: EventData.TestPass): boolean {
  return test.details.type === 'test' && test.details.duration_ms > SLOW_MS;
}

function slowTest(test: EventData.TestPass): SlowTest {
  return { file: placeText(test.file, test.line), name: test.name, seconds: test.details.duration_ms / 1000 };
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

function skippedTest(test: EventData.TestPass): SkippedTest {
  const reason = typeof test.skip === 'string' && test.skip !== '' ? test.skip : 'no reason given';
  return { file: placeText(test.file, test.line), name: test.name, reason };
}
