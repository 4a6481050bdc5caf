/**
 * A world that lives in another process: the simulated exchange over a link. Commands wait for the next `advance`, which is one round trip; their
 * effect is at their own moment plus latency, so the events are those of a world in this process.
 *
 * Crash rule: the state (`saveState`) belongs into the trader's checkpoint. It counts the calls of `advance` and holds the commands that no call
 * has carried yet; a resumed trader makes the same calls again and the exchange gives the same answers, whatever it had answered already.
 * Invariant: an order that is in a checkpoint is either at the exchange or in the commands of that checkpoint.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord, XylenError } from '#core';
import {
  assertRiskApproved,
  type InstrumentIx,
  type OrderRequest,
  type RiskApproved,
  type VenueAccount,
  type VenueOrder,
} from '#domain';
import { addressText, connectFrames, type FrameAddress } from '#net';
import { LINK_COMMANDS_MAX, LINK_PROTOCOL, LINK_VERSION, type LinkCommand } from '../link-messages.ts';
import type { MarketCard } from '../market-card.ts';
import type { World, WorldEvent } from '../port.ts';
import { ReplyLine } from './reply-line.ts';

/** Where the exchange is and who asks. */
export interface LinkedWorldOptions {
  readonly address: FrameAddress;
  /**
   * Names the run, 1 to 200 visible ASCII characters: equal for a run and its resumption, different for any other run. The exchange serves one
   * session in its life.
   */
  readonly sessionId: string;
}

type Step = WorldEvent | 'idle' | 'end';

/** The simulated exchange in its own process. */
export class LinkedWorld implements World, Checkpointable {
  /** What is traded there. */
  readonly market: MarketCard;
  /** Calls of `advance` that the exchange keeps for resumption: acknowledge before more are made. */
  readonly stepsKeptMax: number;
  readonly #line: ReplyLine;
  #commands: LinkCommand[] = [];
  #step = 0;
  #worldSeq = 0;
  #isAdvancing = false;

  private constructor(line: ReplyLine, market: MarketCard, stepsKeptMax: number) {
    this.#line = line;
    this.market = market;
    this.stepsKeptMax = stepsKeptMax;
  }

  /** Connects. @throws XY_LINK_FAILED when nobody answers, XY_LINK_BUSY when it serves another trader, XY_LINK_PROTOCOL for another version. */
  static async connect({ address, sessionId }: LinkedWorldOptions): Promise<LinkedWorld> {
    const line = new ReplyLine(await connectFrames(address));
    const hello = { kind: 'hello', protocol: LINK_PROTOCOL, version: LINK_VERSION, sessionId } as const;
    const welcome = await line.ask(hello, 'welcome');
    if (welcome.version !== LINK_VERSION) {
      await line.close();
      const expected = `expected link version ${LINK_VERSION} at ${addressText(address)}`;
      throw new XylenError('XY_LINK_PROTOCOL', `${expected}, found ${welcome.version}`);
    }
    return new LinkedWorld(line, welcome.market, welcome.stepsKeptMax);
  }

  submit(order: RiskApproved<OrderRequest>, nowUs: EpochUs): void {
    assertRiskApproved(order);
    this.#give({ kind: 'submit', nowUs, order: order.value });
  }

  cancel(
    request: { readonly clientOrderId: string; readonly instrumentIx: InstrumentIx },
    nowUs: EpochUs,
  ): void {
    const { clientOrderId, instrumentIx } = request;
    this.#give({ kind: 'cancel', nowUs, clientOrderId, instrumentIx });
  }

  async advance(limitUs: EpochUs): Promise<Step> {
    assert(!this.#isAdvancing, 'advance is called again after its promise has settled');
    assert(!Number.isNaN(limitUs), 'the limit of advance is a moment');
    const step = ++this.#step;
    const commands = this.#commands;
    this.#commands = [];
    this.#isAdvancing = true;
    try {
      // JSON has no infinity.
      const limit = limitUs === Number.POSITIVE_INFINITY ? null : limitUs;
      const request = { kind: 'advance', step, limitUs: limit, commands } as const;
      const reply = await this.#line.ask(request, 'event', 'idle', 'end');
      if (reply.step !== step) throw disorder('step', step, reply.step);
      if (reply.kind !== 'event') return reply.kind;
      if (reply.worldSeq !== this.#worldSeq + 1) throw disorder('event', this.#worldSeq + 1, reply.worldSeq);
      this.#worldSeq = reply.worldSeq;
      return { worldSeq: reply.worldSeq, event: reply.event };
    } finally {
      this.#isAdvancing = false;
    }
  }

  /**
   * After `loadState` it continues with the call of `advance` that follows the saved ones. Without, it continues with the first call after the one
   * that gave event `worldSeq`; commands given in between must be given again.
   * @throws XY_CHECKPOINT_INVALID when the exchange does not know that moment (any more).
   */
  async resumeAfter(worldSeq: number): Promise<number> {
    const isLoaded = this.#step > 0;
    assert(!isLoaded || worldSeq === this.#worldSeq, `the loaded state stands after ${this.#worldSeq}`);
    const step = isLoaded ? this.#step : null;
    const reply = await this.#line.ask({ kind: 'resume', worldSeq, step }, 'resumed');
    if (isLoaded && reply.step !== step) throw disorder('step', this.#step, reply.step);
    this.#step = reply.step;
    this.#worldSeq = worldSeq;
    return reply.worldSeqLast;
  }

  acknowledge(worldSeq: number): void {
    // An error ends the line and shows in the next call that is waited for.
    this.#line.ask({ kind: 'acknowledge', worldSeq }, 'acknowledged').catch(() => undefined);
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    return (await this.#line.ask({ kind: 'open-orders' }, 'open-orders')).orders;
  }

  async order(clientOrderId: string, instrumentIx: InstrumentIx): Promise<VenueOrder | null> {
    return (await this.#line.ask({ kind: 'order', clientOrderId, instrumentIx }, 'order')).order;
  }

  async account(): Promise<VenueAccount> {
    return (await this.#line.ask({ kind: 'account' }, 'account')).account;
  }

  /** Leaves; the exchange keeps the session. */
  async close(): Promise<void> {
    await this.#line.close();
  }

  saveState(): unknown {
    assert(!this.#isAdvancing, 'a world is saved between two calls of advance');
    return { step: this.#step, worldSeq: this.#worldSeq, commands: structuredClone(this.#commands) };
  }

  loadState(state: unknown): void {
    assert(!this.#isAdvancing, 'a world is loaded between two calls of advance');
    const record = stateRecord(state, 'linked world');
    this.#step = Number(record.step);
    this.#worldSeq = Number(record.worldSeq);
    this.#commands = structuredClone(record.commands) as LinkCommand[];
  }

  #give(command: LinkCommand): void {
    assert(this.#commands.length < LINK_COMMANDS_MAX, `at most ${LINK_COMMANDS_MAX} commands at a time`);
    this.#commands.push(command);
  }
}

function disorder(what: string, expected: number, found: number): XylenError {
  return new XylenError('XY_LINK_PROTOCOL', `expected ${what} ${expected} of the exchange, found ${found}`);
}
