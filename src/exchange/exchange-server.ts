/**
 * The simulated exchange as a process of its own: one world, one session, one trader at a time. Whoever names the session of the world may
 * continue it once its trader is gone; who else comes is turned away. No clock of this process reaches the world: time here only decides
 * whether a trader that does not answer is alive.
 */
import { assert, XylenError } from '#core';
import { type FrameAddress, type FrameListener, listenFrames } from '#net';
import type { Log } from '#telemetry';
import type { MarketCard } from '#venues';
import { type HostableWorld, HostedWorld } from './hosted-world.ts';
import { STEP_LOG_LIMITS, type Standing, type StepLogLimits } from './step-log.ts';
import { TraderConnection } from './trader-connection.ts';

/** What an exchange is started with. */
export interface ExchangeOptions {
  readonly world: HostableWorld;
  readonly market: MarketCard;
  /** A port of loopback (0 = any that is free), or the path of a Unix socket. */
  readonly address: { readonly port: number } | { readonly path: string };
  readonly log: Log;
  /** Called when this program has a fault; the exchange should then end. */
  readonly onFault: (error: unknown) => void;
  /** How long a trader may take for a sign of life when another one asks for its session. */
  readonly signOfLifeMs?: number;
  /** How much is kept for resumption. */
  readonly logLimits?: StepLogLimits;
}

const SIGN_OF_LIFE_MS = 2_000;

/** A running exchange. */
export class ExchangeServer {
  readonly #options: ExchangeOptions;
  readonly #hosted: HostedWorld;
  #listener: FrameListener | undefined;
  #trader: TraderConnection | null = null;
  #isAsking = false;
  /** The last session that was let in; the world belongs to it once a call was made. */
  #sessionId: string | null = null;

  private constructor(options: ExchangeOptions) {
    const { logLimits = STEP_LOG_LIMITS, market, world } = options;
    this.#options = options;
    this.#hosted = new HostedWorld(world, market.instruments.length, logLimits);
  }

  /** Starts to listen. @throws XY_PORT_IN_USE, XY_LINK_FAILED. */
  static async start(options: ExchangeOptions): Promise<ExchangeServer> {
    const server = new ExchangeServer(options);
    server.#listener = await listenFrames(options.address, (connection) => {
      new TraderConnection({
        connection,
        hosted: server.#hosted,
        market: options.market,
        admit: (trader) => server.#admit(trader),
        onLeft: (trader, error) => server.#onLeft(trader, error),
        onFault: options.onFault,
      });
    });
    return server;
  }

  /** Where traders connect to. */
  get address(): FrameAddress {
    assert(this.#listener !== undefined, 'a started exchange listens');
    return this.#listener.address;
  }

  /** Where the session stands. */
  get last(): Standing {
    return this.#hosted.last;
  }

  /** True while a trader is connected. */
  get hasTrader(): boolean {
    return this.#trader !== null;
  }

  /** Ends the exchange and all that it knows. */
  async close(): Promise<void> {
    await this.#listener?.close();
  }

  /** Lets a trader in. @throws XY_LINK_BUSY when the world is another session's, or its trader is there. */
  async #admit(trader: TraderConnection): Promise<void> {
    if (this.#hosted.isTouched && this.#sessionId !== trader.sessionId)
      throw busy(`the exchange serves session '${this.#sessionId}'; another run needs another exchange`);
    while (this.#trader !== null) {
      if (this.#isAsking) throw busy('another trader is about to take the session over');
      await this.#makeRoom(this.#trader);
    }
    if (trader.isOver) return;
    this.#trader = trader;
    this.#sessionId = trader.sessionId;
    this.#options.log.info('trader_connected', { session: trader.sessionId, ...this.#hosted.last });
  }

  /** Lets a trader go that shows no sign of life; of one that was killed the end may not have been seen yet. */
  async #makeRoom(trader: TraderConnection): Promise<void> {
    this.#isAsking = true;
    try {
      const isAlive = await trader.isAlive(this.#options.signOfLifeMs ?? SIGN_OF_LIFE_MS);
      if (isAlive) throw busy(`the trader of session '${trader.sessionId}' is connected`);
    } finally {
      this.#isAsking = false;
    }
    trader.drop('the session was taken over: no sign of life was heard');
  }

  #onLeft(trader: TraderConnection, error: XylenError | null): void {
    if (error !== null) {
      const { code, message } = error;
      this.#options.log.warn('trader_error', { session: trader.sessionId, code, message });
    }
    if (trader !== this.#trader) return;
    this.#trader = null;
    this.#options.log.info('trader_left', { session: trader.sessionId, ...this.#hosted.last });
  }
}

function busy(message: string): XylenError {
  return new XylenError('XY_LINK_BUSY', message);
}
