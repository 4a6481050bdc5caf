/**
 * One seeded story: a trader and a venue in one thread and in simulated time, faults of every kind between them, lulls in which both sides must agree. The same
 * seed tells the same story to the byte: its hash is over everything that the venue did and the trader heard.
 */
import { createHash } from 'node:crypto';
import { Prng, US_PER_MINUTE, US_PER_MS, US_PER_SECOND, XylenError } from '#core';
import { type InstrumentIx, InstrumentTable } from '#domain';
import type { Effect, EngineEvent } from '#engine';
import { SimulatedNetwork } from '#net/simulated';
import { SPEC } from '../../src/engine/test/fixture.ts';
import { Disk, SimulatedCrash } from './disk.ts';
import { FAULT_KINDS, type FaultKind } from './fault.ts';
import { FaultGate } from './fault-gate.ts';
import { FaultPlan } from './fault-plan.ts';
import {
  CancelWatch,
  DOUBTS_MAX,
  differences,
  isMadeUp,
  madeUpFills,
  OrderCount,
  ProtectionWatch,
  REPAIRS,
  recordFindings,
  Violation,
} from './invariants.ts';
import { type MachineTime, onMachine } from './machine-clock.ts';
import { type Mood, Quoter, Turner } from './strategies.ts';
import { entryInstruments, RIGHT_PARTS, Trader, type TraderParts } from './trader.ts';
import { TrueVenue } from './true-venue.ts';
import { openVenueAdapter, VENUE_HOST } from './venue-adapter.ts';
import type { VenueNews } from './venue-record.ts';
import { VenueServer, type VenueTraits } from './venue-server.ts';
import { listenToCells } from './visited-cells.ts';

/** What a story is told of. */
export interface StoryOptions {
  readonly seed: number;
  /** Kinds that are drawn; all unless told otherwise. */
  readonly kinds?: readonly FaultKind[];
  /** Wrong parts in the place of right ones. */
  readonly makeParts?: () => TraderParts;
  /** Hears every line of the story. */
  readonly onLine?: (line: string) => void;
}

/** What a story came to. */
export interface StoryResult {
  readonly seed: number;
  /** What was violated, in a sentence; `null` = nothing. */
  readonly violation: string | null;
  /** Of everything that happened. */
  readonly hash: string;
  readonly orders: number;
  readonly fills: number;
  readonly events: number;
  readonly restarts: number;
  /** Times a person had to let the trader trade again. */
  readonly pauses: number;
  /** Fills that were booked by the venue's word about a position. */
  readonly madeUp: number;
  readonly simulatedUs: number;
  /** Longest time that a position was without enough protection while nothing was wrong. */
  readonly unprotectedUs: number;
  /** Longest time from the begin of a lull until both sides agreed. */
  readonly agreedAfterUs: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly cells: readonly string[];
}

const START_US = 1_700_006_400_000_000 + US_PER_MINUTE;
const CASH_ATOMS = 1_000_000n * 100_000_000n;
const INSTRUMENTS = new InstrumentTable([
  SPEC,
  {
    ...{ ...SPEC, symbol: 'ETHUSDT', baseAsset: 'ETH', priceDecimals: 2, qtyDecimals: 2 },
    ...{ tickSize: '0.01', lotSize: '0.01', qtyMin: '0.01' },
  },
]);
const PRICES = [300_000, 200_000];
const TICK_US = 400 * US_PER_MS;
const FUNDING_US = 35 * US_PER_SECOND;
/** What every story has at least. */
export const ORDERS_MIN = 500;
export const FAULTS_MIN = 20;
/** Both sides are compared once before. */
const FAULTS_FROM_US = START_US + 80 * US_PER_SECOND;
const LULLS = 3;
/** In which both sides must agree once nothing goes wrong any more. */
const AGREE_US_MAX = 300 * US_PER_SECOND;
/** A story that has not come to its end by then does not get on. */
const STORY_US_MAX = 90 * US_PER_MINUTE;
/** A person looks after a trader that stands still. */
const PERSON_US = 20 * US_PER_SECOND;

/** Tells a story. */
export async function tellStory(options: StoryOptions): Promise<StoryResult> {
  const story = new Story(options);
  const violation = await story.tell();
  return story.result(violation);
}

