/**
 * What an answer of KuCoin means. Its numbers are not the same in all of its systems, and some are used for several faults: where a number says one thing it
 * decides, else the words do.
 */
import { type EpochUs, US_PER_MS, US_PER_SECOND, XylenError } from '#core';
import type { VenueId, VenueRejectCode } from '#domain';
import { type HttpAnswer, retryAfterUs } from '#net';
import { type EntryCall, type EntryVerdict, type LimitUsage, ReplyDoc } from '../../entry/index.ts';
import { isGood } from './reply.ts';

const LIMITED = '429000';
const CLOCK = '400002';
/** Faults of the server behind which a change may have been done. */
const SERVER_FAULTS = new Set(['500000', '230005', '100002', '503000']);
/** The pools are filled anew every 30 s. */
const POOL_WINDOW_US = 30 * US_PER_SECOND;
/** Cloudflare, in front of the venue, bans an address for a while. */
const GATEWAY_BAN = /error code: 1015/;
const GATEWAY_BAN_US = 60 * US_PER_SECOND;
/** Characters of the venue's words in a message. */
const WORDS_MAX = 160;

/** Numbers that mean one thing. */
const BY_CODE: ReadonlyMap<string, VenueRejectCode> = new Map<string, VenueRejectCode>([
  ['102426', 'duplicate_client_order_id'],
  ['200004', 'insufficient_margin'],
  ['102421', 'insufficient_margin'],
  ['300003', 'insufficient_margin'],
  ['102427', 'too_many_orders'],
  ['200003', 'too_many_orders'],
  ['102434', 'quantity_filter'],
  ['102435', 'quantity_filter'],
  ['300001', 'quantity_filter'],
  ['300010', 'quantity_filter'],
  ['102429', 'price_filter'],
  ['300011', 'price_filter'],
  ['300009', 'reduce_only'],
  ['300014', 'reduce_only'],
  ['102436', 'unknown_order'],
  ['200001', 'maintenance'],
  ['200002', 'maintenance'],
  ['400600', 'maintenance'],
  ['600203', 'maintenance'],
]);

/** What words mean, the narrower first. */
const BY_WORDS: readonly (readonly [RegExp, VenueRejectCode])[] = [
  [/client.?o?id.*(exist|duplicat|repeat|used)|duplicat\w* (client|order)/i, 'duplicate_client_order_id'],
  [/order.{0,12}not.{0,3}(exist|found)|order.{0,20}(cannot|can.t|not.allow).{0,10}cancel/i, 'unknown_order'],
  [/post.?only/i, 'post_only_would_take'],
  [/reduce.?only|no (open )?positions? to close/i, 'reduce_only'],
  [/trigger\w* immediately/i, 'would_trigger_immediately'],
  [/insufficient|not enough|balance/i, 'insufficient_margin'],
  [/leverage|risk limit|max\w* (open|position)/i, 'leverage'],
  [/too many|(number|amount) of (\w+ )?orders/i, 'too_many_orders'],
  [/order funds|funds should|min\w* (order )?(value|amount|notional)/i, 'min_notional'],
  [/price increment/i, 'price_filter'],
  [/size|quantity|increment|order unit/i, 'quantity_filter'],
  [/price/i, 'price_filter'],
  [/suspend|maintenance|not (currently )?trading|trading (is )?(off|disabled|closed)/i, 'maintenance'],
];

/** What a setting that is as wanted already is answered with. */
const NOTHING_TO_DO = /no need|not need|same as|unchanged|already (in|set)/i;
const SETTINGS = ['leverage', 'margin-mode', 'position-mode'];

/** A refusal in numbers and words. */
interface Refusal {
  readonly code: string;
  readonly words: string;
}

/** Returns our word for a refusal. */
export function refusalOf({ code, words }: Refusal): VenueRejectCode {
  return BY_CODE.get(code) ?? BY_WORDS.find(([pattern]) => pattern.test(words))?.[1] ?? 'other';
}

/** True for the answer to a question for an order that the venue never saw, or has forgotten. */
export function isOrderMissing(answer: ReplyDoc): boolean {
  return refusalOf(refusalIn(answer)) === 'unknown_order';
}

