/**
 * One life of the trader: engine, session, gateway, sender, private stream and live world, put together as a live run puts them together, over the simulated
 * network and the simulated disk. A wrong part may be put in place of a right one, to see whether the invariants notice; the product itself has no such switch.
 */
import { deserialize, serialize } from 'node:v8';
import { assert, type Prng, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '#core';
import type { ExecutionEvent, InstrumentTable, MarketEvent } from '#domain';
import { Engine, Session, type SessionObserver, type Strategy } from '#engine';
import type { Transport } from '#net';
import type { SimulatedTransport } from '#net/simulated';
import { defaultRiskOptions } from '#risk';
import type { Checkpoint, IntentLog, RecordSink } from '#store';
import type { World, WorldEvent } from '#venues';
import {
  ENTRY_GATEWAY_DEFAULTS,
  ENTRY_SENDER_DEFAULTS,
  EntryGateway,
  type EntryGatewayParts,
  EntrySender,
  type EntrySenderParts,
  LiveWorld,
  PRIVATE_STREAM_DEFAULTS,
  PrivateStream,
} from '#venues/desk';
import type { EntryAdapter, EntryInstrument } from '#venues/entry';
import { engineOptions } from '../../src/engine/test/fixture.ts';
import type { Disk } from './disk.ts';
import { WaitWatch } from './wait-watch.ts';

/** Parts that can be replaced by wrong ones. */
export interface TraderParts {
  readonly sender: (parts: EntrySenderParts) => EntrySender;
  readonly gateway: (parts: EntryGatewayParts) => EntryGateway;
  readonly adapter: (adapter: EntryAdapter) => EntryAdapter;
  readonly world: (world: LiveWorld) => World;
  readonly intents: (intents: IntentLog) => IntentLog;
  readonly record: (record: RecordSink) => RecordSink;
}

/** The right ones. */
export const RIGHT_PARTS: TraderParts = {
  sender: (parts) => new EntrySender(parts),
  gateway: (parts) => new EntryGateway(parts),
  adapter: (adapter) => adapter,
  world: (world) => world,
  intents: (intents) => intents,
  record: (record) => record,
};

/** What a trader is made of. */
export interface TraderOptions {
  readonly instruments: InstrumentTable;
  readonly adapter: EntryAdapter;
  readonly transport: SimulatedTransport;
  /** The transport with the clock of this machine. */
  readonly clock: Transport;
  readonly disk: Disk;
  readonly prng: Prng;
  readonly strategies: readonly Strategy[];
  readonly parts: TraderParts;
  readonly cashAtoms: bigint;
  readonly startUs: number;
  readonly observer: SessionObserver;
  readonly onNotice: (event: string, detail: string) => void;
  /** Sees the engine before its first event. */
  readonly onEngine: (engine: Engine) => void;
}

/** Events between two checkpoints. */
const CHECKPOINT_EVENTS = 200;

/** A trader, from its start to its crash. */
export class Trader {
  readonly engine: Engine;
  readonly world: LiveWorld;
  readonly gateway: EntryGateway;
  readonly watch = new WaitWatch();
  readonly #options: TraderOptions;
  readonly #stream: PrivateStream;
  readonly #sender: EntrySender;
  readonly #session: Session;
  #isOver = false;
  #failure: unknown = null;

  constructor(options: TraderOptions) {
    this.#options = options;
    const { clock, disk, instruments, onNotice, parts, prng } = options;
    this.engine = new Engine(optionsOf(options));
    options.onEngine(this.engine);
    const adapter = parts.adapter(options.adapter);
    const own = entryInstruments(instruments);
    this.#sender = parts.sender({
      ...{ adapter, onNotice, transport: clock, prng: prng.split('sender') },
      options: ENTRY_SENDER_DEFAULTS,
    });
    this.gateway = parts.gateway({
      ...{ adapter, onNotice, sender: this.#sender, timers: clock, instruments: own },
      account: { currency: 'USDT', atomDecimals: instruments.atomDecimals },
      convert: () => null,
      onEvent: (event) => this.tell(event),
      options: ENTRY_GATEWAY_DEFAULTS,
    });
    this.world = new LiveWorld({ gateway: this.gateway, timers: clock });
    const world = new WatchedWorld(parts.world(this.world), this.watch, () => this.#isOver);
    this.#stream = new PrivateStream({
      ...{ sender: this.#sender, transport: clock, prng: prng.split('stream') },
      ...{ plan: adapter.stream, instruments: own, options: PRIVATE_STREAM_DEFAULTS, sink: this.gateway },
      onUp: () => {
        this.gateway.onStreamUp();
        this.#session.compareSoon('the private stream is up');
      },
      onDown: () => this.gateway.onStreamDown(),
    });
    this.#session = new Session(
      {
        ...{ engine: this.engine, world, models: null },
        record: parts.record(disk.openRecord(clock, (promise) => this.watch.track(promise))),
        intents: parts.intents(disk.openIntents(() => this.#isOver)),
        pacer: { waitUntil: () => undefined, yieldNow: async () => undefined },
        observer: options.observer,
        serialize,
      },
      {
        ...{ checkpointEvents: CHECKPOINT_EVENTS, modelLatencyUs: 0, yieldEvents: 1_000_000 },
        reconcileEveryUs: US_PER_MINUTE,
      },
    );
  }

  /** True once its session has ended, by whatever. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why it ended; `null` = in order, or not yet. */
  get failure(): unknown {
    return this.#failure;
  }

  get isStreamUp(): boolean {
    return this.#stream.status.isUp;
  }

  /** Begins; what comes of it is seen by `isOver`. */
  start(): void {
    this.#stream.start();
    this.#live().then(
      () => {
        this.#isOver = true;
      },
      (failure: unknown) => {
        this.#isOver = true;
        this.#failure = failure;
      },
    );
  }

  /** An event of the market or of the account, as the live world takes it. */
  tell(event: MarketEvent | ExecutionEvent): void {
    if (!this.#isOver) this.world.push(event);
  }

  /** Kills it without a word. */
  kill(): void {
    this.#options.transport.crash();
    this.#isOver = true;
  }

  /** A person lets it trade again. */
  resumeTrading(): void {
    this.#session.control('resume', 'a person has looked');
  }

  async #live(): Promise<void> {
    const { checkpoint } = this.#options.disk;
    if (checkpoint === null) await this.#session.start();
    else await this.#session.resume(stateOf(checkpoint));
    const outcome = await this.#session.run(new AbortController().signal);
    assert(outcome === 'ended', 'a session ends with its world');
  }
}