class Story {
  readonly #options: StoryOptions;
  readonly #prng: Prng;
  readonly #network: SimulatedNetwork;
  readonly #venue: TrueVenue;
  readonly #server: VenueServer;
  readonly #gate: FaultGate;
  readonly #disk = new Disk();
  readonly #machine: MachineTime = { offsetUs: 0 };
  readonly #mood: Mood = { isCalm: false };
  readonly #plan: FaultPlan;
  readonly #orders = new OrderCount();
  readonly #protection: ProtectionWatch;
  readonly #cancels: CancelWatch;
  readonly #parts: TraderParts;
  readonly #hash = createHash('sha256');
  readonly #cells = new Set<string>();
  readonly #faults: Partial<Record<FaultKind, number>> = {};
  #trader: Trader | null = null;
  #faultCount = 0;
  #troubleUntilUs = 0;
  #restarts = -1;
  #pauses = 0;
  #eventCount = 0;
  #tickCount = 0;
  #agreedAfterUs = 0;
  /** Found in a call of the network, where it cannot be thrown. */
  #violation: Violation | null = null;
  #pausedSinceUs = -1;
  /** Some fill was made up by the venue's word. */
  #hasMadeUp = false;
  /** Number of the event at which both sides agreed first. */
  #agreedSeq = Number.POSITIVE_INFINITY;