/** Returns number and words of an answer or of an item of a batch. */
export function refusalIn(answer: ReplyDoc): Refusal {
  return { code: answer.at('code').textOr(''), words: answer.at('msg').textOr('').slice(0, WORDS_MAX) };
}

/** Judges an answer. */
export function judge(
  venue: VenueId,
  call: EntryCall<unknown>,
  answer: HttpAnswer,
  nowUs: EpochUs,
): EntryVerdict {
  try {
    const doc = ReplyDoc.parse(answer.body, venue, call.name);
    const refusal = refusalIn(doc);
    if (refusal.code !== '') return judgeCode(call, answer, doc, refusal, nowUs);
  } catch (error) {
    // No document of this venue: the page of a gateway, or a text that was cut.
    if (!(error instanceof XylenError)) throw error;
  }
  return judgePage(call, answer, nowUs);
}

function judgeCode(
  call: EntryCall<unknown>,
  answer: HttpAnswer,
  doc: ReplyDoc,
  refusal: Refusal,
  nowUs: EpochUs,
): EntryVerdict {
  const { code, words } = refusal;
  const message = words === '' ? code : `${code}: ${words}`;
  if (answer.status === 429 || code === LIMITED) return limited(answer, nowUs, message);
  if (isGood(code)) return answer.status < 300 ? judgeGood(call, doc) : passing(call, message);
  if (code === CLOCK) return { kind: 'clock', message };
  if (answer.status >= 500 || SERVER_FAULTS.has(code)) return passing(call, message);
  const ours = refusalOf(refusal);
  // The question is answered by that: there is no such order.
  if (call.name === 'order' && ours === 'unknown_order') return { kind: 'good' };
  if (SETTINGS.includes(call.name) && NOTHING_TO_DO.test(words)) return { kind: 'nothing-to-do', message };
  return { kind: 'refused', code: ours, venueCode: code, message };
}

/** A cancel that ended nothing came too late. */
function judgeGood(call: EntryCall<unknown>, doc: ReplyDoc): EntryVerdict {
  if (call.name !== 'cancel') return { kind: 'good' };
  const data = doc.at('data');
  if (!data.isThere || data.isList) return { kind: 'good' };
  const ended = data.at('cancelledOrderIds');
  if (!ended.isList || ended.items().length > 0) return { kind: 'good' };
  return { kind: 'refused', code: 'unknown_order', venueCode: '', message: 'no order was cancelled' };
}

function judgePage(call: EntryCall<unknown>, answer: HttpAnswer, nowUs: EpochUs): EntryVerdict {
  const { body, headers, status } = answer;
  const message = `HTTP ${status} without a readable answer`;
  if (GATEWAY_BAN.test(new TextDecoder().decode(body.subarray(0, 4_096)))) {
    const untilUs = retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs + GATEWAY_BAN_US;
    return { kind: 'limited', untilUs, isBan: true, message };
  }
  if (status === 429) return limited(answer, nowUs, message);
  if (status >= 400 && status < 500 && status !== 408) {
    return { kind: 'refused', code: 'other', venueCode: String(status), message };
  }
  return passing(call, message);
}

/** A fault that passes: a change may have been done before it, a question can be asked again. */
function passing(call: EntryCall<unknown>, message: string): EntryVerdict {
  return { kind: call.effect === 'change' ? 'unknown' : 'unavailable', message };
}

function limited({ headers }: HttpAnswer, nowUs: EpochUs, message: string): EntryVerdict {
  const reset = countIn(headers['gw-ratelimit-reset']);
  const untilUs =
    reset !== undefined
      ? nowUs + reset * US_PER_MS
      : (retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs + POOL_WINDOW_US);
  return { kind: 'limited', untilUs, isBan: false, message };
}

/**
 * Returns how much of the pool of orders is used. The headers name no pool: those that are smaller than it are of another one. An account of a higher tier has
 * a larger pool, of which the same share counts as used.
 */
export function usageOf({ headers }: HttpAnswer, name: string, amount: number): readonly LimitUsage[] {
  const limit = countIn(headers['gw-ratelimit-limit']);
  const remaining = countIn(headers['gw-ratelimit-remaining']);
  if (limit === undefined || remaining === undefined || limit < amount || remaining > limit) return [];
  return [{ name, used: Math.ceil((amount * (limit - remaining)) / limit) }];
}

function countIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}
