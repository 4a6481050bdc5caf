/**
 * The run loop: joins the world (venue and market), the models, the record and the engine. It carries out effects in order and feeds
 * what comes of them back as events, in time order. Simulated time passes only here; how fast is the pacer's affair.
 *
 * Crash rule: rows and checkpoint become durable together, an order intent before its order is sent. A restarted session continues
 * from its last durable checkpoint, hears again what the venue had told it since (at most 2 x `checkpointEvents` events), decides the
 * same again and asks for the same orders under the same ids, which the venue and the intent log recognise.
 */
import { assert, type EpochUs, stateRecord, TimedHeap, type TimedHeapState, XylenError } from '#core';
import type { Order } from '#orders';
import type { PredictorPool } from '#serving';
import type { IntentLog, RecordSink } from '#store';
import type { World, WorldEvent } from '#venues';
import { RECONCILE } from './comparison.ts';
import type { Effect } from './effects.ts';
import type { Engine } from './engine.ts';
import type { ControlEvent, EngineEvent, PredictionEvent, TimerEvent } from './events.ts';
import { Reconciler } from './reconciler.ts';
import { VenueWatch } from './venue-watch.ts';

/** Lets simulated time pass at its speed. */
export interface Pacer {
  /** Returns when the moment may be shown; at once (no promise) when the run goes as fast as it can. */
  waitUntil(tsUs: EpochUs): void | Promise<void>;
  /** Gives timers, sockets and signals of the process a turn. */
  yieldNow(): Promise<void>;
}

/** Watches a session; called on the engine's thread, so it must be quick. */
export interface SessionObserver {
  onEvent?(event: EngineEvent, effects: readonly Effect[], eventSeq: number): void;
}

/** What a session is made of. */
export interface SessionParts {
  readonly engine: Engine;
  readonly world: World;
  readonly models: PredictorPool | null;
  readonly record: RecordSink | null;
  /** Needed when the venue outlives this process; `null` when both end together. */
  readonly intents: IntentLog | null;
  readonly pacer: Pacer;
  readonly observer: SessionObserver | null;
  /** Serialises plain data (structured-clone format). */
  readonly serialize: (state: unknown) => Uint8Array;
}

export interface SessionOptions {
  /** Events between two checkpoints; a crash makes the program do at most twice as many again. */
  readonly checkpointEvents: number;
  /** How long the models' answer takes in simulated time. */
  readonly modelLatencyUs: number;
  /** Events between two turns for the rest of the process. */
  readonly yieldEvents: number;
  /**
   * Time between two comparisons with a venue that is real: orders, positions and money, at the start, so often, and whenever `compareSoon` is called;
   * positions are then audited for their stops as well, and no entry is sent before both sides agree. `null` or absent: compared once, before
   * the first decision, as befits a simulated venue that lives and dies with the run.
   */
  readonly reconcileEveryUs?: number | null;
}

/** Runs an engine in a world. */
export class Session {
  readonly #parts: SessionParts;
  readonly #options: SessionOptions;
  readonly #local = new TimedHeap<TimerEvent | PredictionEvent>(100_000);
  /** Intents of a crashed run that the resumed one has not asked for again yet. */
  #unconfirmedIntents = new Map<string, number>();
  /** Work that waits for the moment between two events. */
  #between: (() => readonly Effect[])[] = [];
  /** Settles when the newest checkpoint is durable. */
  #durable: Promise<void> = Promise.resolve();
  /** Why a checkpoint could not be made durable or acknowledged. */
  #failure: unknown = null;
  /** Compares with the venue until both agree; `null` afterwards, and where a watch does. */
  #reconciler: Reconciler | null;
  /** Asks a real venue for the account now and then. */
  readonly #watch: VenueWatch | null;
  /** Until when the world had nothing to tell when it was asked last. */
  #idleUs: EpochUs = 0;
  /** Number of the last event that the venue had sent before this session began: heard again first. */
  #catchUpSeq = 0;
  #worldSeq = 0;
  #checkpointSeq = 0;

  constructor(parts: SessionParts, options: SessionOptions) {
    assert(options.checkpointEvents > 0 && options.yieldEvents > 0, 'event intervals are positive');
    this.#parts = parts;
    this.#options = options;
    const everyUs = options.reconcileEveryUs ?? null;
    assert(everyUs === null || everyUs > 0, 'the time between two comparisons is positive');
    this.#reconciler = everyUs === null ? new Reconciler(parts.engine, parts.world) : null;
    this.#watch =
      everyUs === null
        ? null
        : new VenueWatch({
            ...{ venue: parts.world, everyUs, confirmEveryUs: RECONCILE.confirmEveryUs },
            mark: () => parts.engine.keeper.mark(),
          });
  }