  constructor(options: StoryOptions) {
    this.#options = options;
    this.#parts = options.makeParts?.() ?? RIGHT_PARTS;
    this.#prng = new Prng(options.seed).split('simulation');
    const prng = this.#prng;
    this.#network = new SimulatedNetwork(prng, START_US);
    const nowUs = (): number => this.#network.nowUs();
    this.#venue = new TrueVenue({
      ...{ instruments: INSTRUMENTS, prng: prng.split('venue'), nowUs, priceTicks: PRICES },
      cashAtoms: CASH_ATOMS,
      onNews: (news) => this.#onNews(news),
      onCreated: (order) => this.#hold(() => this.#orders.note(order, (id) => this.#disk.hasIntent(id))),
    });
    this.#server = new VenueServer({
      ...{ venue: this.#venue, timers: this.#network, traits: drawTraits(prng.split('traits')) },
      cashAtoms: () => this.#venue.walletAtoms,
    });
    const onDone = (kind: FaultKind, untilUs: number): void => this.#onFault(kind, untilUs);
    this.#gate = new FaultGate({
      ...{ inner: this.#server, timers: this.#network, prng: prng.split('gate'), onDone },
    });
    this.#network.addServer(VENUE_HOST, this.#gate);
    this.#protection = new ProtectionWatch(this.#venue, INSTRUMENTS.count);
    this.#cancels = new CancelWatch(this.#venue);
    this.#disk.onCrash = () => this.#trader?.kill();
    this.#plan = new FaultPlan({
      ...{ network: this.#network, venue: this.#venue, server: this.#server, gate: this.#gate },
      ...{ disk: this.#disk, machine: this.#machine, prng: prng.split('faults'), onDone },
      kinds: options.kinds ?? FAULT_KINDS,
      kill: () => this.#trader?.kill(),
    });
  }

  /** Tells it to its end; returns what was violated. */
  async tell(): Promise<string | null> {
    try {
      this.#open();
      this.#tick();
      this.#fund();
      for (let lull = 1; lull <= LULLS; lull++) {
        await this.#goWrong(lull / LULLS);
        await this.#comeToRest();
      }
      await this.#end();
      return null;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      for (const difference of this.#whatIsNotRight()) this.#line(`differs: ${difference}`);
      return error instanceof Violation ? error.message : `${error.message}\n${error.stack ?? ''}`;
    }
  }

  result(violation: string | null): StoryResult {
    this.#line(`end ${violation ?? 'in order'}`);
    return {
      ...{ seed: this.#options.seed, violation, hash: this.#hash.digest('hex') },
      ...{ orders: this.#venue.orderCount, fills: this.#venue.fills.length, events: this.#eventCount },
      ...{ restarts: this.#restarts, pauses: this.#pauses, faults: this.#faults },
      madeUp: madeUpFills(this.#disk.rows),
      simulatedUs: this.#network.nowUs() - START_US,
      unprotectedUs: this.#protection.longestUs,
      agreedAfterUs: this.#agreedAfterUs,
      cells: [...this.#cells].toSorted(),
    };
  }

  /** Faults and trade, until a share of what the story must have has happened. */
  async #goWrong(share: number): Promise<void> {
    this.#mood.isCalm = false;
    // A run that has not come to agree with its venue yet takes the venue's word for what it is: nothing goes wrong before.
    // And before anything went wrong, nothing needs to be mended.
    while ((this.#disk.checkpoint?.eventSeq ?? 0) < this.#agreedSeq || this.#network.nowUs() < FAULTS_FROM_US)
      await this.#step();
    this.#plan.start();
    const isEnough = (): boolean =>
      this.#venue.orderCount >= ORDERS_MIN * share && this.#faultCount >= FAULTS_MIN * share;
    while (!isEnough()) await this.#step();
    this.#plan.stop();
  }

  /** Nothing goes wrong any more: both sides must come to agree. */
  async #comeToRest(): Promise<void> {
    this.#mood.isCalm = true;
    this.#gate.calm();
    const sinceUs = Math.max(this.#network.nowUs(), this.#troubleUntilUs);
    let lookUs = 0;
    for (let agreed = 0; agreed < 3; ) {
      await this.#step();
      const nowUs = this.#network.nowUs();
      if (nowUs < lookUs) continue;
      lookUs = nowUs + US_PER_SECOND;
      const found = this.#whatIsNotRight();
      agreed = found.length === 0 ? agreed + 1 : 0;
      if (nowUs - sinceUs > AGREE_US_MAX)
        throw new Violation(`once quiet: ${found.join('; ') || 'the trader does not come to rest'}`);
    }
    this.#agreedAfterUs = Math.max(this.#agreedAfterUs, this.#network.nowUs() - sinceUs);
    this.#line('quiet');
  }

  /** The run ends in order: the record must hold every fill once. */
  async #end(): Promise<void> {
    const trader = this.#trader;
    if (trader === null) throw new Violation('a trader lives at the end');
    trader.world.end();
    while (!trader.isOver) await this.#step();
    if (trader.failure !== null) throw trader.failure;
    const found = recordFindings(this.#disk.rows, this.#venue);
    if (found.length > 0) throw new Violation(`in the record: ${found.slice(0, 5).join('; ')}`);
  }

  #whatIsNotRight(): readonly string[] {
    const trader = this.#trader;
    if (trader === null) return ['no trader lives'];
    if (!trader.isStreamUp) return ['the private stream is down'];
    return differences(trader.engine, this.#venue, this.#hasMadeUp);
  }

  async #step(): Promise<void> {
    if (!this.#network.step()) throw new Violation('time goes on');
    const trader = this.#trader;
    if (trader !== null) await trader.watch.settle(() => trader.isOver);
    if (this.#violation !== null) throw this.#violation;
    if (this.#network.nowUs() - START_US > STORY_US_MAX)
      throw new Violation(`the story gets on: ${this.#venue.orderCount} orders, ${this.#faultCount} faults`);
    if (trader?.isOver === true && this.#trader === trader) this.#bury(trader);
    if (this.#trader !== null) this.#lookAfter(this.#trader);
  }

  /** A trader is dead or has ended: the next one comes, unless it ended for a reason that should not be. */
  #bury({ failure }: Trader): void {
    this.#trader?.kill();
    this.#trader = null;
    const isByDisk = failure instanceof XylenError && failure.code === 'XY_STORE_FAILED';
    if (failure instanceof Error && !isByDisk && !(failure instanceof SimulatedCrash)) throw failure;
    const delayUs = this.#prng.integer(US_PER_SECOND, 15 * US_PER_SECOND);
    this.#line(`trader down for ${delayUs}`);
    this.#trouble(this.#network.nowUs() + delayUs);
    this.#network.after(delayUs, () => this.#open());
  }

  /** A person who sees that the trader does not trade any more. */
  #lookAfter({ engine }: Trader): void {
    const nowUs = this.#network.nowUs();
    if (!engine.isReduceOnlyMode) this.#pausedSinceUs = -1;
    else if (this.#pausedSinceUs < 0) this.#pausedSinceUs = nowUs;
    else if (nowUs - this.#pausedSinceUs > PERSON_US) {
      this.#pausedSinceUs = -1;
      this.#pauses++;
      this.#line('resume');
      this.#trader?.resumeTrading();
    }
  }

  #open(): void {
    const transport = this.#network.openTransport();
    const prng = this.#prng.split(`life ${++this.#restarts}`);
    this.#line(`open ${this.#restarts}`);
    this.#cancels.forget();
    this.#trader = new Trader({
      ...{ instruments: INSTRUMENTS, transport, prng, disk: this.#disk, startUs: START_US },
      clock: onMachine(transport, this.#machine),
      adapter: openVenueAdapter(entryInstruments(INSTRUMENTS)),
      strategies: [
        new Turner(0, prng.split('turner'), this.#mood),
        new Quoter(1, prng.split('quoter'), this.#mood),
      ],
      parts: this.#parts,
      cashAtoms: CASH_ATOMS,
      observer: { onEvent: (event, effects) => this.#onEvent(event, effects) },
      onNotice: (event, detail) => this.#line(`notice ${event} ${detail}`),
      onEngine: ({ orderDesk }) => listenToCells(orderDesk.orders, (cell) => this.#cells.add(cell)),
    });
    this.#trader.start();
  }

  /** True while so many orders are asked for that the trader cannot know its position soon. */
  get #isFullOfDoubts(): boolean {
    const open = this.#trader?.gateway.orders.open ?? [];
    return open.length > DOUBTS_MAX && open.filter(({ isInDoubt }) => isInDoubt).length > DOUBTS_MAX;
  }

  /** The market goes on, whatever becomes of the trader. */
  #tick(): void {
    this.#network.after(TICK_US, () => {
      const ix = this.#tickCount++ % INSTRUMENTS.count;
      const before = this.#venue.price(ix);
      const moved = this.#mood.isCalm ? 0 : this.#prng.normal() * 0.0006;
      const priceTicks = Math.max(1_000, Math.round(before * (1 + moved)));
      this.#venue.movePrice(ix, priceTicks);
      const nowUs = this.#network.nowUs();
      const times = { tsVenueUs: nowUs, tsLocalUs: nowUs };
      const trade = { tradeId: this.#tickCount, priceTicks, qtyLots: 1, takerSide: 'buy' } as const;
      this.#trader?.tell({ kind: 'trade', instrumentIx: ix, ...times, ...trade });
      const isTrouble = nowUs < this.#troubleUntilUs || this.#trader === null;
      this.#hold(() => this.#protection.look(nowUs, isTrouble || this.#isFullOfDoubts));
      this.#hold(() => this.#cancels.look(nowUs, isTrouble));
      this.#tick();
    });
  }

  #fund(): void {
    this.#network.after(FUNDING_US, () => {
      // A payment that nobody hears cannot be asked for: it is made when it is heard, now and then twice.
      const isHeard = this.#network.nowUs() > this.#troubleUntilUs + US_PER_SECOND && this.#gate.isIdle;
      if (isHeard && this.#trader?.isStreamUp === true) {
        for (const { ix } of INSTRUMENTS.all) this.#payFunding(ix);
      }
      this.#fund();
    });
  }

  #payFunding(ix: InstrumentIx): void {
    if (this.#venue.lots(ix) === 0) return;
    if (this.#prng.uniform() < 0.3) this.#gate.armMessage('message-twice');
    this.#venue.payFunding(ix, this.#prng.integer(-300, 300));
  }

  #onNews(news: VenueNews): void {
    this.#server.onNews(news);
    if (news.kind === 'order') {
      const { filledLots, id, status, venueId } = news.order;
      this.#line(`venue order ${id} ${venueId} ${status} ${filledLots}`);
    } else if (news.kind === 'fill') {
      const { execId, forcedBy, id, priceTicks, qtyLots, side } = news.fill;
      this.#line(`venue fill ${execId} ${id} ${side} ${qtyLots} @ ${priceTicks} ${forcedBy ?? ''}`);
    } else this.#line(`venue funding ${news.funding.ix} ${news.funding.amountAtoms}`);
  }

  #onEvent(event: EngineEvent, effects: readonly Effect[]): void {
    this.#eventCount++;
    if (event.kind === 'trade' && effects.length === 0) return;
    const name = 'execId' in event ? event.execId : 'clientOrderId' in event ? event.clientOrderId : '';
    this.#line(`heard ${event.kind} ${name}`);
    for (const effect of effects) {
      if (effect.kind === 'record' && isMadeUp(effect.row)) this.#hasMadeUp = true;
      if (effect.kind === 'submit') this.#line(`submit ${JSON.stringify(effect.order.value)}`);
      else if (effect.kind === 'cancel') {
        this.#line(`cancel ${effect.clientOrderId}`);
        this.#cancels.note(effect.clientOrderId, this.#network.nowUs());
      } else if (effect.kind === 'record' && effect.row.table === 'system_events') {
        if (effect.row.eventType === 'reconcile_agreed' && this.#restarts === 0)
          this.#agreedSeq = Math.min(this.#agreedSeq, this.#trader?.engine.eventSeq ?? 0);
        if (this.#faultCount === 0 && REPAIRS.has(effect.row.eventType))
          this.#violation ??= new Violation(
            `without any fault: ${effect.row.eventType}: ${effect.row.message}`,
          );
        this.#line(`says ${effect.row.eventType} ${effect.row.message} ${effect.row.details}`);
      }
    }
  }

  #onFault(kind: FaultKind, untilUs: number): void {
    this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
    this.#faultCount++;
    this.#line(`fault ${kind}`);
    this.#trouble(untilUs);
  }

  #trouble(untilUs: number): void {
    this.#troubleUntilUs = Math.max(this.#troubleUntilUs, untilUs);
  }

  /** Keeps a violation that is found inside a call of the network. */
  #hold(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#violation ??= error;
    }
  }

  #line(text: string): void {
    const line = `${((this.#network.nowUs() - START_US) / US_PER_SECOND).toFixed(6)} ${text}`;
    this.#hash.update(line);
    this.#options.onLine?.(line);
  }
}

function drawTraits(prng: Prng): VenueTraits {
  return {
    forgetsAfterUs: prng.uniform() < 0.3 ? prng.integer(0, 60) * US_PER_SECOND : Number.POSITIVE_INFINITY,
    tellsFills: prng.uniform() < 0.8,
    namesFills: prng.uniform() < 0.6,
    answersInFull: prng.uniform() < 0.5,
  };
}
