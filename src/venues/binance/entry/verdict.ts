/**
 * What an answer of Binance's private REST interface means. The code of the body says more than the status, and success has a code too (200, as a
 * number or a text). What cannot be read is never taken for "was not done": on a change it is unknown.
 */
import { type EpochUs, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import { type HttpAnswer, RETRY_AFTER_US_MAX, retryAfterUs } from '#net';
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
/** Code of an order that the venue never saw or has forgotten. */
export const NO_SUCH_ORDER = -2013;

const OK = 200;
const TIMEOUT = 408;
const FIREWALL = 403;
const BANNED = 418;
const TOO_MANY = 429;
const LIMITED_CODES = [-1003, -1015];
/** Busy: "not processed, try again" also when the status is 503. */
const BUSY = -1008;
const SHUTTING_DOWN = -1016;
/** Unknown fault, disconnected, strange or late answer from behind the door. */
const LOST_CODES = [-1000, -1001, -1006, -1007];
/** Outside of `recvWindow`, at the door or at the matching engine. */
const CLOCK_CODES = [-1021, -5028];
/** Margin type, position mode, asset mode, order: as wanted already. */
const NOTHING_TO_DO_CODES = [-4046, -4059, -4171, -5027];
/** Pauses where the venue names none: it counts by the minute or ten seconds, the shortest ban is two minutes, the firewall's about five. */
const PAUSE_US = US_PER_MINUTE;
const PAUSE_10S_US = 10 * US_PER_SECOND;
const BAN_US = 2 * US_PER_MINUTE;
const FIREWALL_US = 5 * US_PER_MINUTE;
/** Faults are a line; good answers that may be one are short objects. */
const FAULT_BYTES_MAX = 4_096;
const OPENING_BRACE = 0x7b;

/** A fault as the venue words it. */
export interface VenueFault {
  readonly code: number;
  readonly message: string;
}

/** True for codes after which nobody knows whether it was done. */
export function isLostCode(code: number): boolean {
  return LOST_CODES.includes(code);
}

/** Returns the fault of a reply or of an item of one; `null` when it has no negative code. @throws XY_VENUE_REPLY for a code that is no number */
export function faultOf(doc: ReplyDoc): VenueFault | null {
  const codeDoc = doc.at('code');
  if (!codeDoc.isThere) return null;
  const code = codeDoc.integer();
  return code < 0 ? { code, message: doc.at('msg').textOr('') } : null;
}

/** Returns a judge whose messages have none of `secrets`. */
export function judgeOf(secrets: readonly string[]): EntryJudge {
  return (call, answer, nowUs) => {
    const fault = faultOfAnswer(answer);
    if (answer.status === OK && fault === null) return { kind: 'good' };
    const text = fault === null ? '' : ` ${fault.code} ${fault.message}`;
    return judgeFault(call, answer, fault, cleanText(`HTTP ${answer.status}${text}`, secrets), nowUs);
  };
}

function judgeFault(
  call: EntryCall<unknown>,
  answer: HttpAnswer,
  fault: VenueFault | null,
  message: string,
  nowUs: EpochUs,
): EntryVerdict {
  const { status } = answer;
  if (isLimited(status, fault)) return limited(answer, fault, message, nowUs);
  if (fault?.code === BUSY) return { kind: 'unavailable', message };
  if (fault === null || status === TIMEOUT || status >= 500 || isLostCode(fault.code)) {
    return { kind: call.effect === 'change' ? 'unknown' : 'unavailable', message };
  }
  const { code } = fault;
  if (code === NO_SUCH_ORDER && call.name === ORDER_QUESTION) return { kind: 'good' };
  if (CLOCK_CODES.includes(code)) return { kind: 'clock', message };
  if (NOTHING_TO_DO_CODES.includes(code)) return { kind: 'nothing-to-do', message };
  if (code === SHUTTING_DOWN) return { kind: 'unavailable', message };
  return { kind: 'refused', code: rejectCodeOf(code, fault.message), venueCode: String(code), message };
}

/** A page of the firewall has no code; a 403 that has one comes from the venue itself. */
function isLimited(status: number, fault: VenueFault | null): boolean {
  if (status === TOO_MANY || status === BANNED) return true;
  return fault === null ? status === FIREWALL : LIMITED_CODES.includes(fault.code);
}

/** The later of `Retry-After` and the end of the ban in the text counts; a moment beyond the longest ban that the venue publishes is not believed. */
function limited(
  answer: HttpAnswer,
  fault: VenueFault | null,
  message: string,
  nowUs: EpochUs,
): EntryVerdict {
  const { status, headers } = answer;
  const bannedUntilMs = Number(/banned until (\d{13})\b/.exec(fault?.message ?? '')?.[1] ?? 0);
  const isBan = status === BANNED || bannedUntilMs > 0;
  const retryUs = retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? 0;
  const namedUs = Math.max(retryUs, bannedUntilMs * US_PER_MS);
  const untilUs = namedUs > nowUs ? namedUs : nowUs + pauseUs(status, fault, isBan);
  return { kind: 'limited', untilUs: Math.min(untilUs, nowUs + RETRY_AFTER_US_MAX), isBan, message };
}

function pauseUs(status: number, fault: VenueFault | null, isBan: boolean): number {
  if (isBan) return BAN_US;
  if (status === FIREWALL) return FIREWALL_US;
  return /\bTEN_SECONDS\b/.test(fault?.message ?? '') ? PAUSE_10S_US : PAUSE_US;
}

/** A body that is no object with a code has no fault that could be read: the status alone decides then. */
function faultOfAnswer({ body }: HttpAnswer): VenueFault | null {
  if (body.length > FAULT_BYTES_MAX || body[0] !== OPENING_BRACE) return null;
  try {
    return faultOf(ReplyDoc.parse(body, VENUE, 'answer'));
  } catch {
    return null;
  }
}
