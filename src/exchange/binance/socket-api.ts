/**
 * The WebSocket API: the same calls as by requests, a JSON message each, on `/ws-fapi/v1`. A socket may log on once with an Ed25519 or RSA key and then call without key
 * and signature. What it answers comes from the front desk; here are only the messages. Bounded: the length of a message and what waits for a client are the server's bounds.
 */
import type { EpochUs } from '#core';
import type { ServedAnswer, ServerSocket, SocketReceiver } from '#net';
import { type ApiRefusal, isRefusal, refuse, refuseWith } from './api-refusal.ts';
import type { ApiRequest } from './api-request.ts';
import { msOf } from './market-forms.ts';

/** Where it is. */
export const SOCKET_API_PATH = '/ws-fapi/v1';

/** Who a socket speaks for. */
interface Session {
  readonly connectedUs: EpochUs;
  logon: { readonly accountIx: number; readonly apiKey: string; readonly sinceUs: EpochUs } | null;
}

/** What a WebSocket API works with. */
export interface SocketApiParts {
  readonly nowUs: () => EpochUs;
  /** Carries a call out; `sessionIx` is the account of a socket that has logged on, `null` = key and signature are in the call. */
  readonly serve: (request: ApiRequest, sessionIx: number | null) => ServedAnswer | 'no-answer';
  /** Checks key, time and signature of a call that wants to log on; returns the account. */
  readonly logOn: (request: ApiRequest) => number | ApiRefusal;
}

/** Methods, and the requests that are the same. */
const REQUESTS: Readonly<Record<string, readonly [method: string, path: string]>> = {
  ping: ['GET', '/fapi/v1/ping'],
  time: ['GET', '/fapi/v1/time'],
  depth: ['GET', '/fapi/v1/depth'],
  'ticker.price': ['GET', '/fapi/v2/ticker/price'],
  'ticker.book': ['GET', '/fapi/v1/ticker/bookTicker'],
  'order.place': ['POST', '/fapi/v1/order'],
  'order.modify': ['PUT', '/fapi/v1/order'],
  'order.cancel': ['DELETE', '/fapi/v1/order'],
  'order.status': ['GET', '/fapi/v1/order'],
  'algoOrder.place': ['POST', '/fapi/v1/algoOrder'],
  'algoOrder.cancel': ['DELETE', '/fapi/v1/algoOrder'],
  'account.balance': ['GET', '/fapi/v2/balance'],
  'v2/account.balance': ['GET', '/fapi/v3/balance'],
  'account.status': ['GET', '/fapi/v2/account'],
  'v2/account.status': ['GET', '/fapi/v3/account'],
  'account.position': ['GET', '/fapi/v2/positionRisk'],
  'v2/account.position': ['GET', '/fapi/v3/positionRisk'],
  'userDataStream.start': ['POST', '/fapi/v1/listenKey'],
  'userDataStream.ping': ['PUT', '/fapi/v1/listenKey'],
  'userDataStream.stop': ['DELETE', '/fapi/v1/listenKey'],
};

const PARAMS_MAX = 64;

/** Takes sockets and answers their calls. */
export class SocketApi {
  readonly #parts: SocketApiParts;

  constructor(parts: SocketApiParts) {
    this.#parts = parts;
  }

  /** Takes in a socket. */
  open(socket: ServerSocket): SocketReceiver {
    const session: Session = { connectedUs: this.#parts.nowUs(), logon: null };
    return {
      onMessage: (text) => {
        const answer = this.#onMessage(session, text);
        if (answer !== null) socket.send(answer);
      },
      onPing: () => undefined,
      onEnd: () => undefined,
    };
  }

  /** Returns the answer to a message; `null` = none is given. */
  #onMessage(session: Session, text: string): string | null {
    const message = readMessage(text);
    if (isRefusal(message)) return replyText(null, message.status, { error: errorOf(message) });
    const { id, method, params } = message;
    if (method.startsWith('session.')) {
      const answer = this.#onSession(session, method, params);
      return isRefusal(answer)
        ? replyText(id, answer.status, { error: errorOf(answer) })
        : replyText(id, 200, { result: answer });
    }
    const [verb, path] = REQUESTS[method] ?? [];
    if (verb === undefined || path === undefined) {
      const refusal = refuse('-1020');
      return replyText(id, refusal.status, { error: errorOf(refusal) });
    }
    const served = this.#parts.serve(requestOf(verb, path, params), session.logon?.accountIx ?? null);
    return served === 'no-answer' ? null : wrapped(id, served);
  }

