/**
 * What an answer of Kraken means. HTTP 200 comes with most errors: the list `error` counts (`E...` errors, `W...` warnings). Errors of the service and of its
 * databases say nothing about a change that was under way (orders have come to life after them), so a change is then unknown; so it is after every status
 * from 500 on, and after whatever cannot be read.
 */
import { type EpochUs, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { type HttpAnswer, retryAfterUs } from '#net';
import {
  cleanText,
  type EntryCall,
  type EntryJudge,
  type EntryVerdict,
  ReplyDoc,
} from '../../entry/index.ts';
import { rejectCodeOf } from './reject-codes.ts';
import { VENUE } from './signed-calls.ts';

/** Name of the call that asks for one order: that there is none is an answer to it. */
export const ORDER_QUESTION = 'order';
/** Name of the call that ends an order: a count of none means that it was ended already. */
export const CANCEL = 'cancel';

const OK = 200;
const TIMEOUT = 408;
const TOO_MANY = 429;
/** How long to keep quiet after an exceeded counter: it falls by one every one to three seconds. */
const PAUSE_US = 15 * US_PER_SECOND;
const LOCKOUT_US = 15 * US_PER_MINUTE;
/** Errors after which nobody knows whether a change was done; a mode of the market is a refusal. */
export const LOST_ERROR =
  /^EService:(?!Market )|^EDatabase:|^ETrade:|internal error|deadline elapsed|time(d)? ?out|^EGeneral:Unknown error/i;
/** Errors that say that an order is not there. */
const NO_ORDER = /unknown order|invalid order\b|order not found/i;

/** Returns a judge whose messages have none of `secrets`. */
export function judgeOf(secrets: readonly string[]): EntryJudge {
  return (call, answer, nowUs) => {
    const errors = errorsOf(answer)?.map((text) => cleanText(text, secrets));
    const error = errors?.find((text) => !text.startsWith('W'));
    const message = `HTTP ${answer.status}${error === undefined ? '' : ` ${error}`}`;
    if (answer.status === TOO_MANY) return limitedBy(answer, message, nowUs);
    if (
      answer.status >= 500 ||
      answer.status === TIMEOUT ||
      (error === undefined && !isReadable(answer, errors))
    )
      return lost(call, message);
    if (error !== undefined) return judgeError(call, error, message, nowUs);
    if (answer.status !== OK)
      return { kind: 'refused', code: 'other', venueCode: String(answer.status), message };
    return isEmptyCancel(call, answer)
      ? { kind: 'refused', code: 'unknown_order', venueCode: 'count', message: 'no order was ended' }
      : { kind: 'good' };
  };
}

/** Answers without a list of errors are not Kraken's; below 500, a page that refuses the request at the door did nothing. */
function isReadable({ status }: HttpAnswer, errors: readonly string[] | undefined): boolean {
  return errors !== undefined || (status >= 400 && status < 500);
}

function lost(call: EntryCall<unknown>, message: string): EntryVerdict {
  return { kind: call.effect === 'change' ? 'unknown' : 'unavailable', message };
}

function judgeError(call: EntryCall<unknown>, error: string, message: string, nowUs: EpochUs): EntryVerdict {
  const throttledUntil = /Throttled: *(\d{1,11})\b/i.exec(error)?.[1];
  if (throttledUntil !== undefined) {
    const untilUs = Number(throttledUntil) * US_PER_SECOND;
    const isSoon = untilUs > nowUs && untilUs <= nowUs + LOCKOUT_US;
    return { kind: 'limited', untilUs: isSoon ? untilUs : nowUs + PAUSE_US, isBan: false, message };
  }
  if (/lockout/i.test(error)) return { kind: 'limited', untilUs: nowUs + LOCKOUT_US, isBan: true, message };
  if (/rate limit exceeded|too many requests|throttled/i.test(error))
    return { kind: 'limited', untilUs: nowUs + PAUSE_US, isBan: false, message };
  // Another request with a larger nonce came first; the next try has a larger one.
  if (/invalid nonce/i.test(error)) return { kind: 'unavailable', message };
  if (LOST_ERROR.test(error)) return lost(call, message);
  if (call.name === ORDER_QUESTION && NO_ORDER.test(error)) return { kind: 'good' };
  return { kind: 'refused', code: rejectCodeOf(error), venueCode: error, message };
}

function limitedBy({ headers }: HttpAnswer, message: string, nowUs: EpochUs): EntryVerdict {
  const untilUs = retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs + PAUSE_US;
  return { kind: 'limited', untilUs, isBan: false, message };
}

function errorsOf({ body }: HttpAnswer): readonly string[] | undefined {
  try {
    return ReplyDoc.parse(body, VENUE, 'answer')
      .at('error')
      .items()
      .map((error) => error.text());
  } catch {
    // Whoever answered, it was not Kraken: the status alone decides.
    return undefined;
  }
}

function isEmptyCancel(call: EntryCall<unknown>, { body }: HttpAnswer): boolean {
  if (call.name !== CANCEL) return false;
  try {
    return ReplyDoc.parse(body, VENUE, call.name).at('result').at('count').integer() === 0;
  } catch {
    // A reply without a count is refused when it is parsed.
    return false;
  }
}
