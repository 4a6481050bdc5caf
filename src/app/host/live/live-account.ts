/**
 * The account of a live run: checked and agreed to at the gate, set up, then spoken for by a gateway with its private stream, its dead man's switch and its kill
 * switch. In a dry run there is none, and what would be sent is said instead.
 */
import { assert, type Prng, XylenError } from '#core';
import type { ExecutionEvent, InstrumentIx, MarketEvent } from '#domain';
import type { SessionObserver } from '#engine';
import type { SocketTransport } from '#net/socket';
import { clientOrderId, runTag } from '#orders';
import type { AccountQueries, OrderGateway } from '#venues';
import {
  DeadMan,
  ENTRY_GATEWAY_DEFAULTS,
  EntryGateway,
  type KillReport,
  KillSwitch,
  PRIVATE_STREAM_DEFAULTS,
  PrivateStream,
} from '#venues/desk';
import type { CommandContext } from '../../cli/command.ts';
import { atomsOfMoney } from '../../config/money.ts';
import type { TradingRun } from '../trading-run.ts';
import { type AccountSight, checkAccount } from './account-checks.ts';
import { AccountDesk } from './account-desk.ts';
import { type AccountEnd, endOfAccount } from './account-end.ts';
import { setTerms } from './account-terms.ts';
import { probeCountdown } from './countdown-probe.ts';
import { DryGateway } from './dry-gateway.ts';
import { type LiveConsent, passGate } from './live-gate.ts';
import type { LiveMarket } from './live-market.ts';
import type { LiveRequest, LiveStart } from './live-request.ts';
import { checkSystem } from './system-checks.ts';
import type { MarketAddress, TradedAddress } from './venue-address.ts';

/** Where what the account says goes. */
export interface AccountSink {
  push(event: MarketEvent | ExecutionEvent): void;
}

/** Whom a live run trades for. */
export interface LiveAccount {
  readonly gateway: OrderGateway & AccountQueries;
  readonly startCashAtoms: bigint;
  readonly isSimulated: boolean;
  readonly observer: SessionObserver;
  /** True when it was tried, and the venue's countdown spared stops. */
  readonly sparesStops: boolean;
  /** Orders that a dry run would have sent. */
  readonly wouldSend: number;
  /** Makes the account flat; `null` = nobody has one. */
  readonly kill: ((onDone: (report: KillReport) => void) => void) | null;
  /** What it says goes there. */
  attach(sink: AccountSink): void;
  /** Is told of the run before it begins. */
  watch(run: TradingRun): void;
  /** The run hears: the private stream begins. */
  listen(): void;
  /** Compares with the venue once the run is over; `null` = nobody has an account, or nothing has begun. */
  end(): Promise<AccountEnd | null>;
  close(): void;
}

/** What an account is opened with. */
export interface LiveAccountParts {
  readonly request: LiveRequest;
  readonly address: MarketAddress;
  readonly live: LiveMarket;
  readonly transport: SocketTransport;
  readonly prng: Prng;
  readonly consent: LiveConsent;
  /** What an earlier life of the run began with; `null` = it begins now. */
  readonly earlier: LiveStart | null;
  /** The last known price of an instrument; 0 = none. */
  readonly lastTicks: (instrumentIx: InstrumentIx) => number;
}

