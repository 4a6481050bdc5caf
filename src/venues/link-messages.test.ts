import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { XylenError } from '#core';
import type { ExecutionEvent, MarketEvent } from '#domain';
import { btcSpec } from '../../test/support/instruments.ts';
import { fillEvent, ORDER_EVENT_KINDS, orderEvent, orderRequest } from '../../test/support/order-events.ts';
import { propertySettings } from '../../test/support/property.ts';
import {
  encodeLinkMessage,
  LINK_PROTOCOL,
  LINK_VERSION,
  type LinkReply,
  type LinkRequest,
} from './link-messages.ts';
import { isAdvanceReply, parseLinkReply, parseLinkRequest } from './link-schemas.ts';

const bytesOf = (message: LinkRequest | LinkReply): Buffer => Buffer.from(encodeLinkMessage(message));
const bytesOfJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const BIG = 12_345_678_901_234_567_890n;
const STAMPS = { instrumentIx: 1, tsVenueUs: 1_700_000_000_000_001, tsLocalUs: 1_700_000_000_005_001 };

const EVENTS: readonly (MarketEvent | ExecutionEvent)[] = [
  {
    kind: 'candle',
    ...STAMPS,
    timeframeUs: 300_000_000,
    openTsUs: 1_699_999_700_000_001,
    openTicks: 10,
    highTicks: 12,
    lowTicks: 9,
    closeTicks: 11,
    volumeLots: 0,
  },
  { kind: 'trade', ...STAMPS, tradeId: 2 ** 53 - 1, priceTicks: 5, qtyLots: 6, takerSide: 'sell' },
  {
    kind: 'book',
    ...STAMPS,
    isSnapshot: true,
    firstUpdateId: 1,
    lastUpdateId: 2,
    previousUpdateId: -1,
    bids: Float64Array.of(100, 5, 99, 0),
    asks: Float64Array.of(),
  },
  { kind: 'mark', ...STAMPS, markTicks: 11 },
  { kind: 'funding', ...STAMPS, rateE12: -100_000_000 },
  { kind: 'feed-state', ...STAMPS, isUsable: false },
  ...ORDER_EVENT_KINDS.map((kind) => orderEvent(kind, 'xy-00000000-1-e')),
  orderEvent('order-rejected', 'xy-00000000-1-e', ''),
  fillEvent('autoclose-S1', 'X1', 3, { feeAtoms: -BIG, isLiquidation: true, side: 'sell' }),
  {
    kind: 'funding-payment',
    ...STAMPS,
    amountAtoms: BIG,
    rateE12: 1,
    positionLots: -4,
    markTicks: 7,
  },
];

const ORDER = {
  ...orderRequest('x'),
  venueOrderId: 'S1',
  filledLots: 0,
  status: 'ACCEPTED',
  updatedUs: 5,
} as const;
const { label: _label, reduceOnly: _reduceOnly, timeInForce: _timeInForce, ...VENUE_ORDER } = ORDER;

const REPLIES: readonly LinkReply[] = [
  ...EVENTS.map((event, at): LinkReply => ({ kind: 'event', step: at + 1, worldSeq: at + 1, event })),
  { kind: 'idle', step: 3 },
  { kind: 'end', step: 4 },
  {
    kind: 'welcome',
    version: LINK_VERSION,
    stepsKeptMax: 9,
    market: {
      instruments: [btcSpec(), btcSpec({ venue: 'ccxt:okx', symbol: 'X' })],
      startCashAtoms: BIG,
      leverage: 1,
      seed: 7,
      isSynthetic: true,
      hasFunding: false,
      fundingMissing: ['BTCUSDT: no funding data'],
      sourceTimeframeUs: 60_000_000,
      timeframesUs: [300_000_000],
      startUs: 0,
      endUs: 9,
      tradeFromUs: 1,
      dataHash: 'abc',
      dataSets: ['BTCUSDT candles 5m'],
      assumptions: [{ key: 'k', value: 'v', text: 'A sentence.' }],
    },
  },
  { kind: 'resumed', step: 0, worldSeqLast: 12 },
  { kind: 'acknowledged' },
  { kind: 'open-orders', orders: [VENUE_ORDER] },
  { kind: 'order', order: null },
  { kind: 'order', order: VENUE_ORDER },
  {
    kind: 'account',
    account: {
      tsVenueUs: 1,
      cashAtoms: -BIG,
      positions: [{ instrumentIx: 0, qtyLots: -3, costTickLots: -BIG }],
    },
  },
  { kind: 'error', code: 'XY_LINK_BUSY', message: 'no', fields: { a: 1, b: 'c', d: true, e: null } },
  { kind: 'are-you-there' },
];

