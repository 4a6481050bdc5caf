/** The adapter of the simulated venue: its made-up protocol in the port's records. */
import { US_PER_MINUTE, US_PER_SECOND, XylenError } from '#core';
import type { VenueRejectCode } from '#domain';
import { type HttpAnswer, retryAfterUs } from '#net';
import type {
  EntryAdapter,
  EntryCall,
  EntryInstrument,
  EntryOrderRef,
  EntryPriority,
  EntryVerdict,
  FillRecord,
  FillsPage,
  OrderRecord,
  PositionRecord,
  PrivateDialogue,
  PrivateStep,
} from '#venues/entry';
import { REQUESTS_PER_S, type WireFill, type WireMessage, type WireOrder } from './venue-server.ts';

/** Host of the simulated network. */
export const VENUE_HOST = 'venue.test';
const REST = `https://${VENUE_HOST}`;
const TEXT = new TextDecoder();
const ATOM_DECIMALS = 8;
const NO_STEP: PrivateStep = { send: [], isReady: false, refusal: null };

interface Wish {
  readonly query?: string;
  readonly body?: unknown;
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly priority?: EntryPriority;
}

/** Reads a body. @throws XY_VENUE_REPLY */
function parsed(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(TEXT.decode(bytes));
  } catch (cause) {
    throw new XylenError('XY_VENUE_REPLY', `${what} is no JSON text`, { cause });
  }
}

function call<T>(name: string, wish: Wish, parse: (doc: unknown) => T): EntryCall<T> {
  const { body, method = 'GET', priority = 'query', query = '' } = wish;
  return {
    ...{ name, priority, effect: method === 'GET' ? 'read' : 'change' },
    costs: [{ limit: 'requests', amount: 1 }],
    request: ({ venueUs }) => ({
      method,
      url: `${REST}/${name}?${query}&at=${venueUs}`,
      headers: {},
      body: body === undefined ? null : JSON.stringify(body),
    }),
    parse: (bytes) => parse(parsed(bytes, name)),
  };
}

function judge(
  _call: EntryCall<unknown>,
  { body, headers, status }: HttpAnswer,
  nowUs: number,
): EntryVerdict {
  if (status === 200) return { kind: 'good' };
  const { code, message } = parsed(body, 'a refusal') as { message: string; code?: VenueRejectCode };
  if (status === 429 || status === 418) {
    const untilUs = retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs;
    return { kind: 'limited', untilUs, isBan: status === 418, message };
  }
  if (status === 503) return { kind: 'unavailable', message };
  if (status === 500) return { kind: 'unknown', message };
  if (message === 'clock') return { kind: 'clock', message };
  return { kind: 'refused', code: code ?? 'other', venueCode: '', message };
}

/** Reads what the venue says of the instruments that are traded. */
class Reader {
  readonly #instruments: readonly EntryInstrument[];

  constructor(instruments: readonly EntryInstrument[]) {
    this.#instruments = instruments;
  }

  order(wire: WireOrder): OrderRecord {
    return {
      instrument: this.#at(wire.ix),
      clientOrderId: wire.id,
      venueOrderId: wire.venueId,
      ...{ side: wire.side, type: wire.type, qtyLots: wire.qtyLots, filledLots: wire.filledLots },
      ...{ priceTicks: wire.priceTicks, triggerTicks: wire.triggerTicks, status: wire.status },
      ...{ reduceOnly: wire.reduceOnly, isConditional: wire.isConditional, reason: wire.reason },
      triggeredOrderId: wire.triggeredId,
      tsVenueUs: wire.atUs,
    };
  }

  fill(wire: WireFill): FillRecord {
    return {
      instrument: this.#at(wire.ix),
      ...{ execId: wire.execId, clientOrderId: wire.id, venueOrderId: wire.venueId, side: wire.side },
      ...{ priceTicks: wire.priceTicks, qtyLots: wire.qtyLots, filledLots: null },
      fee: { asset: 'USDT', units: BigInt(wire.fee), decimals: ATOM_DECIMALS },
      ...{ liquidity: wire.liquidity, forcedBy: wire.forcedBy, tsVenueUs: wire.atUs },
    };
  }

  position(ix: number, { cost, lots }: WirePosition): PositionRecord {
    const instrument = this.#at(ix);
    const entryPrice = lots === 0 ? null : averageText(BigInt(cost), BigInt(lots), instrument.priceDecimals);
    return { instrument, positionSide: 'both', qtyLots: lots, entryPrice, tsVenueUs: 0 };
  }

  message(message: WireMessage, sink: Parameters<PrivateDialogue['onMessage']>[2]): void {
    if (message.kind === 'order') sink.onOrder(this.order(message.order));
    else if (message.kind === 'fill') sink.onFill(this.fill(message.fill));
    else {
      const { amount, atUs, ix } = message.funding;
      const exact = { asset: 'USDT', units: BigInt(amount), decimals: ATOM_DECIMALS };
      sink.onFunding(this.#at(ix), exact, atUs);
    }
  }

  #at(ix: number): EntryInstrument {
    const instrument = this.#instruments[ix];
    if (instrument === undefined) throw new XylenError('XY_VENUE_REPLY', `no instrument ${ix} is traded`);
    return instrument;
  }
}

