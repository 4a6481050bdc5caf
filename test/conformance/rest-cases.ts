/** Cases of requests: where they go, what answers mean, how lists and pages are read. */
import assert from 'node:assert/strict';
import { BookUpdate } from '#book';
import { Prng, XylenError } from '#core';
import { InstrumentTable } from '#domain';
import type { HttpAnswer } from '#net';
import { FrameFault, type MarketRest, type RestCall } from '#venues/market';
import { fetchPages } from './candle-pages.ts';
import type { ConformanceCase } from './case.ts';
import { DialectMarket, HOST } from './dialect-market.ts';

const NOW_US = 1_700_000_000_000_000;
const MINUTE_US = 60_000_000;
const CUTS = 60;

/** Rules of requests. */
export const REST_CASES: readonly ConformanceCase[] = [
  {
    id: 'V44',
    rule: 'Every request stays below the host that was given and costs a positive weight within the budget',
    run: (under) => {
      const market = new DialectMarket(under);
      const rest = under.adapter.rest(market.hosts);
      for (const { method, url, weight } of callsOf(market, rest)) {
        assert.equal(new URL(url).origin, `https://${HOST}`, url);
        assert.ok(method === 'GET' || method === 'POST');
        assert.ok(weight > 0 && weight <= rest.weightPerMinuteMax, `${url} costs ${weight}`);
      }
    },
  },
  {
    id: 'V45',
    rule: 'Good answers are good; after 429 the time in `Retry-After` is waited for, some time where there is none; 418 is never good',
    run: (under) => {
      const market = new DialectMarket(under);
      const rest = under.adapter.rest(market.hosts);
      const answer = market.answer(rest.instruments());
      assert.deepEqual(rest.judge(answer, NOW_US), { kind: 'good' });
      for (const status of [429, 418]) {
        const verdict = rest.judge(plain(status, { 'retry-after': '7' }), NOW_US);
        // A status that most venues do not know: any answer but good data will do.
        if (status === 418 && /^(refused|unavailable)$/.test(verdict.kind)) continue;
        assert.equal(verdict.kind, 'limited', `${status}`);
        if (verdict.kind === 'limited') assert.equal(verdict.untilUs, NOW_US + 7_000_000);
      }
      const unnamed = rest.judge(plain(429), NOW_US);
      assert.equal(unnamed.kind, 'limited');
      if (unnamed.kind === 'limited') {
        const pauseUs = unnamed.untilUs - NOW_US;
        assert.ok(pauseUs >= 1_000_000 && pauseUs <= 15 * MINUTE_US, `${pauseUs} us`);
      }
    },
  },
  {
    id: 'V46',
    rule: 'Where another try may help the venue is unavailable (5xx), where it cannot the request is refused (400, 404), both in words',
    run: (under) => {
      const rest = under.adapter.rest(new DialectMarket(under).hosts);
      for (const [status, kind] of [
        [500, 'unavailable'],
        [502, 'unavailable'],
        [503, 'unavailable'],
        [504, 'unavailable'],
        [400, 'refused'],
        [404, 'refused'],
      ] as const) {
        const verdict = rest.judge(plain(status), NOW_US);
        assert.equal(verdict.kind, kind, `${status}`);
        if ('message' in verdict) assert.match(verdict.message, new RegExp(`${status}`));
      }
      assert.match(rest.judge(plain(403), NOW_US).kind, /^(refused|limited)$/);
    },
  },
  {
    id: 'V47',
    rule: 'An answer of HTTP 200 that is none of the venue (a page of a gateway, nothing) is never taken for data',
    run: (under) => {
      const market = new DialectMarket(under);
      const rest = under.adapter.rest(market.hosts);
      for (const body of ['', '<html>Bad gateway</html>', 'null', '[]', '{}']) {
        const isGood = rest.judge({ ...plain(200), body: Buffer.from(body) }, NOW_US).kind === 'good';
        if (isGood) refusesBody(rest.instruments(), body);
      }
    },
  },
  {
    id: 'V48',
    rule: 'The list gives every instrument with its names, its decimals, the worth of a contract and rules of which a table can be built',
    run: (under) => {
      const market = new DialectMarket(under);
      const call = under.adapter.rest(market.hosts).instruments();
      const listed = call.parse(market.answer(call).body);
      for (const { instrument, restSymbol } of market.listed) {
        const found = listed.find(({ spec }) => spec.symbol === instrument.symbol);
        assert.ok(found !== undefined, `${instrument.symbol} is listed`);
        assert.equal(found.wireSymbol, instrument.wireSymbol);
        assert.equal(found.restSymbol, restSymbol);
        assert.equal(found.status, 'trading');
        assert.equal(found.spec.venue, under.adapter.venue);
        assert.ok(found.spec.priceDecimals >= instrument.priceDecimals, `${instrument.symbol} price`);
        assert.ok(found.spec.qtyDecimals >= instrument.qtyDecimals, `${instrument.symbol} quantity`);
        // Contracts of another worth would make every quantity another one.
        assert.equal(found.lotsPerContract, instrument.lotsPerContract, `${instrument.symbol} contracts`);
        if (found.lotsPerContract !== undefined)
          assert.equal(found.spec.qtyDecimals, instrument.qtyDecimals, `${instrument.symbol} lots`);
        new InstrumentTable([found.spec]);
      }
    },
  },
  {
    id: 'V49',
    rule: 'The time of the server is read, or the venue says that it has none',
    run: (under) => {
      const market = new DialectMarket(under);
      const call = under.adapter.rest(market.hosts).serverTime();
      if (call === null) return;
      const answer = market.answer(call);
      if (answer.status === 404) return;
      const aheadUs = call.parse(answer.body) - market.nowUs;
      assert.ok(aheadUs <= 0 && aheadUs > -1_000_000, `${aheadUs} us`);
    },
  },
  {
    id: 'V50',
    rule: 'An answer that is cut off is refused wherever it is cut',
    run: (under) => {
      const market = new DialectMarket(under);
      const prng = new Prng(7).split(`cuts ${under.venue}`);
      for (const call of callsOf(market, under.adapter.rest(market.hosts))) {
        const answer = market.answer(call);
        // What the dialect does not speak, and polls, whose body is read later.
        if (answer.status !== 200 || answer.body.length < 2) continue;
        if (isDeaf(call)) continue;
        call.parse(answer.body);
        for (let n = 0; n < CUTS; n++) {
          const body = Buffer.from(answer.body).subarray(0, prng.integer(0, answer.body.length));
          refusesBody(call, body.toString());
        }
      }
    },
  },
  {
    id: 'V51',
    rule: 'Pages of candles follow on one another: no hole, no double, none that is not over, exact to the digit',
    run: async (under) => {
      for (const timeframeUs of [MINUTE_US, 60 * MINUTE_US]) {
        const { found, wanted } = await fetchPages(under, timeframeUs);
        assert.deepEqual(found, wanted, `candles of ${timeframeUs / MINUTE_US} minutes`);
      }
    },
  },
  {
    id: 'V52',
    rule: 'A length of candles that the venue does not have is refused: by `null` or with XY_USAGE',
    run: (under) => {
      const market = new DialectMarket(under);
      const rest = under.adapter.rest(market.hosts);
      try {
        assert.equal(rest.candles(rangeOf(market), 7), null);
      } catch (thrown) {
        if (!(thrown instanceof XylenError)) throw thrown;
        assert.equal(thrown.code, 'XY_USAGE');
      }
    },
  },
];