const REQUESTS: readonly LinkRequest[] = [
  { kind: 'hello', protocol: LINK_PROTOCOL, version: LINK_VERSION, sessionId: 'run-1|0123' },
  { kind: 'resume', worldSeq: 0, step: null },
  { kind: 'resume', worldSeq: 10, step: 14 },
  { kind: 'advance', step: 1, limitUs: null, commands: [] },
  {
    kind: 'advance',
    step: 2,
    limitUs: 1_700_000_000_000_000.5,
    commands: [
      { kind: 'submit', nowUs: 5, order: orderRequest('a', { type: 'limit', priceTicks: 7 }) },
      { kind: 'cancel', nowUs: 6, clientOrderId: 'a', instrumentIx: 0 },
    ],
  },
  { kind: 'acknowledge', worldSeq: 3 },
  { kind: 'open-orders' },
  { kind: 'order', clientOrderId: 'a', instrumentIx: 0 },
  { kind: 'account' },
  { kind: 'here' },
];

describe('messages of the exchange link', () => {
  test('arrive as they were sent: requests', () => {
    for (const request of REQUESTS) assert.deepEqual(parseLinkRequest(bytesOf(request)), request);
  });

  test('arrive as they were sent: replies, with every kind of event', () => {
    for (const reply of REPLIES) assert.deepEqual(parseLinkReply(bytesOf(reply)), reply);
  });

  test('have the same text when they are encoded again', () => {
    for (const reply of REPLIES) {
      const text = encodeLinkMessage(reply);
      const again = encodeLinkMessage(parseLinkReply(Buffer.from(text)));
      assert.deepEqual(JSON.parse(again), JSON.parse(text));
    }
  });

  test('know the answers to advance', () => {
    const kinds = REPLIES.filter(isAdvanceReply).map((reply) => reply.kind);
    assert.deepEqual(new Set(kinds), new Set(['event', 'idle', 'end']));
  });

  test('carry any exact number of money and any level of a book', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 50n), max: 10n ** 50n }),
        fc.array(fc.nat(Number.MAX_SAFE_INTEGER)),
        (feeAtoms, numbers) => {
          const fill: LinkReply = {
            kind: 'event',
            step: 1,
            worldSeq: 1,
            event: fillEvent('a', 'x', 1, { feeAtoms }),
          };
          assert.deepEqual(parseLinkReply(bytesOf(fill)), fill);
          const event = { ...EVENTS[2], bids: Float64Array.from(numbers) } as MarketEvent;
          const book: LinkReply = { kind: 'event', step: 1, worldSeq: 1, event };
          assert.deepEqual(parseLinkReply(bytesOf(book)), book);
        },
      ),
      propertySettings(),
    );
  });
});

/** Runs a parser over bytes: a message, or a clear refusal; anything else is a fault. */
function refusalOf(parse: (payload: Uint8Array) => unknown, payload: Uint8Array): string | undefined {
  try {
    parse(payload);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof XylenError, `${error}`);
    assert.equal(error.code, 'XY_LINK_PROTOCOL');
    return error.message;
  }
}

