/**
 * What an answer of Kraken futures means. Refusals come with HTTP 200: as `result: error`, and as `result: success` with a status that is not the hoped-for
 * one. A status is a refusal when it is a documented one, or when nothing in the answer says that an order came of it; else it is unknown.
 */
import { type EpochUs, US_PER_SECOND, XylenError } from '#core';
import type { VenueRejectCode } from '#domain';
import { type HttpAnswer, retryAfterUs } from '#net';
import { type EntryCall, type EntryVerdict, ReplyDoc } from '../../entry/index.ts';

const VENUE = 'kraken-futures';
const TOO_MANY_REQUESTS = 429;
/** The budget fills up within ten seconds; asking earlier costs nothing, and a cancel should not wait for all of them. */
const LIMITED_WAIT_US = 2 * US_PER_SECOND;
/** Characters of the venue's words in a message. */
const WORDS_MAX = 120;

/** Refusals of orders, edits and cancels, in our words. */
const REFUSALS: ReadonlyMap<string, VenueRejectCode> = new Map<string, VenueRejectCode>([
  ['insufficientAvailableFunds', 'insufficient_margin'],
  ['insufficientFunds', 'insufficient_margin'],
  ['wouldCauseLiquidation', 'insufficient_margin'],
  ['invalidPrice', 'price_filter'],
  ['outsidePriceCollar', 'price_filter'],
  ['wouldIncreasePriceDislocation', 'price_filter'],
  ['invalidSize', 'quantity_filter'],
  ['tooManySmallOrders', 'too_many_orders'],
  ['tooManyOrders', 'too_many_orders'],
  ['maxPositionViolation', 'leverage'],
  ['fixedLeverageTooHigh', 'leverage'],
  ['clientOrderIdAlreadyExist', 'duplicate_client_order_id'],
  ['postWouldExecute', 'post_only_would_take'],
  ['iocWouldNotExecute', 'no_liquidity'],
  ['fokWouldNotExecute', 'fok_unfilled'],
  ['selfFill', 'self_trade'],
  ['wouldNotReducePosition', 'reduce_only'],
  ['marketSuspended', 'maintenance'],
  ['marketInactive', 'maintenance'],
  ['marketUnavailable', 'maintenance'],
  ['marketIsPostOnly', 'maintenance'],
  ['notFound', 'unknown_order'],
  ['filled', 'unknown_order'],
  ['orderForEditNotFound', 'unknown_order'],
  ['wouldProcessAfterSpecifiedTime', 'other'],
  ['invalidOrderType', 'other'],
  ['invalidSide', 'other'],
  ['clientOrderIdInvalid', 'other'],
  ['clientOrderIdTooBig', 'other'],
  ['clientOrderIdTooLong', 'other'],
  ['orderForEditNotAStop', 'other'],
  ['cannotEditTriggerPriceOfTrailingStop', 'other'],
  ['cannotEditLimitPriceOfTrailingStop', 'other'],
]);

/** Statuses of a new order that the venue took. */
export const PLACED: readonly string[] = ['placed', 'partiallyFilled', 'filled'];

/** Where the calls that change orders say what came of them, and the words that mean it was done. */
const OUTCOMES: Readonly<Record<string, { readonly at: string; readonly done: readonly string[] }>> = {
  place: { at: 'sendStatus', done: PLACED },
  amend: { at: 'editStatus', done: ['edited'] },
  cancel: { at: 'cancelStatus', done: ['cancelled'] },
  'cancel-all': { at: 'cancelStatus', done: ['cancelled', 'noOrdersToCancel'] },
};

/** Events of a reply that say that an order lives or lived. */
const SIGNS_OF_LIFE = ['PLACE', 'EXECUTION', 'EDIT'];

/** Returns our word for a status of an order, an edit or a cancel. */
export function refusalOf(status: string): VenueRejectCode {
  return REFUSALS.get(status) ?? 'other';
}

/** Returns what became of one instruction: done, refused, or nothing that can be said. */
export function outcomeOf(status: ReplyDoc, done: readonly string[]): 'done' | 'refused' | 'unknown' {
  const word = status.at('status').text();
  if (done.includes(word)) return 'done';
  if (REFUSALS.has(word)) return 'refused';
  return isAlive(status) ? 'unknown' : 'refused';
}

/** Judges an answer. */
export function judge(call: EntryCall<unknown>, answer: HttpAnswer, nowUs: EpochUs): EntryVerdict {
  const { body, headers, status } = answer;
  const untilUs = retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs + LIMITED_WAIT_US;
  if (status === TOO_MANY_REQUESTS) {
    return { kind: 'limited', untilUs, isBan: false, message: `HTTP ${status}` };
  }
  try {
    const doc = ReplyDoc.parse(body, VENUE, call.name);
    const result = doc.at('result');
    if (result.isThere && result.text() === 'error') {
      return judgeError(call, errorWords(doc), status, untilUs);
    }
    if (status === 200) return judgeSuccess(call, doc);
  } catch (error) {
    // No document of this venue: the page of a gateway, or a text that was cut.
    if (!(error instanceof XylenError)) throw error;
  }
  return judgeUnread(call, status);
}

function judgeUnread(call: EntryCall<unknown>, status: number): EntryVerdict {
  const message = `HTTP ${status} without a readable answer`;
  if (status >= 400 && status < 500 && status !== 408) {
    return { kind: 'refused', code: 'other', venueCode: String(status), message };
  }
  return passing(call, message);
}

/** A fault that passes: a change may have been done before it, a question can be asked again. */
function passing(call: EntryCall<unknown>, message: string): EntryVerdict {
  return { kind: call.effect === 'change' ? 'unknown' : 'unavailable', message };
}

function judgeError(call: EntryCall<unknown>, words: string, status: number, untilUs: EpochUs): EntryVerdict {
  if (/limit ?exceeded/i.test(words)) return { kind: 'limited', untilUs, isBan: false, message: words };
  // Another try has another nonce.
  if (/^nonce/i.test(words)) return { kind: 'unavailable', message: words };
  if (words === 'Unavailable') return { kind: 'unavailable', message: words };
  if (status >= 500 || /server ?error|unknown ?error|internal|timeout/i.test(words)) {
    return passing(call, words);
  }
  return { kind: 'refused', code: refusalOf(words), venueCode: words, message: words };
}

function judgeSuccess(call: EntryCall<unknown>, doc: ReplyDoc): EntryVerdict {
  const outcome = OUTCOMES[call.name];
  if (outcome === undefined) return { kind: 'good' };
  const status = doc.at(outcome.at);
  const word = status.at('status').text().slice(0, WORDS_MAX);
  switch (outcomeOf(status, outcome.done)) {
    case 'done':
      return { kind: 'good' };
    case 'refused':
      return { kind: 'refused', code: refusalOf(word), venueCode: word, message: word };
    case 'unknown':
      return { kind: 'unknown', message: `status ${word}` };
  }
}

function isAlive(status: ReplyDoc): boolean {
  const events = status.at('orderEvents');
  if (!events.isThere) return false;
  return events.items().some((event) => SIGNS_OF_LIFE.includes(event.at('type').text()));
}

function errorWords(doc: ReplyDoc): string {
  const error = doc.at('error');
  const errors = doc.at('errors');
  const words = error.isThere ? error.text() : errors.isThere && errors.isList ? 'several errors' : '';
  return (words === '' ? 'error without a reason' : words).slice(0, WORDS_MAX);
}
