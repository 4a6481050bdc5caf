/**
 * The door for whoever runs the exchange: `/xylen/...`, with a token that only its start has told. Faults are told, listed and taken back here. It
 * is no part of the venue's protocol, and without a token there is no such door.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type EpochUs, messageOf, XylenError } from '#core';
import type { ServedAnswer, ServedRequest } from '#net';
import type { FaultBoard, ToldFault } from './fault-board.ts';
import { readFaults } from './fault-form.ts';
import { scenarioFaults } from './fault-scenarios.ts';

/** Where it is. */
export const ADMIN_PATH = '/xylen/';

const BODY_LENGTH_MAX = 100_000;
const HTTP_FORBIDDEN = 403;
const HTTP_MISSING = 404;
const HTTP_WRONG = 400;

/** What it says of the exchange. */
export interface ExchangeState {
  readonly market: string;
  readonly isEnded: boolean;
  readonly nowMs: number;
}

/** Answers whoever has the token. */
export class AdminDesk {
  readonly #token: Buffer;
  readonly #faults: FaultBoard;
  readonly #stateOf: () => ExchangeState;

  constructor(token: string, faults: FaultBoard, stateOf: () => ExchangeState) {
    this.#token = digestOf(token);
    this.#faults = faults;
    this.#stateOf = stateOf;
  }

  /** Answers a request whose path begins with `ADMIN_PATH`. */
  onRequest({ body, headers, method, path, query }: ServedRequest, nowUs: EpochUs): ServedAnswer {
    if (!timingSafeEqual(digestOf(headers['x-xylen-token'] ?? ''), this.#token))
      return reply(HTTP_FORBIDDEN, { message: 'expected the token of this exchange in X-Xylen-Token' });
    if (path === `${ADMIN_PATH}state` && method === 'GET') return reply(200, { ...this.#stateOf() });
    if (path !== `${ADMIN_PATH}faults`)
      return reply(HTTP_MISSING, { message: `${method} ${path}: no such thing` });
    switch (method) {
      case 'GET':
        return reply(200, { faults: this.#faults.all.map(formOf) });
      case 'POST':
        return this.#tell(body, nowUs);
      case 'DELETE': {
        const id = new URLSearchParams(query).get('id');
        return reply(200, { removed: this.#faults.remove(id === null ? null : Number(id)) });
      }
      default:
        return reply(HTTP_MISSING, { message: `expected GET, POST or DELETE, found ${method}` });
    }
  }

  #tell(body: string, nowUs: EpochUs): ServedAnswer {
    try {
      return reply(200, { ids: this.#faults.add(faultsOf(body), nowUs) });
    } catch (error) {
      if (!(error instanceof XylenError)) throw error;
      return reply(HTTP_WRONG, { message: messageOf(error) });
    }
  }
}

/** Faults in JSON, or the name of a scenario in JSON. @throws XY_USAGE. */
function faultsOf(body: string): ReturnType<typeof readFaults> {
  if (body.length > BODY_LENGTH_MAX)
    throw new XylenError('XY_USAGE', `expected at most ${BODY_LENGTH_MAX} characters`);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new XylenError('XY_USAGE', 'faults: expected JSON', { cause });
  }
  return typeof value === 'string' ? scenarioFaults(value) : readFaults(value);
}

function formOf({ fault, id, strikes }: ToldFault): object {
  const { accountIx, ...rest } = fault;
  return { id, strikes, account: accountIx === -1 ? null : accountIx + 1, ...rest };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function reply(status: number, body: object): ServedAnswer {
  const headers = { 'Content-Type': 'application/json', 'X-Xylen-Simulated': 'true' };
  return { status, headers, body: JSON.stringify(body), delayUs: 0 };
}
