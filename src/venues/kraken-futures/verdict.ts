/** What an answer of Kraken futures means: errors come with HTTP 200 too, as `{"result": "error", "error": "apiLimitExceeded"}`. */
import { type EpochUs, US_PER_SECOND } from '#core';
import { type HttpAnswer, retryAfterUs } from '#net';
import { bytesOf, FrameFault, JsonCursor, quoteOf, type RestVerdict } from '#venues/market';

const RESULT = bytesOf('result');
const ERROR = bytesOf('error');
const TOO_MANY_REQUESTS = 429;
/** The venue's budget is counted over ten seconds. */
const BUDGET_WINDOW_US = 10 * US_PER_SECOND;
/** Errors that pass. */
const PASSING = /unavailable|server ?error|internal|timeout|maintenance/i;

/** Judges an answer before its body is used. */
export function judge(answer: HttpAnswer, nowUs: EpochUs): RestVerdict {
  const { status, headers, body } = answer;
  const message = `HTTP ${status}: ${quoteOf(body)}`;
  if (status === TOO_MANY_REQUESTS) {
    return {
      kind: 'limited',
      untilUs: retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs + BUDGET_WINDOW_US,
      message,
    };
  }
  const error = errorIn(body);
  if (typeof error === 'string') return judgeError(error, nowUs);
  if (status >= 400 && status < 500) return { kind: 'refused', message };
  if (status !== 200 || error === undefined) return { kind: 'unavailable', message };
  return { kind: 'good' };
}

function judgeError(error: string, nowUs: EpochUs): RestVerdict {
  if (/limit ?exceeded/i.test(error)) {
    return { kind: 'limited', untilUs: nowUs + BUDGET_WINDOW_US, message: error };
  }
  return { kind: PASSING.test(error) ? 'unavailable' : 'refused', message: error };
}

/** Returns the error that a body states, `null` when it states none, `undefined` when it is no object: then it is the page of a gateway. */
function errorIn(body: Uint8Array): string | null | undefined {
  const cursor = new JsonCursor();
  try {
    cursor.load(body);
    return readError(cursor);
  } catch (cause) {
    if (cause instanceof FrameFault) return undefined;
    throw cause;
  }
}

function readError(cursor: JsonCursor): string | null {
  let result = '';
  let error: string | null = null;
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(RESULT) && cursor.isString) result = cursor.stringText();
    else if (cursor.textIs(ERROR) && cursor.isString) error = cursor.stringText();
    else cursor.skip();
  }
  return result === 'error' ? (error ?? 'error without a reason') : null;
}
