/** A client of the simulated network: the transport port over simulated time. What it calls, it calls from the network's `step` alone. */
import type { EpochUs, Prng } from '#core';
import {
  type Cancel,
  CLOSE_ABNORMAL,
  type ClientSocket,
  type HttpAnswer,
  type HttpFailure,
  type HttpRequest,
  type SocketHandlers,
  type SocketOptions,
  type Transport,
} from '#net';
import type { Lane, SimulatedHost } from './simulated-host.ts';
import { sendSimulated } from './simulated-request.ts';
import { SimulatedSocket } from './simulated-socket.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** The network as its clients need it. */
export interface NetworkCore {
  readonly time: SimulatedTime;
  findHost(hostName: string): SimulatedHost | undefined;
  openLane(host: SimulatedHost | undefined): Lane;
  addSocket(socket: SimulatedSocket): void;
  onGone(socket: SimulatedSocket): void;
}

const NOTHING: ClientSocket = {
  send: () => undefined,
  ping: () => undefined,
  close: () => undefined,
  destroy: () => undefined,
};

/** One program's view of the network. */
export class SimulatedTransport implements Transport {
  readonly #core: NetworkCore;
  readonly #prng: Prng;
  readonly #sockets = new Set<SimulatedSocket>();
  /** Timers and requests that have not called back yet. */
  readonly #cancels = new Set<Cancel>();
  #isCrashed = false;

  constructor(core: NetworkCore, prng: Prng) {
    this.#core = core;
    this.#prng = prng;
  }

  nowUs(): EpochUs {
    return this.#core.time.nowUs();
  }

  /** Timers and requests that have not called back, and sockets that are not over. */
  get openCount(): number {
    return this.#cancels.size + this.#sockets.size;
  }

  after(delayUs: number, call: () => void): Cancel {
    if (this.#isCrashed) return () => undefined;
    const cancel = this.#core.time.after(delayUs, () => {
      this.#cancels.delete(forget);
      call();
    });
    const forget = (): void => {
      this.#cancels.delete(forget);
      cancel();
    };
    this.#cancels.add(forget);
    return forget;
  }

  openSocket(options: SocketOptions, handlers: SocketHandlers): ClientSocket {
    if (this.#isCrashed) return NOTHING;
    const url = URL.parse(options.url);
    if (url === null || !/^wss?:$/.test(url.protocol)) {
      const reason = `not the address of a WebSocket: '${options.url}'`;
      this.after(0, () => handlers.onEnd({ code: CLOSE_ABNORMAL, reason }));
      return NOTHING;
    }
    const host = this.#core.findHost(url.host);
    const socket = new SimulatedSocket({
      time: this.#core.time,
      host,
      hostName: url.host,
      up: this.#core.openLane(host),
      down: this.#core.openLane(host),
      path: url.pathname,
      query: url.search.slice(1),
      options,
      handlers,
      onGone: (gone) => {
        this.#sockets.delete(gone);
        this.#core.onGone(gone);
      },
    });
    this.#sockets.add(socket);
    this.#core.addSocket(socket);
    return socket;
  }

  request(request: HttpRequest, onOutcome: (outcome: HttpAnswer | HttpFailure) => void): Cancel {
    const url = URL.parse(request.url);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      const reason = `not the address of a request: '${request.url}'`;
      return this.after(0, () => onOutcome({ kind: 'failure', reason }));
    }
    if (this.#isCrashed) return () => undefined;
    const cancel = sendSimulated({
      time: this.#core.time,
      host: this.#core.findHost(url.host),
      url,
      request,
      prng: this.#prng,
      onOutcome,
      onGone: () => this.#cancels.delete(cancel),
    });
    this.#cancels.add(cancel);
    return cancel;
  }

  /** The program ends without a word, as after `kill -9`: it hears nothing any more, servers see broken connections. */
  crash(): void {
    this.#isCrashed = true;
    for (const cancel of [...this.#cancels]) cancel();
    for (const socket of [...this.#sockets]) socket.abandon();
  }
}