/** Checks, asks, sets up. @throws XY_LIVE_REFUSED */
export async function openLiveAccount(
  parts: LiveAccountParts,
  context: CommandContext,
): Promise<LiveAccount> {
  const { traded } = parts.address;
  if (traded === null) return new DryAccount(parts, context);
  const { config, log } = context;
  const { consent, earlier, live, prng, request, transport } = parts;
  const { keys, venue } = traded;
  const desk = new AccountDesk({ venue, address: traded, keys, wanted: live.listed, transport, prng, log });
  try {
    const { atomDecimals } = live.market.instruments;
    const { isLoopback } = traded;
    const isTestnet = request.mode === 'testnet';
    const isResumed = earlier !== null;
    const sight = await checkAccount({ desk, config, atomDecimals, isLoopback, isTestnet, isResumed });
    const machine = checkSystem(context.dataDir, context.wallNowUs(), process.pid);
    await passGate({ request, sight, machine, config, consent, isResumed }, context);
    if (earlier !== null && earlier.isSimulated !== sight.isSimulated)
      throw new XylenError(
        'XY_LIVE_REFUSED',
        'the run began at another exchange: simulated and real are never mixed',
      );
    assert(sight.cashAtoms !== null, 'the gate lets nobody through whose money is not known');
    await setTerms(desk, venue, config.simulation.leverage, isResumed, (message) =>
      log.warn('account', { message }),
    );
    const sparesStops = await countdownSparesStops(parts, desk, sight, context);
    return new VenueAccount({ ...parts, traded }, desk, { ...sight, sparesStops }, context);
  } catch (error) {
    desk.close();
    throw error;
  }
}

/** Tries the venue's countdown where that is wanted; a run that goes on has tried it. */
async function countdownSparesStops(
  { earlier, lastTicks, live }: LiveAccountParts,
  desk: AccountDesk,
  { openOrders, positions }: AccountSight,
  { config, log }: CommandContext,
): Promise<boolean> {
  if (config.live.deadMan === 'off') return false;
  if (earlier !== null) return earlier.sparesStops;
  const instrument = live.market.instruments.at(0);
  const nowUs = desk.transport.nowUs();
  const { outcome, words } = await probeCountdown({
    ...{ desk, instrument, lastTicks: lastTicks(0) },
    isOccupied: [...openOrders, ...positions].some((one) => one.instrument.ix === 0),
    clientOrderId: clientOrderId(runTag(`countdown ${nowUs}`), nowUs, 'SL'),
  });
  log.info('dead_man', { detail: words, outcome });
  return outcome === 'spares';
}

