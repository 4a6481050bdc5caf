/**
 * Carries the faults of the board out at the exchange: answers instead of answers, messages that are lost, doubled or late, sockets that break,
 * listen keys that end, accounts that are closed by force. Nothing happens where nothing was told.
 */
import type { EpochUs } from '#core';
import type { ServedAnswer, ServedRequest } from '#net';
import type { StreamHub } from '../stream-hub.ts';
import { answerOf } from './fault-answer.ts';
import type { FaultBoard, HeldMessage, SuddenFault } from './fault-board.ts';

/** What faults are carried out on. */
export interface FaultWorkParts {
  readonly board: FaultBoard;
  readonly hub: StreamHub;
  /** Returns whose request it is by its key; -1 = nobody's. */
  readonly accountIxOf: (request: ServedRequest) => number;
  /** Returns whose user stream a stream is; -1 = nobody's. */
  readonly listenerIxOf: (stream: string) => number;
  readonly accountCount: number;
  readonly endListenKey: (accountIx: number, nowUs: EpochUs) => void;
  readonly liquidate: (accountIx: number, nowUs: EpochUs) => void;
}

type SocketFault = Extract<SuddenFault, { readonly sockets: unknown }>;

const GOING_AWAY = 1001;

/** Carries out what the board says. */
export class FaultWork {
  readonly #parts: FaultWorkParts;
  #wasClosed = false;

  constructor(parts: FaultWorkParts) {
    this.#parts = parts;
    parts.hub.copiesOf = (stream, payload, nowUs) => this.#copiesOf({ stream, payload }, nowUs);
  }

  /** True while nobody is let in. */
  isClosed(nowUs: EpochUs): boolean {
    return this.#parts.board.isClosed(nowUs);
  }

  /** Answers a request, or lets it be answered, or both. */
  onRequest(request: ServedRequest, nowUs: EpochUs, serve: () => ServedAnswer): ServedAnswer | 'no-answer' {
    const { accountIxOf, board } = this.#parts;
    if (board.isEmpty) return serve();
    const { method, path } = request;
    const fate = board.fateOf({ method, path, accountIx: accountIxOf(request) }, nowUs);
    if (fate === null) return serve();
    const { delayUs, instead } = fate;
    if (instead === null) return { ...serve(), delayUs };
    const headers = instead.isCarriedOut ? serve().headers : {};
    const answer = answerOf(instead.fault, board.endUs(instead.fault, nowUs), nowUs, headers);
    return answer === 'no-answer' ? answer : { ...answer, delayUs };
  }

  /** Lets go what was held back and breaks what is to break. */
  onTick(nowUs: EpochUs): void {
    const { board, hub } = this.#parts;
    for (const { payload, stream } of board.release(nowUs)) hub.deliver(stream, payload);
    if (board.isEmpty && !this.#wasClosed) return;
    for (const fault of board.sudden(nowUs)) this.#strike(fault, nowUs);
    const isClosed = board.isClosed(nowUs);
    if (isClosed && !this.#wasClosed)
      hub.each(
        () => true,
        (socket) => socket.close(GOING_AWAY, 'maintenance'),
      );
    this.#wasClosed = isClosed;
  }

  #copiesOf(message: HeldMessage, nowUs: EpochUs): number {
    const { board, listenerIxOf } = this.#parts;
    return board.isEmpty ? 1 : board.copiesOf(listenerIxOf(message.stream), message, nowUs);
  }

  #strike(fault: SuddenFault, nowUs: EpochUs): void {
    const { hub, endListenKey, liquidate } = this.#parts;
    switch (fault.kind) {
      case 'cut':
        hub.each(this.#isStruck(fault), (socket) => socket.destroy());
        break;
      case 'stall':
        hub.each(this.#isStruck(fault), (socket) => socket.stall());
        break;
      case 'expire-listen-key':
        for (const accountIx of this.#accountsOf(fault)) endListenKey(accountIx, nowUs);
        break;
      case 'liquidate':
        for (const accountIx of this.#accountsOf(fault)) liquidate(accountIx, nowUs);
        break;
    }
  }

  /** Returns which sockets a fault breaks, by what they listen to. */
  #isStruck({ accountIx, sockets }: SocketFault): (streams: ReadonlySet<string>) => boolean {
    return (streams) => {
      const owners = [...streams].map((stream) => this.#parts.listenerIxOf(stream));
      const isUser = owners.some((ownerIx) => ownerIx !== -1);
      if (sockets !== 'all' && (sockets === 'user') !== isUser) return false;
      return accountIx === -1 || owners.includes(accountIx);
    };
  }

  #accountsOf({ accountIx }: SuddenFault): number[] {
    const { accountCount } = this.#parts;
    return Array.from({ length: accountCount }, (_, ix) => ix).filter(
      (ix) => accountIx === -1 || ix === accountIx,
    );
  }
}