/** The world as the session sees it, with a watch on what it waits for. */
class WatchedWorld implements World {
  readonly #inner: World;
  readonly #watch: WaitWatch;
  readonly #isDead: () => boolean;

  constructor(inner: World, watch: WaitWatch, isDead: () => boolean) {
    this.#inner = inner;
    this.#watch = watch;
    this.#isDead = isDead;
  }

  get waitingCount(): number {
    return this.#inner.waitingCount ?? 0;
  }

  submit: World['submit'] = (order, nowUs) => this.#inner.submit(order, nowUs);
  cancel: World['cancel'] = (request, nowUs) => this.#inner.cancel(request, nowUs);
  openOrders: World['openOrders'] = () => this.#watch.track(this.#inner.openOrders());
  order: World['order'] = (id, ix) => this.#watch.track(this.#inner.order(id, ix));
  account: World['account'] = () => this.#watch.track(this.#inner.account());
  resumeAfter: World['resumeAfter'] = (worldSeq, notBeforeUs) =>
    this.#inner.resumeAfter(worldSeq, notBeforeUs);
  adopt = (...[requests, sentUs]: Parameters<NonNullable<World['adopt']>>): void =>
    this.#inner.adopt?.(requests, sentUs);
  tellFills = (ix: number, fromUs: number): Promise<void> =>
    this.#watch.track(tellFillsOf(this.#inner, ix, fromUs));
  close: World['close'] = () => this.#inner.close();

  advance(limitUs: number): WorldEvent | 'idle' | 'end' | Promise<WorldEvent | 'idle' | 'end'> {
    // Whoever is dead does not go on with what it had heard.
    if (this.#isDead()) return new Promise(() => undefined);
    const step = this.#inner.advance(limitUs);
    return step instanceof Promise ? this.#watch.track(step) : step;
  }
}

async function tellFillsOf(world: World, ix: number, fromUs: number): Promise<void> {
  await world.tellFills?.(ix, fromUs);
}

function stateOf(checkpoint: Checkpoint): unknown {
  return deserialize(checkpoint.state);
}

/** Returns the instruments as order entry needs them. */
export function entryInstruments(instruments: InstrumentTable): readonly EntryInstrument[] {
  return instruments.all.map((spec) => ({
    ...spec,
    ...{ venue: 'binance-usdm', kind: 'perpetual', wireSymbol: spec.symbol, restSymbol: spec.symbol },
  }));
}

/** Limits that let the strategies do what they want: what is tried here is not risk. */
function optionsOf({ cashAtoms, instruments, startUs, strategies }: TraderOptions) {
  const risk = {
    ...defaultRiskOptions(instruments.atomDecimals),
    ...{ positionFractionMax: 1, exposureMax: 100, leverageMax: 100, dailyLossMax: 1, drawdownMax: 1 },
    ...{ emergencyDailyLoss: 1, consecutiveLossesMax: 1_000, duplicateWindowUs: 0, orderRateMax: 10_000 },
    ...{ dataStaleAfterUs: US_PER_DAY, openOrdersMax: 10_000 },
  };
  return engineOptions(strategies, {
    ...{ instruments, startUs, tradeFromUs: startUs, startCashAtoms: cashAtoms, leverage: 10 },
    sourceTimeframeUs: US_PER_MINUTE,
    timeframesUs: [US_PER_MINUTE],
    triggers: [],
    tuning: {
      heartbeatUs: US_PER_HOUR,
      decisionsPerMinuteMax: 10_000,
      decisionTimeoutUs: 5_000_000,
      risk,
    },
  });
}