  #onSession(session: Session, method: string, params: ReadonlyMap<string, string>): object | ApiRefusal {
    if (method === 'session.logon') {
      const request = requestOf('GET', SOCKET_API_PATH, params);
      const accountIx = this.#parts.logOn(request);
      if (isRefusal(accountIx)) return accountIx;
      session.logon = { accountIx, apiKey: request.apiKey, sinceUs: this.#parts.nowUs() };
    } else if (method === 'session.logout') session.logon = null;
    else if (method !== 'session.status') return refuse('-1020');
    const { connectedUs, logon } = session;
    return {
      apiKey: logon?.apiKey ?? null,
      authorizedSince: logon === null ? null : msOf(logon.sinceUs),
      connectedSince: msOf(connectedUs),
      returnRateLimits: true,
      serverTime: msOf(this.#parts.nowUs()),
    };
  }
}

interface Message {
  readonly id: string | number | null;
  readonly method: string;
  readonly params: ReadonlyMap<string, string>;
}

/** Reads a message; values are taken as they are written in JSON, since the signature covers them so. */
function readMessage(text: string): Message | ApiRefusal {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return refuseWith('-1135', 'Invalid JSON Request');
  const { id = null, method, params = {} } = value as Readonly<Record<string, unknown>>;
  const isId = id === null || typeof id === 'string' || Number.isSafeInteger(id);
  if (!isId || typeof method !== 'string') return refuseWith('-1135', 'Invalid JSON Request');
  if (typeof params !== 'object' || params === null || Array.isArray(params))
    return refuseWith('-1135', 'Invalid JSON Request');
  const entries = Object.entries(params as Readonly<Record<string, unknown>>);
  if (entries.length > PARAMS_MAX) return refuseWith('-1101', `Too many parameters; at most ${PARAMS_MAX}.`);
  const isPlain = ([, one]: readonly [string, unknown]): boolean =>
    typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean';
  const odd = entries.find((entry) => !isPlain(entry));
  if (odd !== undefined) return refuse('-1102', odd[0].slice(0, 100));
  return {
    id: id as Message['id'],
    method,
    params: new Map(entries.map(([name, one]) => [name, String(one)])),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is answered as such.
    return null;
  }
}

/** The signature covers all other parameters in the order of their names. */
function requestOf(method: string, path: string, params: ReadonlyMap<string, string>): ApiRequest {
  const rest = new Map(params);
  rest.delete('signature');
  const signedText = [...rest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const apiKey = rest.get('apiKey') ?? '';
  rest.delete('apiKey');
  return { method, path, params: rest, signedText, signature: params.get('signature') ?? null, apiKey };
}

function errorOf({ code, msg }: ApiRefusal): object {
  return { code, msg };
}

function replyText(id: Message['id'], status: number, body: object): string {
  return JSON.stringify({ id, status, ...body });
}

/** Wraps what a request would have been answered; its body is JSON already. */
function wrapped(id: Message['id'], { body, headers, status }: ServedAnswer): string {
  const name = status === 200 ? 'result' : 'error';
  const limits = JSON.stringify(limitsOf(headers));
  return `{"id":${JSON.stringify(id)},"status":${status},"${name}":${body},"rateLimits":${limits}}`;
}

/** What was used, as the headers of an answer tell it. */
function limitsOf(headers: Readonly<Record<string, string>>): object[] {
  const rows = [
    ['X-MBX-USED-WEIGHT-1M', 'REQUEST_WEIGHT', 'MINUTE', 1],
    ['X-MBX-ORDER-COUNT-10S', 'ORDERS', 'SECOND', 10],
    ['X-MBX-ORDER-COUNT-1M', 'ORDERS', 'MINUTE', 1],
  ] as const;
  return rows.flatMap(([header, rateLimitType, interval, intervalNum]) => {
    const count = headers[header];
    return count === undefined ? [] : [{ rateLimitType, interval, intervalNum, count: Number(count) }];
  });
}