interface WirePosition {
  readonly lots: number;
  readonly cost: string;
}

/** An average price as venues write it: far more digits than a price has. */
function averageText(cost: bigint, lots: bigint, priceDecimals: number): string {
  const digits = String((cost * 10n ** 12n) / lots).padStart(13 + priceDecimals, '0');
  const point = digits.length - 12 - priceDecimals;
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

class VenueDialogue implements PrivateDialogue {
  readonly ping = { everyUs: 10 * US_PER_SECOND, text: () => 'ping' };
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  onOpen(): PrivateStep {
    return { ...NO_STEP, send: ['hello'] };
  }

  onMessage(
    bytes: Uint8Array,
    _stamp: unknown,
    sink: Parameters<PrivateDialogue['onMessage']>[2],
  ): PrivateStep {
    if (bytes[0] === 0x7b) {
      this.#reader.message(parsed(bytes, 'a message') as WireMessage, sink);
      return NO_STEP;
    }
    const text = TEXT.decode(bytes);
    if (text === 'expired') sink.onStreamEnd('the ticket has expired');
    else if (text !== 'ready' && text !== 'pong')
      throw new XylenError('XY_VENUE_REPLY', 'a message that nobody knows');
    return { ...NO_STEP, isReady: text === 'ready' };
  }
}

const named = ({ clientOrderId, venueOrderId }: EntryOrderRef): string =>
  `id=${clientOrderId}&venueId=${venueOrderId ?? ''}`;

function fillsCall(reader: Reader, ix: number, fromUs: number, after: string): EntryCall<FillsPage> {
  return call('fills', { query: `ix=${ix}&from=${fromUs}&after=${after}` }, (doc) => {
    const page = doc as { readonly fills: readonly WireFill[]; readonly after: string | null };
    return {
      fills: page.fills.map((fill) => reader.fill(fill)),
      next: page.after === null ? null : fillsCall(reader, ix, fromUs, page.after),
    };
  });
}

/** Opens the adapter for these instruments; their numbers are their places. */
export function openVenueAdapter(instruments: readonly EntryInstrument[]): EntryAdapter {
  const reader = new Reader(instruments);
  return {
    venue: 'binance-usdm',
    limits: [{ name: 'requests', amount: REQUESTS_PER_S, windowUs: US_PER_SECOND }],
    ...{ judge, usage: () => [] },
    serverTime: () => call('time', {}, (doc) => doc as number),
    unsupported: ({ timeInForce }) => (timeInForce === 'FOK' ? 'the venue has no FOK' : null),
    place: (order) => {
      const { clientOrderId: id, priceTicks, qtyLots, reduceOnly, side, triggerTicks, type } = order;
      const body = { id, ix: order.instrument.ix, side, type, qtyLots, priceTicks, triggerTicks, reduceOnly };
      const priority = reduceOnly ? 'protect' : 'order';
      return call('order', { method: 'POST', body, priority }, (doc) => {
        const placed = doc as { readonly venueId: string; readonly order: WireOrder | null };
        return {
          venueOrderId: placed.venueId,
          order: placed.order === null ? null : reader.order(placed.order),
        };
      });
    },
    ...{
      placeBatchMax: 0,
      placeBatch: () => null,
      amend: () => null,
      cancelAll: () => [],
      deadMan: () => null,
    },
    cancel: (ref) =>
      call('cancel', { method: 'POST', priority: 'cancel', query: named(ref) }, () => undefined),
    openOrders: () => [
      call('open', {}, (doc) => (doc as readonly WireOrder[]).map((order) => reader.order(order))),
    ],
    order: (ref) =>
      call('order', { query: named(ref) }, (doc) => (doc === null ? null : reader.order(doc as WireOrder))),
    fills: ({ afterExecId, fromUs, instrument }) =>
      fillsCall(reader, instrument.ix, fromUs, afterExecId ?? ''),
    balances: () =>
      call('balance', {}, (doc) => [
        {
          total: { asset: 'USDT', units: BigInt(doc as string), decimals: ATOM_DECIMALS },
          available: null,
        },
      ]),
    positions: () =>
      call('position', {}, (doc) =>
        (doc as readonly WirePosition[]).map((position, ix) => reader.position(ix, position)),
      ),
    ...{
      setLeverage: () => null,
      setMarginMode: () => null,
      setPositionMode: () => null,
      keyRights: () => null,
    },
    stream: {
      ticket: call('ticket', { method: 'POST' }, (doc) => doc as string),
      url: (ticket, connectId) => `wss://${VENUE_HOST}/private?ticket=${ticket}&connect=${connectId}`,
      keepAlive: {
        everyUs: 3 * US_PER_MINUTE,
        call: (ticket) => call('ticket', { method: 'PUT', query: `id=${ticket}` }, () => undefined),
      },
      lifeUs: 7 * US_PER_MINUTE,
      open: () => new VenueDialogue(reader),
    },
  };
}
