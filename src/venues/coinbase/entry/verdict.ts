/**
 * What an answer of Coinbase means. A new order, an edit and a cancel are refused with HTTP 200 and `success: false`; everything else is refused by status, with the
 * reason in a body. After a status from 500 on, or a timeout, nobody knows whether a change was done. The venue gives a repeated client order id its first order
 * again, so that what is asked for twice is not done twice.
 */
import { type EpochUs, US_PER_SECOND } from '#core';
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
/** Names of the calls whose answers say `success`. */
export const PLACE = 'place';
export const AMEND = 'amend';
export const CANCEL = 'cancel';
/** A cancel of an order whose venue id is not known: it asks for something harmless, and is always "not now". */
export const CANCEL_UNNAMED = 'cancel-unnamed';

const OK = 200;
const UNAUTHORIZED = 401;
const NOT_FOUND = 404;
const TIMEOUT = 408;
const TOO_MANY = 429;
/** Words that stand where no reason is given. */
const NO_REASON = /^(UNKNOWN_(PREVIEW_|CANCEL_|EDIT_ORDER_)?FAILURE_REASON|UNKNOWN_CANCEL_FAILURE_REASON|)$/;

type Refused = EntryVerdict & { readonly kind: 'refused' };

/** Returns a judge whose messages have none of `secrets`. */
export function judgeOf(secrets: readonly string[]): EntryJudge {
  return (call, answer, nowUs) => {
    const reply = replyOf(answer);
    if (answer.status === OK) return judgeGood(call, reply, secrets);
    const reason = reply === undefined ? '' : reasonIn(reply);
    const message = cleanText(`HTTP ${answer.status} ${reason}`, secrets);
    return judgeStatus(call, answer, reply, cleanText(reason, secrets), message, nowUs);
  };
}

function judgeStatus(
  call: EntryCall<unknown>,
  answer: HttpAnswer,
  reply: ReplyDoc | undefined,
  reason: string,
  message: string,
  nowUs: EpochUs,
): EntryVerdict {
  const { headers, status } = answer;
  if (status === TOO_MANY) {
    const untilUs = retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs + US_PER_SECOND;
    return { kind: 'limited', untilUs, isBan: false, message };
  }
  if (status < 400 || status >= 500 || status === TIMEOUT)
    return { kind: call.effect === 'change' ? 'unknown' : 'unavailable', message };
  if (status === UNAUTHORIZED && /expired|not (yet )?(valid|active)|\b(nbf|exp)\b|clock/i.test(reason))
    return { kind: 'clock', message };
  if (status === NOT_FOUND && call.name === ORDER_QUESTION && reply !== undefined) return { kind: 'good' };
  return {
    kind: 'refused',
    code: rejectCodeOf(reason.toUpperCase()),
    venueCode: reason || String(status),
    message,
  };
}

/** What cannot be read is good here: its parsing says what is wrong with it. */
function judgeGood(
  call: EntryCall<unknown>,
  reply: ReplyDoc | undefined,
  secrets: readonly string[],
): EntryVerdict {
  if (call.name === CANCEL_UNNAMED)
    return {
      kind: 'unavailable',
      message: 'the id of the order is not known yet, and it cancels by no other',
    };
  if (reply === undefined) return { kind: 'good' };
  try {
    if (call.name === PLACE || call.name === AMEND) return judgeSuccess(reply, secrets);
    return call.name === CANCEL ? judgeCancel(reply, secrets) : { kind: 'good' };
  } catch {
    // Not of the documented form: refused when it is parsed.
    return { kind: 'good' };
  }
}

function judgeSuccess(reply: ReplyDoc, secrets: readonly string[]): EntryVerdict {
  if (reply.at('success').flag()) return { kind: 'good' };
  return refusalOf(reply, secrets);
}

/** Returns the refusal in a reply without success: the most telling of its reasons, with what it says about it. */
function refusalOf(reply: ReplyDoc, secrets: readonly string[]): Refused {
  const places = [reply.at('error_response'), ...listed(reply.at('errors')), reply];
  const words = places
    .filter((place) => place.isThere)
    .flatMap((place) =>
      REASON_MEMBERS.map((name) => place.at(name).textOr('')).filter((word) => !NO_REASON.test(word)),
    );
  const known = words.find((word) => rejectCodeOf(word) !== 'other') ?? words[0] ?? 'UNKNOWN_FAILURE_REASON';
  const details = places
    .filter((place) => place.isThere)
    .flatMap((place) => ['message', 'error_details'].map((name) => place.at(name).textOr('')))
    .filter((text) => text !== '');
  const venueCode = cleanText(known, secrets);
  const message = cleanText([known, ...new Set(details)].join(': '), secrets);
  return { kind: 'refused', code: rejectCodeOf(known), venueCode, message };
}

const REASON_MEMBERS = [
  'error',
  'new_order_failure_reason',
  'preview_failure_reason',
  'edit_order_failure_reason',
  'edit_failure_reason',
  'failure_reason',
];

/** Errors of an edit come as a list, or as one. */
function listed(errors: ReplyDoc): readonly ReplyDoc[] {
  if (!errors.isThere) return [];
  return errors.isList ? errors.items() : [errors];
}

/** The one result of a cancel. */
function judgeCancel(reply: ReplyDoc, secrets: readonly string[]): EntryVerdict {
  const [result] = reply.at('results').items();
  if (result === undefined || result.at('success').flag()) return { kind: 'good' };
  const reason = cleanText(result.at('failure_reason').textOr(''), secrets);
  const message = `the cancel was refused: ${reason}`;
  if (reason === 'DUPLICATE_CANCEL_REQUEST') return { kind: 'nothing-to-do', message };
  return { kind: 'refused', code: rejectCodeOf(reason), venueCode: reason, message };
}

function replyOf({ body }: HttpAnswer): ReplyDoc | undefined {
  try {
    return ReplyDoc.parse(body, VENUE, 'answer');
  } catch {
    // A page of a gateway: the status alone decides.
    return undefined;
  }
}

/** `{"error","message",...}` or `{"errors":[{"id","message"}]}`; whatever else it is has no reason that could be read. */
function reasonIn(reply: ReplyDoc): string {
  try {
    const [first] = listed(reply.at('errors'));
    const place = first ?? reply;
    const words = ['id', 'error', 'error_details', 'message'].map((name) => place.at(name).textOr(''));
    return [...new Set(words.filter((word) => word !== ''))].join(': ');
  } catch {
    return '';
  }
}
