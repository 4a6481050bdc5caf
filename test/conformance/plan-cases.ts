/** Cases of plans: which subscriptions go over which socket, where to, and what is refused before anything is connected. */
import assert from 'node:assert/strict';
import { XylenError } from '#core';
import { STREAM_KINDS, type StreamKind } from '#domain';
import type { SocketPlan, Subscription } from '#venues/market';
import type { AdapterUnderTest } from './adapters.ts';
import type { ConformanceCase } from './case.ts';
import { DialectMarket, HOST, streamedTimeframeUs } from './dialect-market.ts';

/** No venue has candles of a microsecond. */
const NO_TIMEFRAME_US = 1;

/** Rules of plans. */
export const PLAN_CASES: readonly ConformanceCase[] = [
  {
    id: 'V1',
    rule: 'The same subscriptions give the same plan: names, addresses, subscriptions and first messages of every socket',
    run: (under) => {
      const [first, second] = [1, 2].map(() => {
        const market = new DialectMarket(under);
        return plansOf(market, everyStream(market)).map(sketchOf);
      });
      assert.deepEqual(first, second);
    },
  },
  {
    id: 'V2',
    rule: 'Every streamed subscription stands on exactly one socket, a polled one on none; sockets have names of their own',
    run: (under) => {
      const market = new DialectMarket(under);
      const wanted = everyStream(market);
      const plans = plansOf(market, wanted);
      const planned = plans.flatMap(({ subscriptions }) => subscriptions).map(nameOf);
      const streamed = wanted.filter(({ stream }) => under.adapter.streams[stream] === 'stream');
      assert.deepEqual(planned.toSorted(), streamed.map(nameOf).toSorted());
      const names = plans.map(({ name }) => name);
      assert.equal(new Set(names).size, names.length, `names of sockets are distinct: ${names}`);
    },
  },
  {
    id: 'V3',
    rule: 'No socket carries more than `limits.streamsMax` subscriptions, and none is empty',
    run: (under) => {
      const { streamsMax } = under.adapter.limits;
      const market = new DialectMarket(under, streamsMax + 7);
      const plans = plansOf(market, market.subscriptions(['book', 'trades']));
      for (const { name, subscriptions } of plans) {
        assert.ok(subscriptions.length <= streamsMax, `${name} has ${subscriptions.length} of ${streamsMax}`);
        assert.ok(subscriptions.length > 0, `${name} carries something`);
      }
      assert.ok(plans.length >= 3, 'so many subscriptions need three sockets');
    },
  },
  {
    id: 'V4',
    rule: 'Sockets and tokens stay below the hosts that were given, whatever the venue answers elsewhere',
    run: (under) => {
      const market = new DialectMarket(under);
      for (const plan of plansOf(market, everyStream(market))) {
        for (const url of addressesOf(market, plan)) assert.equal(new URL(url).host, HOST, url);
      }
    },
  },
  {
    id: 'V5',
    rule: 'A stream that the venue does not offer is refused with XY_USAGE, in words that name the stream',
    run: (under) => {
      const market = new DialectMarket(under);
      for (const stream of STREAM_KINDS) {
        if (under.adapter.streams[stream] !== 'none') continue;
        refusesInWords(market, subscriptionOf(market, stream, null), stream);
      }
    },
  },
  {
    id: 'V6',
    rule: 'A length of candles that the venue does not have is refused with XY_USAGE, in words',
    run: (under) => {
      const market = new DialectMarket(under);
      if (under.adapter.streams.candles !== 'stream') return;
      refusesInWords(market, subscriptionOf(market, 'candles', NO_TIMEFRAME_US), 'candle');
    },
  },
  {
    id: 'V7',
    rule: 'Limits are positive, a socket lives far longer than it takes to open one, and a deep snapshot fits a message',
    run: ({ adapter }) => {
      const { connectEveryUs, firstDataUs, lifeUs, messageBytesMax, sendEveryUs, silenceUs, streamsMax } =
        adapter.limits;
      for (const limit of [connectEveryUs, firstDataUs, messageBytesMax, sendEveryUs, silenceUs, streamsMax])
        assert.ok(Number.isSafeInteger(limit) && limit > 0, JSON.stringify(adapter.limits));
      assert.ok(lifeUs === null || lifeUs > 100 * connectEveryUs, 'a socket lives longer than it takes');
      assert.ok(messageBytesMax >= 1_048_576, 'a snapshot of a deep book is read');
    },
  },
  {
    id: 'V8',
    rule: 'What `streams` says of each kind is what `plan` and `polls` do',
    run: (under) => {
      const market = new DialectMarket(under);
      const rest = under.adapter.rest(market.hosts);
      for (const stream of STREAM_KINDS) {
        const support = under.adapter.streams[stream];
        const polls = rest.polls(stream, market.listed);
        assert.equal(polls.length > 0, support === 'poll', `polls of ${stream}, which is '${support}'`);
        for (const poll of polls) {
          assert.equal(poll.stream, stream);
          assert.ok(poll.everyUs >= 1_000_000, 'a poll leaves the budget to others');
        }
        if (support === 'none') continue;
        const timeframeUs = stream === 'candles' ? streamedTimeframeUs(under) : null;
        const planned = plansOf(market, [subscriptionOf(market, stream, timeframeUs)]);
        assert.equal(planned.length, support === 'stream' ? 1 : 0, `sockets of ${stream}`);
      }
    },
  },
];

function plansOf(
  { hosts, under }: DialectMarket,
  subscriptions: readonly Subscription[],
): readonly SocketPlan[] {
  return under.adapter.plan(subscriptions, hosts);
}

/** One of each kind that is offered, for all instruments. */
function everyStream(market: DialectMarket): readonly Subscription[] {
  const { adapter } = market.under;
  return STREAM_KINDS.filter((stream) => adapter.streams[stream] !== 'none').flatMap((stream) =>
    market.listed.map(({ instrument }) => ({
      instrument,
      stream,
      timeframeUs: stream === 'candles' ? streamedTimeframeUs(market.under) : null,
    })),
  );
}

function subscriptionOf(market: DialectMarket, stream: StreamKind, timeframeUs: number | null): Subscription {
  const [listed] = market.listed;
  assert.ok(listed !== undefined);
  return { instrument: listed.instrument, stream, timeframeUs };
}

function sketchOf(plan: SocketPlan): unknown {
  const address = plan.address('connection-1');
  return {
    name: plan.name,
    address: address.kind === 'url' ? address.url : `${address.call.method} ${address.call.url}`,
    subscriptions: plan.subscriptions.map(nameOf),
    first: plan.openDialogue().onOpen().send,
  };
}

function nameOf({ instrument, stream, timeframeUs }: Subscription): string {
  return `${stream} ${instrument.symbol} ${timeframeUs}`;
}

/** The address of the socket, and of the request for its token. */
function addressesOf(market: DialectMarket, plan: SocketPlan): readonly string[] {
  const address = plan.address('connection-1');
  if (address.kind === 'url') return [address.url];
  return [address.call.url, address.call.parse(market.answer(address.call).body)];
}

function refusesInWords(market: DialectMarket, subscription: Subscription, word: string): void {
  const { adapter }: AdapterUnderTest = market.under;
  assert.throws(
    () => adapter.plan([subscription], market.hosts),
    (thrown: unknown) =>
      thrown instanceof XylenError && thrown.code === 'XY_USAGE' && thrown.message.includes(word),
    `${adapter.venue} refuses ${nameOf(subscription)} in words`,
  );
}
