/**
 * A trader that decides by dice: orders of all kinds, cancels, repeated requests, timers. Small, deterministic and complete enough to be
 * killed: its whole state leaves and comes back as text, and a hash over all that it saw tells whether two lives were the same.
 */
import { assert, Prng, type PrngState, sha256Hex } from '#core';
import type { OrderRequest } from '#domain';
import type { World, WorldEvent } from '#venues';
import { approved } from './approved-order.ts';
import { orderRequest } from './order-events.ts';

interface State {
  prng: PrngState;
  /** Hash over every event, idle and end, in order. */
  seen: string;
  worldSeq: number;
  steps: number;
  fillCount: number;
  nowUs: number;
  /** When it wants to be woken, rising. */
  timersUs: number[];
  orderCount: number;
  /** The last orders, to cancel or to ask for again. */
  recent: OrderRequest[];
  lastTicks: number[];
  isOver: boolean;
}

const RECENT_MAX = 8;
const MINUTE_US = 60_000_000;

/** Returns anything that a world says as text; equal values have equal text. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return `${item}n`;
    if (item instanceof Float64Array) return [...item];
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Trades in a world, one call of `advance` at a time. */
export class ScriptedTrader {
  readonly #lotsScale: number;
  #state: State;

  /** Orders are of 5 to 60 times `lotsScale` lots. */
  constructor(seed: number, lotsScale = 1) {
    this.#lotsScale = lotsScale;
    this.#state = {
      prng: new Prng(seed).save(),
      seen: '',
      worldSeq: 0,
      steps: 0,
      fillCount: 0,
      nowUs: 0,
      timersUs: [],
      orderCount: 0,
      recent: [],
      lastTicks: [],
      isOver: false,
    };
  }

  /** The hash over all that was seen, and how much that was. */
  get story(): {
    readonly seen: string;
    readonly worldSeq: number;
    readonly steps: number;
    readonly fills: number;
  } {
    const { fillCount, seen, steps, worldSeq } = this.#state;
    return { seen, worldSeq, steps, fills: fillCount };
  }

  get worldSeq(): number {
    return this.#state.worldSeq;
  }

  get isOver(): boolean {
    return this.#state.isOver;
  }

  /** Makes one call of `advance` and acts on what it hears. Returns what it heard. */
  async step(world: World): Promise<WorldEvent | 'idle' | 'end'> {
    const state = this.#state;
    const limitUs = state.timersUs[0] ?? Number.POSITIVE_INFINITY;
    const heard = await world.advance(limitUs);
    state.steps++;
    state.seen = sha256Hex(state.seen + textOf(heard));
    if (heard === 'end') {
      state.isOver = true;
      return heard;
    }
    if (heard === 'idle') state.nowUs = state.timersUs.shift() ?? state.nowUs;
    else this.#hear(heard);
    if (state.lastTicks.length > 0) this.#act(world);
    return heard;
  }

  /** Trades to the end of the world. */
  async run(world: World): Promise<void> {
    while (!this.isOver) await this.step(world);
  }

  save(): string {
    return JSON.stringify(this.#state);
  }

  load(text: string): void {
    this.#state = JSON.parse(text) as State;
  }

  #hear({ event, worldSeq }: WorldEvent): void {
    const state = this.#state;
    assert(worldSeq === state.worldSeq + 1, `event ${state.worldSeq + 1} follows, was ${worldSeq}`);
    assert(event.tsLocalUs >= state.nowUs, 'time does not go back');
    state.worldSeq = worldSeq;
    state.nowUs = event.tsLocalUs;
    if (event.kind === 'candle') state.lastTicks[event.instrumentIx] = event.closeTicks;
    if (event.kind === 'fill') state.fillCount++;
  }

  #act(world: World): void {
    const state = this.#state;
    const prng = new Prng(0);
    prng.load(state.prng);
    const dice = prng.uniform();
    if (dice < 0.2) this.#submit(world, this.#newOrder(prng));
    else if (dice < 0.25) {
      // Several at once, the first again at the end.
      const first = this.#newOrder(prng);
      for (const order of [first, this.#newOrder(prng), first]) this.#submit(world, order);
    } else if (dice < 0.3 && state.recent.length > 0) {
      this.#submit(world, state.recent[prng.integer(0, state.recent.length)] ?? this.#newOrder(prng));
    } else if (dice < 0.4 && state.recent.length > 0) {
      const order = state.recent[prng.integer(0, state.recent.length)];
      if (order !== undefined) world.cancel(order, state.nowUs);
    } else if (dice < 0.55 && state.timersUs.length < 3) {
      state.timersUs.push(state.nowUs + prng.integer(1, 7) * 10_000 + prng.integer(0, 2) * MINUTE_US);
      state.timersUs.sort((a, b) => a - b);
    }
    state.prng = prng.save();
  }

  #submit(world: World, order: OrderRequest): void {
    world.submit(approved(order), this.#state.nowUs);
  }

  #newOrder(prng: Prng): OrderRequest {
    const state = this.#state;
    const known = state.lastTicks.flatMap((ticks, ix) => (ticks > 0 ? [ix] : []));
    const instrumentIx = known[prng.integer(0, known.length)] ?? 0;
    const lastTicks = state.lastTicks[instrumentIx] ?? 1;
    const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
    const away = Math.round(lastTicks * 0.002 * (prng.uniform() - 0.3));
    const nearTicks = side === 'buy' ? lastTicks - away : lastTicks + away;
    const beyondTicks = side === 'buy' ? lastTicks + Math.abs(away) : lastTicks - Math.abs(away);
    const form = [
      {},
      { type: 'limit', priceTicks: nearTicks, timeInForce: prng.uniform() < 0.2 ? 'IOC' : 'GTC' },
      { type: 'stop_market', triggerTicks: beyondTicks, label: 'SL' },
      { type: 'take_profit_market', triggerTicks: nearTicks, label: 'TP', reduceOnly: true },
    ] as const;
    const order = orderRequest(`t-${++state.orderCount}`, {
      instrumentIx,
      side,
      qtyLots: prng.integer(5, 60) * this.#lotsScale,
      ...form[prng.integer(0, form.length)],
    });
    state.recent.push(order);
    if (state.recent.length > RECENT_MAX) state.recent.shift();
    return order;
  }
}
