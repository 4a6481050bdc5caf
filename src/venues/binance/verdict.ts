/** What an answer of Binance's REST interface means before its body is used. */
import { type EpochUs, US_PER_DAY, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import type { HttpAnswer } from '#net';
import { quoteOf, type RestVerdict } from '../market/index.ts';

const OK = 200;
const TIMEOUT = 408;
const FIREWALL = 403;
const BANNED = 418;
const TOO_MANY = 429;
/** Codes of the body: disconnected, unexpected answer or time-out behind the door, too busy, shutting down. */
const UNAVAILABLE_CODES = [-1000, -1001, -1006, -1007, -1008, -1016];
const LIMITED_CODES = [-1003, -1015];
/** Pauses where the venue names none: limits count by the minute, the shortest ban is two minutes, the firewall's is about five. */
const PAUSE_US = US_PER_MINUTE;
const BAN_US = 2 * US_PER_MINUTE;
const FIREWALL_US = 5 * US_PER_MINUTE;
/** An error is a line; what is longer is a page of something else. */
const READ_BYTES_MAX = 2_000;
/** The longest ban that the venue publishes; whatever names a later moment is not believed. */
const PAUSE_US_MAX = 3 * US_PER_DAY;

/** Judges an answer. A ban names its end in the body (`banned until 1600000000000`), in milliseconds; the later of it and `Retry-After` counts. */
export function judgeAnswer(answer: HttpAnswer, nowUs: EpochUs): RestVerdict {
  const { status } = answer;
  if (status === OK) return { kind: 'good' };
  const message = `HTTP ${status} ${quoteOf(answer.body)}`.trim();
  const body = new TextDecoder().decode(answer.body.subarray(0, READ_BYTES_MAX));
  const code = Number(/"code"\s*:\s*(-?\d{1,6})\b/.exec(body)?.[1] ?? 0);
  if (status === TOO_MANY || status === BANNED || status === FIREWALL || LIMITED_CODES.includes(code)) {
    return { kind: 'limited', untilUs: pauseEndUs(answer, body, nowUs), message };
  }
  const isUnavailable = status >= 500 || status === TIMEOUT || UNAVAILABLE_CODES.includes(code);
  return { kind: isUnavailable ? 'unavailable' : 'refused', message };
}

function pauseEndUs(answer: HttpAnswer, body: string, nowUs: EpochUs): EpochUs {
  const { headers, status } = answer;
  const retryAfter = /^\d{1,9}$/.exec(headers['retry-after'] ?? '')?.[0];
  const bannedUntil = /banned until (\d{13})\b/.exec(body)?.[1];
  const named = Math.max(
    retryAfter === undefined ? 0 : nowUs + Number(retryAfter) * US_PER_SECOND,
    bannedUntil === undefined ? 0 : Number(bannedUntil) * US_PER_MS,
  );
  const unnamed = nowUs + (status === BANNED ? BAN_US : status === FIREWALL ? FIREWALL_US : PAUSE_US);
  return Math.min(named > nowUs ? named : unnamed, nowUs + PAUSE_US_MAX);
}