/** An account at a venue. */
class VenueAccount implements LiveAccount {
  readonly gateway: EntryGateway;
  readonly startCashAtoms: bigint;
  readonly isSimulated: boolean;
  readonly sparesStops: boolean;
  readonly wouldSend = 0;
  /** Entry orders come and go with events: the countdown is looked after behind each that may have changed that. */
  readonly observer: SessionObserver = {
    onEvent: (_event, effects) => {
      if (effects.length > 0 || this.#deadMan.armedCount > 0) this.#deadMan.look();
    },
  };
  readonly #deadMan: DeadMan;
  readonly #desk: AccountDesk;
  readonly #stream: PrivateStream;
  readonly #context: CommandContext;
  #sink: AccountSink | null = null;
  #run: TradingRun | null = null;

  constructor(
    { live, prng, transport }: LiveAccountParts & { readonly traded: TradedAddress },
    desk: AccountDesk,
    sight: Pick<AccountSight, 'cashAtoms' | 'isSimulated' | 'currency'> & { readonly sparesStops: boolean },
    context: CommandContext,
  ) {
    const { adapter, instruments, sender } = desk;
    const { atomDecimals } = live.market.instruments;
    this.#desk = desk;
    this.#context = context;
    this.startCashAtoms = sight.cashAtoms ?? 0n;
    this.isSimulated = sight.isSimulated;
    this.sparesStops = sight.sparesStops;
    this.#deadMan = new DeadMan({
      ...{ adapter, sender, timers: transport, instruments, sparesProtection: sight.sparesStops },
      hasEntries: ({ ix }) => this.#hasEntries(ix),
      onNotice: (event, detail) => context.log.info(event, { detail }),
    });
    this.gateway = new EntryGateway({
      ...{ adapter, sender, instruments },
      timers: transport,
      account: { currency: sight.currency, atomDecimals },
      convert: () => null,
      onNotice: (event, detail) => this.#notice(event, detail),
      onEvent: (event) => this.#sink?.push(event),
      options: ENTRY_GATEWAY_DEFAULTS,
    });
    this.#stream = new PrivateStream({
      ...{ sender, transport, prng, plan: adapter.stream, instruments },
      options: PRIVATE_STREAM_DEFAULTS,
      sink: this.gateway,
      onUp: () => this.#onUp(),
      onDown: (reason) => this.#onDown(reason),
    });
  }

  get kill(): (onDone: (report: KillReport) => void) => void {
    return (onDone) => {
      const { adapter, instruments, sender, transport } = this.#desk;
      const onNotice = (event: string, detail: string): void => this.#context.log.warn(event, { detail });
      const nextId = (): string => this.#nextId();
      new KillSwitch({ adapter, sender, timers: transport, instruments, nextId, onNotice }).pull(onDone);
    };
  }

  attach(sink: AccountSink): void {
    this.#sink = sink;
  }

  watch(run: TradingRun): void {
    this.#run = run;
  }

  listen(): void {
    this.#stream.start();
    if (this.#context.config.live.deadMan === 'probe') this.#deadMan.start();
  }

  async end(): Promise<AccountEnd | null> {
    if (this.#run === null) return null;
    this.#deadMan.stop();
    return await endOfAccount(this.#desk, this.#run.engine);
  }

  close(): void {
    this.#stream.stop();
    this.gateway.stop();
    this.#desk.close();
  }

  /** What the stream says beside what is read is no news; orders in doubt and amounts that cannot be booked are. */
  #notice(event: string, detail: string): void {
    if (event === 'private_stream') this.#context.log.debug(event, { detail });
    else this.#context.log.warn(event, { detail });
  }

  #hasEntries(instrumentIx: InstrumentIx): boolean {
    const orders = this.#run?.engine.orderDesk.orders.openOrdersOf(instrumentIx) ?? [];
    return orders.some(({ request }) => request.label === 'ENTRY');
  }

  #onUp(): void {
    this.#context.log.info('private_stream', { detail: 'up: everything is heard from now on' });
    this.gateway.onStreamUp();
    this.#run?.session.compareSoon('the private stream is up');
  }

  #onDown(reason: string): void {
    this.#context.log.warn('private_stream', { detail: `down: ${reason}; the account is asked meanwhile` });
    this.gateway.onStreamDown();
  }

  /** Ids of closing orders are numbered by the clock: no order of the engine has such a number, and no other kill. */
  #lastNumber = 0;
  #nextId(): string {
    assert(this.#run !== null, 'a kill switch belongs to a run');
    this.#lastNumber = Math.max(this.#lastNumber + 1, this.#desk.transport.nowUs());
    return clientOrderId(this.#run.engine.options.runTag, this.#lastNumber, 'EXIT');
  }
}

/** Nobody's account. */
class DryAccount implements LiveAccount {
  readonly gateway: DryGateway;
  readonly startCashAtoms: bigint;
  readonly isSimulated = false;
  readonly sparesStops = false;
  readonly observer: SessionObserver = {};
  readonly kill = null;
  #sink: AccountSink | null = null;

  constructor({ live, transport }: LiveAccountParts, { config, isJson, log, print }: CommandContext) {
    const { instruments } = live.market;
    this.startCashAtoms = atomsOfMoney(config.simulation.startCash, instruments.atomDecimals);
    this.gateway = new DryGateway({
      instruments,
      timers: transport,
      cashAtoms: this.startCashAtoms,
      onEvent: (event) => this.#sink?.push(event),
      onWouldSend: (words) => {
        if (isJson) log.info('dry_run', { words });
        else print(words);
      },
    });
  }

  get wouldSend(): number {
    return this.gateway.count;
  }

  attach(sink: AccountSink): void {
    this.#sink = sink;
  }

  watch(): void {
    // Nothing of a dry run needs it.
  }

  listen(): void {
    // Nobody speaks.
  }

  async end(): Promise<null> {
    return null;
  }

  close(): void {
    // Nothing is open.
  }
}
