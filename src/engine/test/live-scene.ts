/** A trader's lives at a venue that outlives it: engine, session, comparison and auditor together, from a script of moments. */
import { strict as assert } from 'node:assert';
import { TimedHeap, US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { Checkpoint, IntentLog, OrderIntentRecord, RecordRow, RecordSink, SystemEventRow } from '#store';
import { Engine } from '../engine.ts';
import type { EngineOptions } from '../options.ts';
import { Session } from '../session.ts';
import type { Strategy, StrategyContext, StrategyOrder } from '../strategy.ts';
import { engineOptions, START_US } from './fixture.ts';
import { LiveVenue, LiveVenueWorld } from './live-venue.ts';

/** Thrown where a test has the program die. */
export const CRASH = new Error('crash');

/** Does at the next print what the test says, and counts the prints that it hears. */
class Actor implements Strategy {
  readonly name = 'actor';
  next: ((context: StrategyContext) => unknown) | null = null;

  onTrade(_: unknown, context: StrategyContext): void {
    const act = this.next;
    this.next = null;
    act?.(context);
  }

  saveState(): unknown {
    return null;
  }
}

class SceneRecord implements RecordSink {
  readonly durable: RecordRow[] = [];
  readonly isBehind = false;
  pending: RecordRow[] = [];
  state: unknown = null;

  write(row: RecordRow): void {
    this.pending.push(row);
  }
  checkpoint(_: Checkpoint): void {
    this.durable.push(...this.pending);
    this.pending = [];
  }
  async drained(): Promise<void> {}
  async flush(): Promise<void> {}
  async close(): Promise<void> {}
}

class SceneIntents implements IntentLog {
  readonly all: OrderIntentRecord[] = [];

  append(intent: OrderIntentRecord): 'new' | 'known' {
    const known = this.all.find((one) => one.request.clientOrderId === intent.request.clientOrderId);
    if (known !== undefined) {
      assert.deepEqual(known, intent, 'an id stands for one order');
      return 'known';
    }
    this.all.push(intent);
    return 'new';
  }
  since(eventSeq: number): readonly OrderIntentRecord[] {
    return this.all.filter((intent) => intent.eventSeq > eventSeq);
  }
  close(): void {}
}

/** A buy at market with a stop 2 % below, unless told otherwise. */
export function entry(more: Partial<StrategyOrder> = {}): StrategyOrder {
  const protection = { stopTicks: 294_000, targetTicks: null };
  return { instrumentIx: 0, side: 'buy', qtyLots: 10, protection, reason: 'test', ...more };
}

/** One venue, and the lives of a trader one after the other. */
export class LiveScene {
  readonly venue = new LiveVenue();
  readonly record = new SceneRecord();
  readonly intents = new SceneIntents();
  readonly #changes: Partial<EngineOptions>;
  #script = new TimedHeap<() => void>();
  #actor = new Actor();
  #saved: unknown = null;
  engine: Engine;
  session: Session | null = null;
  world: LiveVenueWorld | null = null;

  constructor(changes: Partial<EngineOptions> = {}) {
    this.#changes = { triggers: [], ...changes };
    this.engine = this.#newEngine();
  }

  /** Has something happen so many seconds after the start of the scene. */
  at(seconds: number, what: () => void): void {
    this.#script.push(START_US + Math.round(seconds * US_PER_SECOND), what);
  }

  /** Has the strategy do something at the first print after so many seconds. */
  act(seconds: number, what: (context: StrategyContext) => unknown): void {
    this.at(seconds, () => {
      this.#actor.next = what;
    });
  }

  /** Lets a life go on until so many seconds after the start of the scene; the state at its end is what the next one resumes from. */
  async live(
    untilSeconds: number,
    crashAt: (() => boolean) | null = null,
    how: 'must die' | 'may end' = 'must die',
  ): Promise<void> {
    const isFirst = this.session === null;
    this.engine = this.#newEngine();
    this.world = new LiveVenueWorld(this.venue, START_US + untilSeconds * US_PER_SECOND, this.#script);
    this.session = new Session(
      {
        ...{
          engine: this.engine,
          world: this.world,
          models: null,
          record: this.record,
          intents: this.intents,
        },
        pacer: {
          waitUntil: () => undefined,
          yieldNow: () => new Promise((resolve) => setImmediate(resolve)),
        },
        observer: {
          onEvent: () => {
            if (crashAt?.() === true) throw CRASH;
          },
        },
        serialize: (state) => {
          this.#saved = structuredClone(state);
          return new Uint8Array();
        },
      },
      { checkpointEvents: 4, modelLatencyUs: 0, yieldEvents: 100, reconcileEveryUs: US_PER_MINUTE },
    );
    if (isFirst || this.#saved === null) await this.session.start();
    else await this.session.resume(this.#saved);
    const running = this.session.run(new AbortController().signal);
    if (crashAt === null) assert.equal(await running, 'ended');
    else if (how === 'must die') await assert.rejects(running, CRASH);
    else
      assert.ok((await running.catch((error: unknown) => (error === CRASH ? 'ended' : error))) === 'ended');
    // What was on its way to a process that is gone is lost with it.
    this.record.pending = [];
  }

  get positionLots(): number {
    return this.engine.portfolio.positionLots(0);
  }

  /** Stops that rest at the venue on the closing side, as [trigger, lots]. */
  get stops(): readonly (readonly [number | null, number])[] {
    return this.venue.open
      .filter(({ request }) => request.type === 'stop_market')
      .map(({ filledLots, request }) => [request.triggerTicks, request.qtyLots - filledLots]);
  }

  /** System events of a kind, with their details. */
  told(eventType: string): readonly (SystemEventRow & { readonly figures: Record<string, unknown> })[] {
    return this.record.durable.flatMap((row) =>
      row.table === 'system_events' && row.eventType === eventType
        ? [{ ...row, figures: JSON.parse(row.details) as Record<string, unknown> }]
        : [],
    );
  }

  /** Both sides are the same, and entries are allowed. */
  assertAgreed(): void {
    assert.equal(this.engine.keeper.isSettled, true, 'the last look found both sides the same');
    assert.equal(this.engine.portfolio.positionLots(0), this.venue.positionLots);
    assert.equal(this.engine.portfolio.cashAtoms, this.venue.cashAtoms);
    const open = this.engine.orderDesk.orders.openOrders.map(({ request }) => request.clientOrderId);
    assert.deepEqual(open.toSorted(), this.venue.open.map(({ request }) => request.clientOrderId).toSorted());
    assert.deepEqual(this.engine.limits.holds, []);
  }

  #newEngine(): Engine {
    this.#actor = new Actor();
    return new Engine(engineOptions([this.#actor], this.#changes));
  }
}
