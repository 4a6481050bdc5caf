/** What the stories of live trading share: a strategy that turns, the desk between engine and venue, and a session run call by call of a simulated network. */
import assert from 'node:assert/strict';
import { type Prng, US_PER_MINUTE } from '#core';
import type { CandleEvent } from '#domain';
import { type Engine, Session, type Strategy, type StrategyContext } from '#engine';
import type { Transport } from '#net';
import type { SimulatedNetwork } from '#net/simulated';
import {
  ENTRY_GATEWAY_DEFAULTS,
  ENTRY_SENDER_DEFAULTS,
  EntryGateway,
  EntrySender,
  LiveWorld,
  PRIVATE_STREAM_DEFAULTS,
  PrivateStream,
} from '#venues/desk';
import type { EntryAdapter, EntryInstrument } from '#venues/entry';
import { BAR_US } from '../../src/engine/test/fixture.ts';

/** Opens with a stop, closes two bars later, in turns long and short. */
export class Turner implements Strategy {
  readonly name = 'turner';
  readonly #stopAwayTicks: (priceTicks: number) => number;
  #bars = 0;

  /** `stopAwayTicks` tells how far from a price its stop is. */
  constructor(stopAwayTicks: (priceTicks: number) => number) {
    this.#stopAwayTicks = stopAwayTicks;
  }

  onCandle({ closeTicks }: { readonly closeTicks: number }, context: StrategyContext): void {
    const turn = this.#bars++;
    if (context.positionLots(0) !== 0) {
      if (turn % 2 === 0) context.closePosition(0, 'turn');
      return;
    }
    const isLong = turn % 8 < 4;
    const away = this.#stopAwayTicks(closeTicks) * (isLong ? -1 : 1);
    context.submit({
      instrumentIx: 0,
      side: isLong ? 'buy' : 'sell',
      qtyLots: 10,
      protection: { stopTicks: closeTicks + away, targetTicks: null },
      reason: 'turn',
    });
  }
}

/** Everything between an engine and a venue. */
export interface LiveDesk {
  readonly world: LiveWorld;
  /** What sender and gateway had to say. */
  readonly notices: readonly string[];
}

/** Puts the desk together for one instrument and an account in USDT, and starts its private stream. */
export function openDesk(parts: {
  readonly adapter: EntryAdapter;
  readonly instrument: EntryInstrument;
  readonly atomDecimals: number;
  readonly transport: Transport;
  readonly prng: Prng;
}): LiveDesk {
  const { adapter, atomDecimals, instrument, prng, transport } = parts;
  const notices: string[] = [];
  const onNotice = (event: string, detail: string): unknown => notices.push(`${event} ${detail}`);
  const sender = new EntrySender({ adapter, transport, prng, options: ENTRY_SENDER_DEFAULTS, onNotice });
  const gateway = new EntryGateway({
    ...{ adapter, sender, onNotice },
    timers: transport,
    instruments: [instrument],
    account: { currency: 'USDT', atomDecimals },
    convert: () => null,
    onEvent: (event) => world.push(event),
    options: ENTRY_GATEWAY_DEFAULTS,
  });
  const world = new LiveWorld({ gateway, timers: transport });
  const stream = new PrivateStream({
    ...{ sender, transport, prng, plan: adapter.stream },
    instruments: [instrument],
    options: PRIVATE_STREAM_DEFAULTS,
    sink: gateway,
    onUp: () => gateway.onStreamUp(),
    onDown: () => gateway.onStreamDown(),
  });
  stream.start();
  return { world, notices };
}

/** Returns a bar of one price, told as it closes. */
export function flatBar(openTsUs: number, price: number): CandleEvent {
  return {
    ...{ kind: 'candle', instrumentIx: 0, timeframeUs: BAR_US, openTsUs },
    ...{ tsVenueUs: openTsUs + BAR_US, tsLocalUs: openTsUs + BAR_US, volumeLots: 1_000 },
    ...{ openTicks: price, highTicks: price, lowTicks: price, closeTicks: price },
  };
}

/** Runs the session of an engine in a world to its end, one call of the network at a time, and returns how it ended. */
export async function runSession(
  engine: Engine,
  world: LiveWorld,
  network: SimulatedNetwork,
): Promise<string> {
  const session = new Session(
    {
      ...{ engine, world, models: null, record: null, intents: null },
      pacer: { waitUntil: () => undefined, yieldNow: async () => undefined },
      observer: null,
      serialize: () => new Uint8Array(),
    },
    { checkpointEvents: 1_000, modelLatencyUs: 0, yieldEvents: 100, reconcileEveryUs: US_PER_MINUTE },
  );
  await session.start();
  let outcome = '';
  let failure: unknown = null;
  session.run(new AbortController().signal).then(
    (how) => {
      outcome = how;
    },
    (error: unknown) => {
      failure = error;
      outcome = 'failed';
    },
  );
  while (outcome === '') {
    // What was promised by the last call is carried out before the next one.
    await new Promise((resolve) => setImmediate(resolve));
    if (outcome === '') assert.ok(network.step(), 'a session that goes on has something to wait for');
  }
  if (failure !== null) throw failure;
  return outcome;
}
