/**
 * A simulated world behind a link: takes the numbered calls of one session and answers each of them once and for all. A call that was made before
 * is answered from the log; its commands are compared and not carried out again. So the world sees the same calls whether the trader lives
 * through or dies at any moment, and simulated time stands still while it is away.
 *
 * No wall clock and no sockets here. Invariant: a call changes the world at most once, and is in the log if and only if it changed it
 * (or is the one that has begun and not ended).
 */
import { assert, XylenError } from '#core';
import type { VenueAccount, VenueOrder } from '#domain';
import type { SimulatedWorld } from '#sim';
import { type AdvanceReply, type AdvanceRequest, encodeLinkMessage, type LinkCommand } from '#venues';
import { type LoggedStep, STEP_LOG_LIMITS, type Standing, StepLog, type StepLogLimits } from './step-log.ts';

/** What is hosted. */
export type HostableWorld = Pick<
  SimulatedWorld,
  'advance' | 'receiveOrder' | 'cancel' | 'openOrders' | 'order' | 'account' | 'nowUs' | 'worldSeq'
>;

/** Where a returning trader stands, and the last event that was ever sent. */
export interface Resumption {
  readonly step: number;
  readonly worldSeqLast: number;
}

/** Client order ids whose content is remembered; older ones are the venue's own affair. */
const ORDER_IDS_KEPT_MAX = 65_536;

/** A world for one session. */
export class HostedWorld {
  readonly #world: HostableWorld;
  readonly #instrumentCount: number;
  readonly #log: StepLog;
  readonly #orders = new Map<string, string>();
  /** A call whose commands are carried out and which the world has not answered, because reading its data failed. */
  #begun: { readonly limitUs: number | null; readonly commands: string } | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  /** Calls that are kept for resumption. */
  readonly stepsKeptMax: number;

  constructor(world: HostableWorld, instrumentCount: number, limits: StepLogLimits = STEP_LOG_LIMITS) {
    assert(world.worldSeq === 0, 'a hosted world is fresh');
    this.#world = world;
    this.#instrumentCount = instrumentCount;
    this.#log = new StepLog(limits);
    this.stepsKeptMax = limits.stepsMax;
  }

  /** True from the first call on, answered or not. */
  get isTouched(): boolean {
    return this.#begun !== null || this.#log.last.step > 0;
  }

  /** Where the session stands. */
  get last(): Standing {
    return this.#log.last;
  }

  /** The earliest moment that can be resumed. */
  get first(): Standing {
    return this.#log.first;
  }

  /**
   * Makes a call, or repeats its answer. Returns the text of the reply.
   * @throws XY_LINK_PROTOCOL when a call that was made carries something else now, a command makes no sense, or the log is full.
   */
  advance(request: AdvanceRequest): Promise<string> {
    return this.#inTurn(() => this.#advance(request));
  }

