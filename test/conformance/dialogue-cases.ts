/** Cases of conversations: what is asked for, what is taken for confirmed, what is said when the venue refuses, how a socket is kept alive. */
import assert from 'node:assert/strict';
import type { AdapterUnderTest } from './adapters.ts';
import type { ConformanceCase } from './case.ts';
import { type Connection, carrierOf, connectAll } from './connection.ts';
import { DialectMarket } from './dialect-market.ts';

/** Venues cut a connection that says nothing for about a minute. */
const PING_EVERY_US_MAX = 60_000_000;
const PING_EVERY_US_MIN = 5_000_000;

/** Rules of conversations. */
export const DIALOGUE_CASES: readonly ConformanceCase[] = [
  {
    id: 'V9',
    rule: 'The venue is asked for every stream once, and each subscription is confirmed once, when the venue says so',
    run: (under) => {
      const market = new DialectMarket(under);
      const connections = connectAll(market);
      const begun = connections.flatMap((connection) => connection.begun);
      assert.deepEqual(begun.toSorted(), keysOf(market), 'streams that the venue began');
      assert.deepEqual(confirmedBy(connections), keysOf(market), 'subscriptions that are confirmed');
      assert.deepEqual(refusedBy(connections), []);
    },
  },
  {
    id: 'V10',
    rule: 'Nothing is confirmed before the venue has answered',
    run: (under) => {
      const market = new DialectMarket(under);
      for (const plan of under.adapter.plan(market.subscriptions(), market.hosts)) {
        assert.deepEqual(plan.openDialogue().onOpen().confirmed, []);
      }
    },
  },
  {
    id: 'V11',
    rule: 'A subscription that the venue refuses is refused in words and never confirmed; none is left to wait for ever',
    run: (under) => {
      const market = new DialectMarket(under);
      market.isRefusing = true;
      const connections = connectAll(market);
      assert.deepEqual(refusedBy(connections), keysOf(market));
      assert.deepEqual(confirmedBy(connections), []);
      for (const { refused } of connections)
        for (const { message } of refused) assert.match(message, /\w{4}/, 'a refusal has words');
    },
  },
  {
    id: 'V12',
    rule: 'Asking anew for one book brings its snapshot again where snapshots come by stream, touches no other, and says nothing elsewhere',
    run: (under) => {
      const market = new DialectMarket(under);
      const connections = connectAll(market);
      const [book] = market.books;
      assert.ok(book !== undefined);
      const key = `book ${book.instrument.wireSymbol}`;
      const connection = carrierOf(connections, key);
      const begunBefore = connection.begun.length;
      const confirmedBefore = connection.confirmed.length;
      const saidBefore = connection.said.length;
      const [subscription] = market.subscriptions(['book']);
      assert.ok(subscription !== undefined);
      connection.say(connection.dialogue.resubscribe(subscription));
      if (!under.adapter.hasStreamSnapshot) {
        assert.equal(connection.said.length, saidBefore, 'nothing is said');
        return;
      }
      assert.deepEqual(connection.begun.slice(begunBefore), [key]);
      assert.equal(connection.confirmed.length, confirmedBefore + 1, 'the book is confirmed again');
      const snapshots = connection.log.books.filter(({ isSnapshot }) => isSnapshot);
      assert.equal(snapshots.at(-1)?.instrumentIx, subscription.instrument.ix);
    },
  },
  {
    id: 'V13',
    rule: 'A socket is pinged often enough to live and not more often than needed, and is not taken for dead before the answer is due',
    run: (under) => {
      const { limits } = under.adapter;
      const market = new DialectMarket(under);
      for (const { dialogue, session } of connectAll(market)) {
        const { ping } = dialogue;
        const hasHeartbeat = market.protocol.heartbeatFrames(session, market).length > 0;
        if (ping === null) {
          assert.ok(hasHeartbeat, 'something else shows that the socket lives');
          continue;
        }
        assert.ok(ping.everyUs >= PING_EVERY_US_MIN && ping.everyUs <= PING_EVERY_US_MAX, `${ping.everyUs}`);
        assert.ok(ping.timeoutUs > 0 && ping.timeoutUs <= ping.everyUs, `${ping.timeoutUs}`);
        if (!hasHeartbeat) assert.ok(limits.silenceUs >= ping.everyUs, 'pinged before it is given up');
      }
    },
  },
  {
    id: 'V14',
    rule: "Pings in the venue's own words differ from one another and are answered; where pings are of the protocol there are no such words",
    run: (under) => {
      for (const connection of connectAll(new DialectMarket(under))) {
        const texts = [1, 2].map((id) => connection.dialogue.pingText(id));
        if (connection.dialogue.ping?.kind !== 'text') {
          assert.deepEqual(texts, ['', ''], 'nothing is said');
          continue;
        }
        assert.notEqual(texts[0], texts[1]);
        const before = pongsIn(connection);
        connection.say({ send: texts, confirmed: [], refused: [] });
        assert.equal(pongsIn(connection), before + 2, 'the venue answers');
      }
    },
  },
  {
    id: 'V15',
    rule: 'A new conversation of the same socket knows nothing of the one before',
    run: (under) => {
      const market = new DialectMarket(under);
      for (const { plan } of connectAll(market)) {
        const [first, second] = [plan.openDialogue(), plan.openDialogue()];
        first.onControl({ kind: 'welcome', pingIntervalUs: null });
        assert.deepEqual(second.onOpen(), plan.openDialogue().onOpen());
        const welcome = second.onControl({ kind: 'welcome', pingIntervalUs: null });
        assert.deepEqual(plan.openDialogue().onControl({ kind: 'welcome', pingIntervalUs: null }), welcome);
      }
    },
  },
  {
    id: 'V16',
    rule: 'Answers that concern nobody (unknown ids, channels and symbols) confirm and refuse nothing',
    run: (under) => {
      for (const connection of connectAll(new DialectMarket(under))) checkStrangers(connection, under);
    },
  },
];

