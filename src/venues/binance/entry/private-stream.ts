/**
 * The user data stream: a listen key in the address, no word to say on the connection. One key serves all programs of an account, so it is never deleted
 * here: that would silence the others. On a path without `/private` the venue confirms and then says nothing.
 */
import { US_PER_HOUR, US_PER_MINUTE, XylenError } from '#core';
import {
  cleanText,
  type EntryCall,
  type EntryHosts,
  EntryInstruments,
  type PrivateDialogue,
  type PrivatePlan,
  type PrivateSink,
  type PrivateStep,
  ReplyDoc,
} from '../../entry/index.ts';
import { weightOf } from './limits.ts';
import { type Delivery, readEvent } from './private-events.ts';
import { type SignedCalls, VENUE } from './signed-calls.ts';

const PATH = '/fapi/v1/listenKey';
const LISTEN_KEY = /^[A-Za-z0-9_-]{8,256}$/;
/** A key lives an hour unless it is renewed. */
const KEEP_ALIVE_US = 30 * US_PER_MINUTE;
/** The venue ends connections after 24 hours. */
const LIFE_US = 23 * US_PER_HOUR;
const READY: PrivateStep = { send: [], isReady: true, refusal: null };

/** Returns the plan of the private stream. */
export function privatePlan(calls: SignedCalls, hosts: EntryHosts, secrets: readonly string[]): PrivatePlan {
  return {
    ticket: listenKeyCall(calls, 'listen-key', 'POST', readListenKey),
    url: (ticket) => `${hosts.stream}/private/ws?listenKey=${encodeURIComponent(ticket)}`,
    keepAlive: {
      everyUs: KEEP_ALIVE_US,
      call: (ticket) =>
        listenKeyCall(calls, 'keep-alive', 'PUT', (body) => {
          requireSameKey(body, ticket);
        }),
    },
    lifeUs: LIFE_US,
    open: (instruments) => new UserStream(new EntryInstruments(instruments), secrets),
  };
}

/** Asking again does no harm: the venue gives the same key and prolongs it. */
function listenKeyCall<T>(
  calls: SignedCalls,
  name: string,
  method: 'POST' | 'PUT',
  parse: (body: Uint8Array) => T,
): EntryCall<T> {
  return calls.of({
    name,
    priority: 'query',
    effect: 'read',
    costs: weightOf(1),
    method,
    path: PATH,
    params: {},
    security: 'key',
    parse,
  });
}

function readListenKey(body: Uint8Array): string {
  const key = keyIn(body);
  if (key === null || !LISTEN_KEY.test(key)) throw keyFault('a listen key');
  return key;
}

/** Older replies are empty; a reply with another key says that this connection's key is not the account's any more. */
function requireSameKey(body: Uint8Array, ticket: string): void {
  const key = keyIn(body);
  if (key !== null && key !== ticket) throw keyFault('the listen key in use, found another');
}

function keyIn(body: Uint8Array): string | null {
  try {
    const key = ReplyDoc.parse(body, VENUE, 'listen-key').at('listenKey');
    return key.isThere ? key.text() : null;
  } catch {
    // The cause may quote the key.
    throw keyFault('an object with a listen key');
  }
}

function keyFault(expected: string): XylenError {
  return new XylenError('XY_VENUE_REPLY', `${VENUE} listen-key: expected ${expected}`);
}

/** In combined form the name of the stream is the listen key, and the parser's own error may quote it. */
function parseMessage(bytes: Uint8Array): ReplyDoc {
  try {
    return ReplyDoc.parse(bytes, VENUE, 'user stream');
  } catch {
    throw new XylenError('XY_VENUE_REPLY', `${VENUE} user stream: no JSON text`);
  }
}

/** A connection of the stream. */
class UserStream implements PrivateDialogue {
  readonly ping = null;
  readonly #instruments: EntryInstruments;
  readonly #secrets: readonly string[];

  constructor(instruments: EntryInstruments, secrets: readonly string[]) {
    this.#instruments = instruments;
    this.#secrets = secrets;
  }

  onOpen(): PrivateStep {
    return READY;
  }

  onMessage(bytes: Uint8Array, _stamp: unknown, sink: PrivateSink): PrivateStep {
    const doc = parseMessage(bytes);
    const error = doc.at('error');
    if (error.isThere) return { ...READY, isReady: false, refusal: this.#refusalOf(error) };
    for (const deliver of this.#read(doc)) deliver(sink);
    return READY;
  }

  /** Messages come bare or in the wrapper of combined streams; confirmations of control messages say nothing of the account. */
  #read(doc: ReplyDoc): readonly Delivery[] {
    const data = doc.at('data');
    if (data.isThere) return readEvent(data, this.#instruments);
    return doc.at('id').isThere && !doc.at('e').isThere ? [] : readEvent(doc, this.#instruments);
  }

  #refusalOf(error: ReplyDoc): string {
    return cleanText(`${error.at('code').textOr('')} ${error.at('msg').textOr('')}`, this.#secrets);
  }
}
