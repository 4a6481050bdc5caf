/** The adapter of the made-up exchange: as much of the port as the desk's own tests need; everything else is refused as unsupported. */
import { type EpochUs, US_PER_SECOND } from '#core';
import type { VenueRejectCode } from '#domain';
import type { HttpAnswer } from '#net';
import { retryAfterUs } from '#net';
import {
  type EntryAdapter,
  type EntryCall,
  type EntryPriority,
  type EntryVerdict,
  type PrivateDialogue,
  type PrivatePlan,
  type PrivateStep,
  ReplyDoc,
} from '../../entry/index.ts';
import { FAKE_EXCHANGE, FAKE_LIMIT } from './fake-exchange.ts';

const REST = `https://${FAKE_EXCHANGE}`;
/** Time between two prolongations of a ticket. */
export const KEEP_ALIVE_US = 30 * 60 * US_PER_SECOND;
/** Age at which a connection is replaced. */
export const LIFE_US = 6 * 3_600 * US_PER_SECOND;

const textOf = (body: Uint8Array): string => ReplyDoc.parse(body, 'binance-usdm', 'fake').text();

/** Returns a call of the made-up exchange. */
export function fakeCall<T>(
  name: string,
  {
    id = '',
    method = 'GET',
    priority = 'query' as EntryPriority,
    text = '',
  }: {
    id?: string;
    text?: string;
    method?: 'GET' | 'POST' | 'PUT';
    priority?: EntryPriority;
  },
  parse: (doc: ReplyDoc) => T,
): EntryCall<T> {
  return {
    name,
    priority,
    effect: method === 'GET' ? 'read' : 'change',
    costs: [{ limit: 'requests', amount: 1 }],
    request: ({ venueUs }) => ({
      method,
      url: `${REST}/${name}?id=${id}&at=${venueUs}&text=${encodeURIComponent(text)}`,
      headers: {},
      body: null,
    }),
    parse: (body) => parse(ReplyDoc.parse(body, 'binance-usdm', name)),
  };
}

/** Places an order of that id. */
export const placeCall = (id: string, priority: EntryPriority = 'order'): EntryCall<string> =>
  fakeCall('order', { id, method: 'POST', priority }, (doc) => doc.text());
/** Asks whether there is an order of that id. */
export const askCall = (id: string): EntryCall<boolean> =>
  fakeCall('order', { id }, (doc) => doc.text() === 'known');
/** Ends an order. */
export const cancelCall = (id: string): EntryCall<void> =>
  fakeCall('cancel', { id, method: 'POST', priority: 'cancel' }, () => undefined);

const CODES: Readonly<Record<string, VenueRejectCode>> = {
  duplicate: 'duplicate_client_order_id',
  absent: 'unknown_order',
};

function judge(call: EntryCall<unknown>, answer: HttpAnswer, nowUs: EpochUs): EntryVerdict {
  const message = answer.status === 200 ? '' : textOf(answer.body);
  if (answer.status === 200) return { kind: 'good' };
  if (answer.status === 429 || answer.status === 418) {
    const untilUs = retryAfterUs(answer.headers['retry-after'] ?? '', nowUs) ?? nowUs;
    return { kind: 'limited', untilUs, isBan: answer.status === 418, message };
  }
  if (answer.status === 503) return { kind: 'unavailable', message };
  if (answer.status === 500) return { kind: 'unknown', message };
  if (message === 'clock') return { kind: 'clock', message };
  const code = CODES[message] ?? 'other';
  return { kind: 'refused', code, venueCode: call.name, message };
}

class FakeDialogue implements PrivateDialogue {
  readonly ping = { everyUs: 10 * US_PER_SECOND, text: () => 'ping' };

  onOpen(): PrivateStep {
    return { send: ['hello'], isReady: false, refusal: null };
  }

  onMessage(
    bytes: Uint8Array,
    _stamp: unknown,
    sink: Parameters<PrivateDialogue['onMessage']>[2],
  ): PrivateStep {
    const text = new TextDecoder().decode(bytes);
    if (text === 'expired') sink.onStreamEnd('the ticket has expired');
    else if (text.startsWith('note ')) sink.onNotice(text.slice(5));
    else if (text !== 'ready' && text !== 'pong') ReplyDoc.parse(bytes, 'binance-usdm', 'message');
    return { send: [], isReady: text === 'ready', refusal: null };
  }
}

const STREAM: PrivatePlan = {
  ticket: fakeCall('ticket', { method: 'POST' }, (doc) => doc.text()),
  url: (ticket, connectId) => `wss://${FAKE_EXCHANGE}/private?ticket=${ticket}&connect=${connectId}`,
  keepAlive: {
    everyUs: KEEP_ALIVE_US,
    call: (ticket) => fakeCall('ticket', { id: ticket, method: 'PUT' }, () => undefined),
  },
  lifeUs: LIFE_US,
  open: () => new FakeDialogue(),
};

function never(): never {
  throw new Error('the made-up exchange has no such call');
}

/** The adapter. */
export const FAKE_ADAPTER: EntryAdapter = {
  venue: 'binance-usdm',
  limits: [{ name: 'requests', amount: FAKE_LIMIT, windowUs: US_PER_SECOND }],
  judge,
  usage: () => [],
  serverTime: () => fakeCall('time', {}, (doc) => doc.integer()),
  unsupported: () => 'nothing is supported',
  place: never,
  placeBatchMax: 0,
  placeBatch: () => null,
  amend: () => null,
  cancel: never,
  cancelAll: () => [],
  deadMan: () => null,
  openOrders: () => [],
  order: never,
  fills: never,
  balances: never,
  positions: () => null,
  setLeverage: () => null,
  setMarginMode: () => null,
  setPositionMode: () => null,
  keyRights: () => null,
  stream: STREAM,
};
