/**
 * What Kraken says about the conversation: answers to requests (v2 `method`, v1 `event`) and the state of the system. Channels are named as in v2;
 * candles by their length too (`ohlc-5`), because one pair may have several.
 */
import { bytesOf, type ControlMessage, FrameFault, type JsonCursor } from '#venues/market';

const METHOD = bytesOf('method');
const EVENT = bytesOf('event');
const SUCCESS = bytesOf('success');
const STATUS = bytesOf('status');
const SYSTEM = bytesOf('system');

/** Members that are read as text, by their name in either version. */
const TEXTS = [
  'error',
  'errorMessage',
  'Error',
  'req_id',
  'reqid',
  'symbol',
  'pair',
  'channel',
  'name',
  'interval',
].map((name) => ({ name, word: bytesOf(name) }));
/** Objects whose members count as those of the answer. */
const NESTED = [bytesOf('result'), bytesOf('subscription')];

/** An answer, flat. */
interface Answer {
  verb: string;
  isSuccess: boolean;
  status: string;
  readonly texts: Map<string, string>;
}

/** Reads the answer at the cursor, and adds what it means to `controls`; answers to requests that this program never sends mean nothing. */
export function controlOfAnswer(cursor: JsonCursor, controls: ControlMessage[]): void {
  const answer: Answer = { verb: '', isSuccess: true, status: '', texts: new Map() };
  readMembers(cursor, answer, 0);
  const control = meaningOf(answer);
  if (control !== undefined) controls.push(control);
}

/** Reads an entry of the status channel. */
export function controlOfStatus(cursor: JsonCursor, controls: ControlMessage[]): void {
  let system = '';
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (cursor.textIs(SYSTEM)) system = cursor.stringText();
    else cursor.skip();
  }
  if (system === '') throw new FrameFault(`expected 'system' before ${cursor.at}`, cursor.at);
  controls.push(meaningOfSystem(system));
}

/** `cancel_only`, `limit_only` and `post_only` restrict orders; data go on. */
function meaningOfSystem(system: string): ControlMessage {
  if (system === 'maintenance') return { kind: 'going-away', message: 'system status: maintenance' };
  return { kind: 'welcome', pingIntervalUs: null };
}

function readMembers(cursor: JsonCursor, answer: Answer, depth: number): void {
  cursor.beginObject();
  while (cursor.nextKey()) {
    if (depth === 0 && NESTED.some((word) => cursor.textIs(word)) && readNested(cursor, answer)) continue;
    if (cursor.textIs(METHOD) || cursor.textIs(EVENT)) answer.verb = cursor.stringText();
    else if (cursor.textIs(SUCCESS)) answer.isSuccess = cursor.readBoolean();
    else if (cursor.textIs(STATUS) && cursor.isString) answer.status = cursor.stringText();
    else readText(cursor, answer);
  }
}

function readNested(cursor: JsonCursor, answer: Answer): boolean {
  if (!cursor.isObject) return false;
  readMembers(cursor, answer, 1);
  return true;
}

function readText(cursor: JsonCursor, answer: Answer): void {
  const known = TEXTS.find(({ word }) => cursor.textIs(word));
  const first = cursor.peek();
  const isScalar = first === 0x22 || first === 0x2d || (first >= 0x30 && first <= 0x39);
  if (known !== undefined && isScalar) answer.texts.set(known.name, cursor.scalarText());
  else cursor.skip();
}

function meaningOf(answer: Answer): ControlMessage | undefined {
  const { verb, status, texts } = answer;
  const message = texts.get('error') ?? texts.get('errorMessage') ?? texts.get('Error');
  if (verb === 'pong') return { kind: 'pong' };
  if (verb === 'heartbeat') return { kind: 'heartbeat' };
  if (verb === 'systemStatus') return meaningOfSystem(status);
  if (verb === 'subscribe' && answer.isSuccess) return subscriptionOf('subscribed', texts);
  if (verb === 'unsubscribe' && answer.isSuccess) return subscriptionOf('unsubscribed', texts);
  if (verb === 'subscriptionStatus' && (status === 'subscribed' || status === 'unsubscribed')) {
    return subscriptionOf(status, texts);
  }
  // A failed request of another kind is not about a subscription.
  const isAboutSubscriptions =
    verb === 'subscribe' || verb === 'subscriptionStatus' || verb === 'error' || verb === '';
  if (!isAboutSubscriptions) return undefined;
  return {
    kind: 'refused',
    id: texts.get('req_id') ?? texts.get('reqid') ?? null,
    channel: channelOf(texts) ?? null,
    symbol: texts.get('symbol') ?? texts.get('pair') ?? null,
    message: message ?? 'refused without a reason',
  };
}

function subscriptionOf(
  kind: 'subscribed' | 'unsubscribed',
  texts: ReadonlyMap<string, string>,
): ControlMessage | undefined {
  const channel = channelOf(texts);
  if (channel === undefined) return undefined;
  return { kind, channel, symbol: texts.get('symbol') ?? texts.get('pair') ?? null };
}

function channelOf(texts: ReadonlyMap<string, string>): string | undefined {
  const channel = texts.get('channel') ?? texts.get('name');
  const interval = texts.get('interval');
  return channel === 'ohlc' && interval !== undefined ? `ohlc-${interval}` : channel;
}