/** Every request that the venue has, asked for the first instrument. */
function callsOf(market: DialectMarket, rest: MarketRest): readonly RestCall<unknown>[] {
  const [listed] = market.listed;
  assert.ok(listed !== undefined);
  const range = rangeOf(market);
  const polls = (['open-interest', 'funding-rate', 'mark-price'] as const).flatMap((stream) =>
    rest.polls(stream, market.listed),
  );
  return [
    rest.serverTime(),
    rest.instruments(),
    rest.bookSnapshot(listed.instrument, listed.restSymbol, new BookUpdate()),
    rest.candles(range, MINUTE_US),
    rest.fundingHistory(range),
    rest.openInterestHistory(range),
    ...polls.map(({ call }) => call),
  ].filter((call) => call !== null);
}

function rangeOf({ listed, nowUs }: DialectMarket) {
  const [first] = listed;
  assert.ok(first !== undefined);
  const toUs = Math.floor(nowUs / MINUTE_US) * MINUTE_US;
  return { ...first, fromUs: toUs - 20 * MINUTE_US, toUs };
}

function plain(status: number, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { kind: 'answer', status, headers, body: Buffer.from('no') };
}

/** True for the requests of polls: what they answer is read by `decode`. */
function isDeaf(call: RestCall<unknown>): boolean {
  try {
    call.parse(Buffer.from('{"nothing":'));
    return true;
  } catch {
    return false;
  }
}

function refusesBody(call: RestCall<unknown>, body: string): void {
  assert.throws(
    () => call.parse(Buffer.from(body)),
    (thrown: unknown) =>
      thrown instanceof FrameFault || (thrown instanceof XylenError && thrown.code === 'XY_VENUE_REPLY'),
    `${call.url}: refused: '${body.slice(-60)}'`,
  );
}