  /** Number of the last event heard from the world. */
  get worldSeq(): number {
    return this.#worldSeq;
  }

  /**
   * Starts the engine: the first effects (run row, timers) are carried out. Not called when a checkpoint is loaded. A trader that crashed before
   * its first checkpoint starts anew at a venue that knows it already: what the venue had told it is heard again first.
   */
  async start(): Promise<void> {
    await this.#catchUpFrom(0);
    await this.#carryOut(this.#parts.engine.start());
    await this.#takeOver();
  }

  /** Continues from a checkpoint's state; the world's own state comes back through `resumeAfter`. */
  async resume(state: unknown): Promise<void> {
    const saved = stateRecord(state, 'session');
    this.#worldSeq = Number(saved.worldSeq);
    this.#local.load(saved.local as TimedHeapState<TimerEvent | PredictionEvent>);
    this.#parts.engine.loadState(saved.engine);
    this.#checkpointSeq = this.#parts.engine.eventSeq;
    const world = this.#parts.world;
    if (isCheckpointable(world)) world.loadState(saved.world);
    await this.#catchUpFrom(this.#worldSeq);
    await this.#takeOver();
  }

  /** Runs until the market data end or `signal` is aborted; everything is durable when it returns. */
  async run(signal: AbortSignal): Promise<'ended' | 'interrupted'> {
    let untilYield = this.#options.yieldEvents;
    let outcome: 'ended' | 'interrupted' = 'interrupted';
    await this.#reconcileFresh();
    while (!signal.aborted) {
      if (this.#between.length > 0) await this.#doBetween();
      // What has happened is heard before both sides are compared: it may be what they differ by. The past that a run warms up on passes in no time: no
      // venue is asked while it does.
      const isAway = this.#parts.engine.isWarmingUp || (this.#parts.world.waitingCount ?? 0) > 0;
      const watch = isAway ? null : this.#watch;
      if (watch !== null) await this.#tend(watch);
      const wakeUs = watch?.wakeUs ?? Number.POSITIVE_INFINITY;
      const limitUs = Math.min(this.#local.nextTsUs, Math.max(wakeUs, this.#momentUs));
      let heard = this.#parts.world.advance(limitUs);
      if (heard instanceof Promise) heard = await heard;
      const event = this.#next(heard, limitUs);
      // The watch wanted to be looked after, and nothing has happened.
      if (event === null) continue;
      if (event === undefined) {
        outcome = 'ended';
        break;
      }
      const wait = this.#parts.pacer.waitUntil(event.tsLocalUs);
      if (wait !== undefined) await wait;
      const pending = this.#stepThrough(event);
      if (pending !== undefined) await pending;
      if (this.#reconciler !== null && this.#worldSeq >= this.#catchUpSeq)
        await this.#reconcile(this.#reconciler);
      if (--untilYield === 0) {
        untilYield = this.#options.yieldEvents;
        await this.#parts.pacer.yieldNow();
      }
    }
    const last = outcome === 'ended' ? this.#parts.engine.finish() : this.#parts.engine.suspend();
    await this.#carryOut(last);
    this.#checkIntentsConfirmed(outcome === 'ended');
    this.#checkpoint();
    await this.#parts.record?.flush();
    return outcome;
  }

  /** Hands a wish of the person in charge to the engine, between two events. */
  control(command: ControlEvent['command'], reason: string): void {
    const { engine } = this.#parts;
    this.between(() => engine.step({ kind: 'control', tsLocalUs: engine.nowUs, command, reason }));
  }

  /**
   * Has `work` done between two events, in a decision cycle's gap, and its effects carried out. What it did is in a checkpoint before anything
   * else happens, so that a crash does not lose it.
   */
  between(work: () => readonly Effect[]): void {
    this.#between.push(work);
  }

  /** Has both sides compared as soon as possible: the private stream is up again, a person wants to know. */
  compareSoon(reason: string): void {
    this.#watch?.askSoon(reason);
  }

  /** The present moment, as far as it is known: of the last event, or of the last silence. */
  get #momentUs(): EpochUs {
    return Math.max(this.#parts.engine.nowUs, this.#idleUs);
  }

  /** Sends the questions that are due, lets answers come in, and has the engine compare. */
  async #tend(watch: VenueWatch): Promise<void> {
    if (watch.needsTurn(this.#momentUs)) await this.#parts.pacer.yieldNow();
    const state = watch.take(this.#momentUs);
    if (state === null) return;
    await this.#stepThrough(state);
    watch.compared(this.#parts.engine.keeper, this.#parts.engine.nowUs);
  }

  /**
   * A new life at a real venue: entries wait for the first comparison, and what a crash left open is taken over: orders of the checkpoint, and
   * intents that were durable after it, which may have been sent or not. What became of them the venue is asked.
   */
  async #takeOver(): Promise<void> {
    const { engine, intents, world } = this.#parts;
    if (this.#watch !== null) await this.#carryOut(engine.supervise());
    if (world.adopt === undefined) return;
    // What was sent between the checkpoint and the next event, as after an earlier resumption, bears the number of the checkpoint itself.
    await this.#carryOut(engine.recoverIntents(intents?.since(engine.eventSeq - 1) ?? []));
    const { openOrders } = engine.orderDesk.orders;
    if (openOrders.length === 0) return;
    const sentUs = Math.min(...openOrders.map(({ createdUs }) => createdUs));
    world.adopt(
      openOrders.map((order) => ({ request: order.request, wasThere: wasAtVenue(order) })),
      sentUs,
    );
  }

  async #catchUpFrom(worldSeq: number): Promise<void> {
    const { engine, intents, world } = this.#parts;
    this.#catchUpSeq = await world.resumeAfter(worldSeq, engine.nowUs);
    // A venue that tells nothing twice leads to other decisions: what was asked for is taken over, not repeated.
    if (world.adopt !== undefined) return;
    for (const intent of intents?.since(engine.eventSeq) ?? []) {
      this.#unconfirmedIntents.set(intent.request.clientOrderId, intent.eventSeq);
    }
  }

  /** A run that begins at a venue that has told it nothing: no message can be on its way, so a difference is one, before any decision. */
  async #reconcileFresh(): Promise<void> {
    if (this.#reconciler === null || this.#worldSeq > 0 || this.#catchUpSeq > 0) return;
    const actions = await this.#reconciler.differences();
    this.#reconciler = null;
    if (actions.length > 0) await this.#carryOut(this.#parts.engine.distrust(actions));
  }

  async #reconcile(reconciler: Reconciler): Promise<void> {
    if (!reconciler.isQuiet) return;
    const outcome = await reconciler.look();
    if (outcome.kind === 'pending') return;
    this.#reconciler = null;
    if (outcome.kind === 'mismatch') await this.#carryOut(this.#parts.engine.distrust(outcome.actions));
  }

  async #doBetween(): Promise<void> {
    const works = this.#between;
    this.#between = [];
    for (const work of works) await this.#carryOut(work());
    this.#checkpoint();
    await this.#parts.record?.flush();
  }

  /** The event that comes next; `null` = none yet, `undefined` = none any more. */
  #next(heard: WorldEvent | 'idle' | 'end', limitUs: EpochUs): EngineEvent | null | undefined {
    if (heard === 'idle') {
      if (this.#watch === null) return this.#local.pop();
      this.#idleUs = Math.max(this.#idleUs, limitUs);
      return this.#local.nextTsUs <= limitUs ? this.#local.pop() : null;
    }
    if (heard === 'end') return this.#nextAfterEnd();
    if (!(heard.worldSeq === this.#worldSeq + 1))
      assert(false, `world event ${this.#worldSeq + 1} follows, was ${heard.worldSeq}`);
    this.#worldSeq = heard.worldSeq;
    return heard.event;
  }

  /** The market is over: answers that are on their way still count, timers no longer do. */
  #nextAfterEnd(): EngineEvent | undefined {
    for (;;) {
      const event = this.#local.pop();
      if (event === undefined || event.kind === 'prediction') return event;
    }
  }

  #stepThrough(event: EngineEvent): Promise<void> | undefined {
    if (this.#failure !== null) throw this.#failure;
    const { engine, observer, record } = this.#parts;
    const effects = engine.step(event);
    const pending = this.#carryOut(effects);
    observer?.onEvent?.(event, effects, engine.eventSeq);
    const isDue = engine.eventSeq - this.#checkpointSeq >= this.#options.checkpointEvents;
    if (pending === undefined && !isDue && record?.isBehind !== true) return undefined;
    return this.#finishStep(pending, isDue);
  }

  async #finishStep(pending: Promise<void> | undefined, isDue: boolean): Promise<void> {
    if (pending !== undefined) await pending;
    if (isDue) {
      // The one before must be durable first: so a crash never costs more than two intervals.
      await this.#durable;
      this.#checkpoint();
    }
    if (this.#parts.record?.isBehind === true) await this.#parts.record.drained();
  }

  /** Carries out effects in order; a promise only when a model's answer has to be waited for. */
  #carryOut(effects: readonly Effect[]): Promise<void> | undefined {
    for (let i = 0; i < effects.length; i++) {
      const waiting = this.#carryOutOne(effects[i]!);
      if (waiting === undefined) continue;
      // The engine reuses its effect list; what is left must not wait in it.
      const rest = effects.slice(i + 1);
      return waiting.then(() => this.#carryOut(rest));
    }
    this.#checkIntentsConfirmed(false);
    return undefined;
  }

  #carryOutOne(effect: Effect): Promise<void> | undefined {
    const { engine, intents, record, world } = this.#parts;
    switch (effect.kind) {
      case 'record':
        record?.write(effect.row);
        return undefined;
      case 'submit': {
        const request = effect.order.value;
        intents?.append({ orderId: effect.orderId, tsUs: engine.nowUs, eventSeq: engine.eventSeq, request });
        this.#unconfirmedIntents.delete(request.clientOrderId);
        world.submit(effect.order, engine.nowUs);
        return undefined;
      }
      case 'cancel':
        world.cancel(effect, engine.nowUs);
        return undefined;
      case 'tell-fills':
        this.#watch?.tellFills(effect.instrumentIx, effect.fromUs);
        return undefined;
      case 'compare':
        this.#watch?.askSoon(effect.reason);
        return undefined;
      case 'adopt':
        world.adopt?.([{ request: effect.request, wasThere: true }], effect.sentUs);
        return undefined;
      case 'timer':
        this.#local.push(effect.atUs, {
          kind: 'timer',
          tsLocalUs: effect.atUs,
          owner: effect.owner,
          key: effect.key,
        });
        return undefined;
      case 'predict':
        return this.#askModels(effect.request);
    }
  }

  #askModels(request: Parameters<PredictorPool['ask']>[0]): Promise<void> | undefined {
    const models = this.#parts.models;
    assert(models !== null, 'a strategy that asks models has models');
    const atUs = this.#parts.engine.nowUs + this.#options.modelLatencyUs;
    const push = (replies: PredictionEvent['replies']): void => {
      this.#local.push(atUs, { kind: 'prediction', tsLocalUs: atUs, snapshotId: request.requestId, replies });
    };
    const answer = models.ask(request);
    if (answer instanceof Promise) return answer.then(({ replies }) => push(replies));
    push(answer.replies);
    return undefined;
  }

