/** The answers that faults give instead of the exchange's own: statuses, codes and words as the venue has them. */
import { type EpochUs, US_PER_MS, US_PER_SECOND } from '#core';
import type { ServedAnswer } from '#net';
import type { InsteadFault } from './fault-board.ts';

interface AnswerParts {
  readonly status: number;
  readonly code: number;
  readonly msg: string;
  readonly retryAfterS?: number;
}

/** What is told to wait where nobody knows when it is over. */
const PAUSE_S = 10;
const UNKNOWN = 'Unknown error, please check your request or try again later.';
const TIMEOUT =
  'Timeout waiting for response from backend server. Send status unknown; execution status unknown.';

/** Returns the answer that takes the place of the exchange's own; `headers` are what that would have had. */
export function answerOf(
  fault: InsteadFault,
  overUs: EpochUs | null,
  nowUs: EpochUs,
  headers: Readonly<Record<string, string>>,
): ServedAnswer | 'no-answer' {
  if (fault.kind === 'no-answer') return 'no-answer';
  const parts = partsOf(fault, overUs ?? nowUs + PAUSE_S * US_PER_SECOND, nowUs);
  const { code, msg, retryAfterS, status } = parts;
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      'X-Xylen-Simulated': 'true',
      'X-Xylen-Fault': fault.kind,
      ...headers,
      ...(retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) }),
    },
    body: JSON.stringify({ code, msg }),
    delayUs: 0,
  };
}

function partsOf(
  fault: Exclude<InsteadFault, { kind: 'no-answer' }>,
  overUs: EpochUs,
  nowUs: EpochUs,
): AnswerParts {
  const retryAfterS = Math.max(1, Math.ceil((overUs - nowUs) / US_PER_SECOND));
  switch (fault.kind) {
    case 'error': {
      const [code, msg] = fault.status === 408 ? [-1007, TIMEOUT] : [-1000, UNKNOWN];
      return { status: fault.status, code: fault.code ?? code, msg: fault.msg ?? msg };
    }
    case 'reject':
      return { status: 400, code: fault.code, msg: fault.msg ?? 'NEW_ORDER_REJECTED' };
    case 'too-many':
      return { status: 429, code: -1003, msg: 'Too many requests; please slow down.', retryAfterS };
    case 'ban': {
      const until = Math.ceil(overUs / US_PER_MS);
      const msg = `Way too many requests; IP(127.0.0.1) banned until ${until}. Please use the websocket for live updates to avoid bans.`;
      return { status: 418, code: -1003, msg, retryAfterS };
    }
    case 'maintenance':
      return { status: 503, code: -1016, msg: 'This service is no longer available.' };
  }
}