  /**
   * Returns where a trader stands that has heard event `worldSeq` and made `step` calls (`null` = the call that gave the event), once a call
   * that is still going on has ended. @throws XY_CHECKPOINT_INVALID when the session was never there or no longer keeps what came after.
   */
  resume(worldSeq: number, step: number | null): Promise<Resumption> {
    return this.#inTurn(async () => {
      const { first, last } = this.#log;
      const asked = step ?? this.#log.stepOf(worldSeq);
      if (asked !== undefined && this.#log.worldSeqAt(asked) === worldSeq)
        return { step: asked, worldSeqLast: last.worldSeq };
      const place = step === null ? `event ${worldSeq}` : `event ${worldSeq}, call ${step}`;
      const range = `events ${first.worldSeq} to ${last.worldSeq}, calls ${first.step} to ${last.step}`;
      throw new XylenError(
        'XY_CHECKPOINT_INVALID',
        `the exchange can resume ${range}, asked for was ${place}: the checkpoint is of another run, or the exchange was started anew`,
        { fields: { worldSeq, step, worldSeqLast: last.worldSeq, stepLast: last.step } },
      );
    });
  }

  /** Forgets what a trader at event `worldSeq` cannot ask for. @throws XY_LINK_PROTOCOL when it was never sent. */
  acknowledge(worldSeq: number): void {
    const { last } = this.#log;
    if (worldSeq > last.worldSeq)
      throw protocolError(
        `expected an event up to ${last.worldSeq} to be acknowledged, found ${worldSeq}`,
        worldSeq,
      );
    this.#log.forgetUpTo(worldSeq);
  }

  openOrders(): Promise<readonly VenueOrder[]> {
    return this.#inTurn(() => this.#world.openOrders());
  }

  order(clientOrderId: string, instrumentIx: number): Promise<VenueOrder | null> {
    return this.#inTurn(() => this.#world.order(clientOrderId, instrumentIx));
  }

  account(): Promise<VenueAccount> {
    return this.#inTurn(() => this.#world.account());
  }

  async #advance(request: AdvanceRequest): Promise<string> {
    const { limitUs, step } = request;
    const commands = JSON.stringify(request.commands);
    if (step <= this.#log.last.step) return this.#again(step, { limitUs, commands });
    if (step !== this.#log.last.step + 1)
      throw protocolError(`expected call ${this.#log.last.step + 1}, found ${step}`, step);
    if (this.#begun === null) {
      if (this.#log.isFull) throw this.#full(step);
      this.#checkCommands(request.commands);
      for (const command of request.commands) this.#carryOut(command);
      this.#begun = { limitUs, commands };
    } else checkSame(step, this.#begun, { limitUs, commands });
    const found = await this.#world.advance(limitUs ?? Number.POSITIVE_INFINITY);
    const answer: AdvanceReply =
      typeof found === 'string' ? { kind: found, step } : { kind: 'event', step, ...found };
    const reply = encodeLinkMessage(answer);
    this.#begun = null;
    this.#log.add({ limitUs, commands, reply, worldSeq: this.#world.worldSeq });
    return reply;
  }

  #again(step: number, call: Pick<LoggedStep, 'limitUs' | 'commands'>): string {
    const known = this.#log.find(step);
    if (known === undefined) {
      const { first } = this.#log;
      const message = `the exchange keeps calls after ${first.step} (event ${first.worldSeq}), asked for was ${step}: resume from a checkpoint`;
      throw new XylenError('XY_CHECKPOINT_INVALID', message, { fields: { step, stepFirst: first.step } });
    }
    checkSame(step, known, call);
    return known.reply;
  }

  /** All or none: nothing of a call is carried out unless all of it makes sense. */
  #checkCommands(commands: readonly LinkCommand[]): void {
    const fresh = new Map<string, string>();
    for (const command of commands) {
      const { instrumentIx } = command.kind === 'submit' ? command.order : command;
      if (instrumentIx >= this.#instrumentCount)
        throw protocolError(
          `expected an instrument index below ${this.#instrumentCount}, found ${instrumentIx}`,
          instrumentIx,
        );
      if (command.nowUs < this.#world.nowUs)
        throw protocolError(
          `a command is given at ${this.#world.nowUs} or later, was ${command.nowUs}`,
          command.nowUs,
        );
      if (command.kind === 'cancel') continue;
      const { clientOrderId } = command.order;
      const content = JSON.stringify(command.order);
      const known = this.#orders.get(clientOrderId) ?? fresh.get(clientOrderId) ?? content;
      if (known !== content) {
        const message = `order ${clientOrderId} was ${known}, is now ${content}: an id names one order for ever`;
        throw new XylenError('XY_LINK_PROTOCOL', message, { fields: { clientOrderId } });
      }
      fresh.set(clientOrderId, content);
    }
  }

  #carryOut(command: LinkCommand): void {
    if (command.kind === 'cancel') {
      const { clientOrderId, instrumentIx, nowUs } = command;
      this.#world.cancel({ clientOrderId, instrumentIx }, nowUs);
      return;
    }
    const { nowUs, order } = command;
    this.#orders.set(order.clientOrderId, JSON.stringify(order));
    if (this.#orders.size > ORDER_IDS_KEPT_MAX) {
      for (const oldest of this.#orders.keys()) {
        this.#orders.delete(oldest);
        break;
      }
    }
    this.#world.receiveOrder(order, nowUs);
  }

  #full(step: number): XylenError {
    const { first } = this.#log;
    const message = `the exchange keeps the ${this.#log.stepCount} calls since event ${first.worldSeq} and takes no more before a later event is acknowledged: make checkpoints more often`;
    return protocolError(message, step);
  }

  /** One thing at a time, also when a new trader asks while the call of a dead one is still going on. */
  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(job);
    // Whoever asked is told of the error; whoever comes next only waits for the end.
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}

type Call = Pick<LoggedStep, 'limitUs' | 'commands'>;

function checkSame(step: number, before: Call, now: Call): void {
  if (before.limitUs === now.limitUs && before.commands === now.commands) return;
  const shown = ({ commands, limitUs }: Call): string => `limit ${limitUs}, commands ${commands}`;
  const message = `call ${step} was made before with ${shown(before)}, and now with ${shown(now)}: the resumed run is not the same run`;
  throw protocolError(message, step);
}

function protocolError(message: string, found: number): XylenError {
  return new XylenError('XY_LINK_PROTOCOL', message.slice(0, MESSAGE_CHARS_MAX), { fields: { found } });
}

/** Commands in a message are shown up to here. */
const MESSAGE_CHARS_MAX = 2_000;