  #checkpoint(): void {
    const { engine, record, serialize, world } = this.#parts;
    this.#checkpointSeq = engine.eventSeq;
    if (record === null) {
      world.acknowledge?.(this.#worldSeq);
      return;
    }
    const state = {
      worldSeq: this.#worldSeq,
      local: this.#local.save(),
      engine: engine.saveState(),
      world: isCheckpointable(world) ? world.saveState() : null,
    };
    record.checkpoint({ eventSeq: engine.eventSeq, tsUs: engine.nowUs, state: serialize(state) });
    this.#durable = this.#whenDurable(record, this.#worldSeq);
  }

  /** Waits for the checkpoint; then the venue may forget what lies before it. A failure ends the run at its next event. */
  async #whenDurable(record: RecordSink, worldSeq: number): Promise<void> {
    try {
      await record.flush();
      this.#parts.world.acknowledge?.(worldSeq);
    } catch (failure) {
      this.#failure ??= failure;
    }
  }

  /** After a crash every durable intent must be asked for again; one that is not means that the run is not the same run. */
  #checkIntentsConfirmed(isOver: boolean): void {
    if (this.#unconfirmedIntents.size === 0) return;
    for (const [clientOrderId, eventSeq] of this.#unconfirmedIntents) {
      if (!isOver && eventSeq >= this.#parts.engine.eventSeq) continue;
      throw new XylenError(
        'XY_CHECKPOINT_INVALID',
        `the resumed run did not repeat order ${clientOrderId} of event ${eventSeq}: the program, its models or its configuration changed`,
        { fields: { clientOrderId, eventSeq } },
      );
    }
  }
}

function isCheckpointable(
  world: World,
): world is World & { saveState(): unknown; loadState(state: unknown): void } {
  return 'saveState' in world && 'loadState' in world;
}

/** True when the venue has said that it has the order. */
function wasAtVenue({ filledLots, status, venueOrderId }: Order): boolean {
  return venueOrderId !== null || filledLots > 0 || status === 'ACCEPTED' || status === 'TRIGGERED';
}
