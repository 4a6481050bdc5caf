/** Damaged replies and messages: cut ones are refused as a whole, changed ones are refused or read as a whole, and no error has a key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { testSeed } from '../../../../test/support/property.ts';
import type { EntryCall } from '../../entry/index.ts';
import { answerOf, bytesOf } from '../../entry/test/samples.ts';
import { accountEvent, algoBody, algoEvent, fillBody, orderEvent, plainBody } from './test/bodies.ts';
import { BTC, ETH, KEYS, KeepingSink, openStage, orderOf, refOf, STAMP } from './test/entry-stage.ts';

const SEED = testSeed();
const LISTEN_KEY = 'LiStEnKeY0123456789';
const CHANGES_EACH = 1_500;
const entry = openStage();

interface Subject {
  readonly name: string;
  readonly body: Uint8Array;
  /** Reads it; what was handed on before an error must be nothing. */
  read(body: Uint8Array): void;
}

const ofCall = (call: EntryCall<unknown> | null, body: unknown): Subject => ({
  name: call?.name ?? assert.fail(),
  body: bytesOf(body),
  read: (bytes) => {
    call?.parse(bytes);
  },
});

const ofStream = (name: string, message: unknown): Subject => ({
  name,
  body: bytesOf(message),
  read: (bytes) => {
    const sink = new KeepingSink();
    try {
      entry.stream.open([BTC, ETH]).onMessage(bytes, STAMP, sink);
    } catch (error) {
      assert.deepEqual(sink.told, [], `${name} was read in part`);
      throw error;
    }
  },
});

const stopRef = refOf({ clientOrderId: 'xy-stop', isConditional: true });
const [openPlain = null, openAlgo = null] = entry.openOrders([]);
const position = {
  symbol: 'BTCUSDT',
  positionSide: 'BOTH',
  positionAmt: '1',
  entryPrice: '2',
  updateTime: 3,
};

const SUBJECTS: readonly Subject[] = [
  ofCall(entry.place(orderOf()), plainBody()),
  ofCall(entry.placeBatch([orderOf(), orderOf()]), [plainBody(), { code: -2019, msg: 'no' }]),
  ofCall(entry.amend({ order: refOf(), side: 'buy', qtyLots: 1, priceTicks: 1 }), plainBody()),
  ofCall(entry.cancel(refOf()), plainBody({ status: 'CANCELED' })),
  ofCall(entry.cancel(stopRef), { algoId: 5, clientAlgoId: 'xy-stop', code: '200', msg: 'success' }),
  ofCall(entry.cancelAll(BTC)[0] ?? null, { code: 200, msg: 'done' }),
  ofCall(entry.deadMan(BTC, 1_000_000), { symbol: 'BTCUSDT', countdownTime: '1000' }),
  ofCall(openPlain, [plainBody(), plainBody()]),
  ofCall(openAlgo, [algoBody(), algoBody()]),
  ofCall(entry.order(stopRef), algoBody({ algoStatus: 'FINISHED', actualOrderId: '9', actualQty: '1' })),
  ofCall(entry.fills({ instrument: BTC, fromUs: 0, toUs: 9e15, afterExecId: null }), [
    fillBody(),
    fillBody(),
  ]),
  ofCall(entry.balances(), [{ asset: 'USDT', balance: '12.5', availableBalance: '1' }]),
  ofCall(entry.positions([]), [position, position]),
  ofCall(entry.setLeverage(BTC, 5), { symbol: 'BTCUSDT', leverage: 5 }),
  ofCall(entry.serverTime(), { serverTime: 1_793_390_400_000 }),
  ofCall(entry.stream.ticket, { listenKey: LISTEN_KEY }),
  ofCall(entry.stream.keepAlive?.call(LISTEN_KEY) ?? null, { listenKey: LISTEN_KEY }),
  ofStream('order event', { stream: LISTEN_KEY, data: orderEvent() }),
  ofStream('algo event', algoEvent({ X: 'TRIGGERED', ai: '9', aq: '0' })),
  ofStream(
    'account event',
    accountEvent({
      m: 'FUNDING_FEE',
      B: [{ a: 'USDT', wb: '1', cw: '1', bc: '-0.5' }],
      P: [{ s: 'BTCUSDT', pa: '1', ep: '2', ps: 'LONG' }],
    }),
  ),
  ofStream('expired', { e: 'listenKeyExpired', E: '1', listenKey: LISTEN_KEY }),
];

/** Checks that it is our error, and that no key is in its words or those of its causes. */
function isClean(error: unknown): true {
  assert.equal((error as { code?: unknown }).code, 'XY_VENUE_REPLY', String(error));
  for (let thrown: unknown = error; thrown instanceof Error; thrown = thrown.cause) {
    for (const key of [KEYS.apiKey, KEYS.secret, LISTEN_KEY]) assert.ok(!thrown.message.includes(key));
  }
  return true;
}

test('a reply or message that was cut anywhere is refused', () => {
  for (const { name, body, read } of SUBJECTS) {
    read(body);
    for (let end = 0; end < body.length; end++) {
      assert.throws(() => read(body.subarray(0, end)), isClean, `${name} cut at ${end}`);
    }
  }
});

test(`a changed reply or message is read as a whole or refused as a whole (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('binance entry damage');
  const alphabet = new TextEncoder().encode('"{}[]:,.0123456789-+eEtruefalsn\\ x');
  for (const { body, read } of SUBJECTS) {
    let refused = 0;
    for (let n = 0; n < CHANGES_EACH; n++) {
      const changed = Uint8Array.from(body);
      for (let times = prng.integer(1, 4); times > 0; times--) {
        const byte = prng.uniform() < 0.9 ? alphabet[prng.integer(0, alphabet.length)] : prng.integer(0, 256);
        changed[prng.integer(0, body.length)] = byte ?? 0;
      }
      try {
        read(changed);
      } catch (error) {
        isClean(error);
        refused++;
      }
    }
    assert.ok(refused > 0);
  }
});

test(`whatever comes back, an answer has a verdict without a key (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('binance entry verdicts');
  const statuses = [200, 204, 301, 400, 401, 403, 404, 408, 418, 429, 500, 502, 503, 504];
  for (let n = 0; n < 5_000; n++) {
    const code = prng.uniform() < 0.2 ? 'x' : -prng.integer(0, 6_000);
    const text = JSON.stringify({ code, msg: `quoted ${KEYS.apiKey} and ${KEYS.secret}` });
    const body = prng.uniform() < 0.3 ? text.slice(0, prng.integer(0, text.length)) : text;
    const status = statuses[prng.integer(0, statuses.length)] ?? 200;
    const verdict = entry.judge(entry.place(orderOf()), answerOf(body, status), STAMP.venueUs);
    const words = JSON.stringify(verdict);
    assert.ok(!words.includes(KEYS.apiKey) && !words.includes(KEYS.secret));
    // A refusal is told by a code that was read, in an answer of the venue's front door.
    if (verdict.kind === 'refused') assert.ok(status < 500 && /"code":-\d/.test(body));
    if (verdict.kind === 'limited') assert.ok(verdict.untilUs > STAMP.venueUs);
  }
});