function checkStrangers({ dialogue }: Connection, { adapter }: AdapterUnderTest): void {
  const steps = [
    dialogue.onControl({ kind: 'ack', id: 'nobody' }),
    dialogue.onControl({ kind: 'subscribed', channel: 'nothing', symbol: 'NOBODY' }),
    dialogue.onControl({ kind: 'unsubscribed', channel: 'nothing', symbol: 'NOBODY' }),
    dialogue.onControl({
      kind: 'refused',
      id: 'nobody',
      channel: 'nothing',
      symbol: 'NOBODY',
      message: 'no',
    }),
    dialogue.onControl({ kind: 'pong' }),
    dialogue.onControl({ kind: 'heartbeat' }),
  ];
  for (const { confirmed, refused, send } of steps)
    assert.deepEqual([send, confirmed, refused], [[], [], []], adapter.venue);
}

/** What was asked for, as the venue names it. */
function keysOf(market: DialectMarket): readonly string[] {
  return market
    .subscriptions()
    .map(({ instrument, stream }) => `${stream} ${instrument.wireSymbol}`)
    .toSorted();
}

function confirmedBy(connections: readonly Connection[]): readonly string[] {
  return connections
    .flatMap(({ confirmed }) => confirmed)
    .map(({ instrument, stream }) => `${stream} ${instrument.wireSymbol}`)
    .toSorted();
}

function refusedBy(connections: readonly Connection[]): readonly string[] {
  return connections
    .flatMap(({ refused }) => refused)
    .map(({ subscription }) => `${subscription.stream} ${subscription.instrument.wireSymbol}`)
    .toSorted();
}

function pongsIn({ log }: Connection): number {
  return log.of('control').filter((message) => (message as { kind: string }).kind === 'pong').length;
}