describe('validation of the exchange link', () => {
  const BAD_REQUESTS: readonly (readonly [string, unknown, RegExp])[] = [
    ['no kind', {}, /a request is not valid at 'kind'/],
    ['an unknown kind', { kind: 'give-money' }, /not valid at 'kind'/],
    ['no object', [1], /a request is not valid at ''/],
    ['a step of zero', { kind: 'advance', step: 0, limitUs: 1, commands: [] }, /at 'step'/],
    ['a broken step', { kind: 'advance', step: 1.5, limitUs: 1, commands: [] }, /at 'step'/],
    ['a limit before time', { kind: 'advance', step: 1, limitUs: -1, commands: [] }, /at 'limitUs'/],
    ['no limit', { kind: 'advance', step: 1, commands: [] }, /at 'limitUs'/],
    [
      'a field that nobody knows',
      { kind: 'acknowledge', worldSeq: 1, force: true },
      /Unrecognized key.*force/,
    ],
    [
      'too many commands',
      { kind: 'advance', step: 1, limitUs: 1, commands: Array(1_001).fill({}) },
      /commands/,
    ],
    [
      'an order without a quantity',
      {
        kind: 'advance',
        step: 1,
        limitUs: 1,
        commands: [{ kind: 'submit', nowUs: 1, order: orderRequest('a', { qtyLots: 0 }) }],
      },
      /at 'commands\.0\.order\.qtyLots'/,
    ],
    [
      'an order id with a blank',
      {
        kind: 'advance',
        step: 1,
        limitUs: 1,
        commands: [{ kind: 'submit', nowUs: 1, order: orderRequest('a b') }],
      },
      /at 'commands\.0\.order\.clientOrderId'/,
    ],
    [
      'another protocol',
      { kind: 'hello', protocol: 'ftp', version: 1, sessionId: 'a' },
      /expected xylen-exchange-link 1, found 'ftp 1'/,
    ],
    [
      'a session without a name',
      { kind: 'hello', protocol: LINK_PROTOCOL, version: 1, sessionId: '' },
      /sessionId/,
    ],
  ];
  for (const [what, message, expected] of BAD_REQUESTS) {
    test(`refuses ${what} and says where`, () => {
      assert.match(refusalOf(parseLinkRequest, bytesOfJson(message)) ?? 'accepted', expected);
    });
  }

  test('refuses another version before it looks at anything else', () => {
    const hello = { kind: 'hello', protocol: LINK_PROTOCOL, version: 2, session: { new: 'form' } };
    assert.equal(
      refusalOf(parseLinkRequest, bytesOfJson(hello)),
      `expected xylen-exchange-link ${LINK_VERSION}, found 'xylen-exchange-link 2'`,
    );
  });

  test('refuses what is no JSON, or no UTF-8', () => {
    for (const payload of [
      Buffer.alloc(0),
      Buffer.from('{'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"\u0000'),
    ])
      assert.match(refusalOf(parseLinkReply, payload) ?? 'accepted', /expected a message in JSON/);
    const torn = Buffer.concat([Buffer.from('{"kind":"here","a":"'), Buffer.from([0xc3]), Buffer.from('"}')]);
    assert.match(refusalOf(parseLinkRequest, torn) ?? 'accepted', /expected a message in JSON/);
  });

  test('refuses an event with money that is no decimal, a number that is none, a level below zero', () => {
    const [fill, funding, book, candle] = (['fill', 'funding-payment', 'book', 'candle'] as const).map(
      (kind) => {
        const at = EVENTS.findIndex((event) => event.kind === kind);
        return JSON.parse(encodeLinkMessage(REPLIES[at] as LinkReply)) as { event: Record<string, unknown> };
      },
    );
    for (const [message, field, value] of [
      [fill, 'feeAtoms', '1e5'],
      [fill, 'feeAtoms', 5],
      [fill, 'feeAtoms', '9'.repeat(61)],
      [fill, 'qtyLots', 2 ** 53],
      [funding, 'amountAtoms', ''],
      [book, 'bids', [1, -1]],
      [book, 'asks', 'none'],
      [candle, 'closeTicks', null],
      [candle, 'tsLocalUs', -1],
    ] as const) {
      const event = { ...message?.event, [field]: value };
      assert.match(
        refusalOf(parseLinkReply, bytesOfJson({ ...message, event })) ?? 'accepted',
        new RegExp(`a reply is not valid at 'event\\.${field}`),
      );
    }
  });

  test('takes an error with a code of another version for a breach of the protocol', () => {
    const error = { kind: 'error', code: 'XY_FROM_THE_FUTURE', message: 'm', fields: {} };
    assert.deepEqual(parseLinkReply(bytesOfJson(error)), { ...error, code: 'XY_LINK_PROTOCOL' });
  });

  test('survives random bytes and random JSON', () => {
    const parsers = [parseLinkRequest, parseLinkReply];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const parse of parsers) assert.ok(refusalOf(parse, bytes) !== undefined);
      }),
      propertySettings(300),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const parse of parsers) refusalOf(parse, bytesOfJson(value));
      }),
      propertySettings(300),
    );
  });

  test('survives messages with one part replaced, torn off, or too much', () => {
    const texts = [...REQUESTS, ...REPLIES].map(encodeLinkMessage);
    const parsers = [parseLinkRequest, parseLinkReply];
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.nat(),
        fc.nat(20),
        fc.string({ maxLength: 5 }),
        (text, at, cut, put) => {
          const place = at % text.length;
          const damaged = text.slice(0, place) + put + text.slice(place + cut);
          for (const parse of parsers) refusalOf(parse, Buffer.from(damaged));
        },
      ),
      propertySettings(1_000),
    );
  });
});
