/** The form of all answers: `{"code":"200000","data":...}`. Any other code is a refusal, also with HTTP status 200. */
import { type EpochUs, US_PER_MS, US_PER_SECOND } from '#core';
import { type HttpAnswer, retryAfterUs } from '#net';
import { FrameFault, JsonCursor, quoteOf, type RestVerdict } from '../market/index.ts';

const GOOD = '200000';
const LIMITED = '429000';
/** The pools of requests are filled anew every 30 s. */
const PAUSE_US = 30 * US_PER_SECOND;

/** Reads the data of a good answer. @throws FrameFault when the code is another one or there are no data */
export function readData<T>(cursor: JsonCursor, read: (cursor: JsonCursor) => T): T {
  let code = '';
  let dataAt = -1;
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'code') code = cursor.scalarText();
    else {
      cursor.peek();
      if (key === 'data') dataAt = cursor.at;
      cursor.skip();
    }
  }
  const endAt = cursor.at;
  if (code !== GOOD) cursor.fail(`code ${GOOD}, not '${code}', before`);
  if (dataAt < 0) cursor.fail("a member 'data' before");
  cursor.at = dataAt;
  const value = read(cursor);
  cursor.at = endAt;
  return value;
}

/** Says what an answer means. */
export function judgeAnswer(answer: HttpAnswer, nowUs: EpochUs): RestVerdict {
  const { body, headers, status } = answer;
  const code = codeOf(body);
  if (status >= 200 && status < 300 && code === GOOD) return { kind: 'good' };
  const message = `HTTP ${status}: ${quoteOf(body)}`;
  if (status === 429 || code === LIMITED) {
    const untilUs =
      resetUs(headers, nowUs) ?? retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs + PAUSE_US;
    return { kind: 'limited', untilUs, message };
  }
  // Codes from 500000 are faults of the server; an answer without a code comes from somebody in between.
  const isServerFault =
    status >= 500 || status === 408 || code.startsWith('5') || (status < 300 && code === '');
  return { kind: isServerFault ? 'unavailable' : 'refused', message };
}

function resetUs(headers: Readonly<Record<string, string>>, nowUs: EpochUs): EpochUs | undefined {
  const text = headers['gw-ratelimit-reset'];
  return text !== undefined && /^\d{1,7}$/.test(text) ? nowUs + Number(text) * US_PER_MS : undefined;
}

/** Returns the code of a body, or nothing when it is no such answer; stops at the code, which comes first. */
function codeOf(body: Uint8Array): string {
  const cursor = new JsonCursor();
  try {
    cursor.load(body);
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (cursor.text() === 'code') return cursor.scalarText();
      cursor.skip();
    }
  } catch (thrown) {
    if (!(thrown instanceof FrameFault)) throw thrown;
  }
  return '';
}
