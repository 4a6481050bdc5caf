/**
 * Frames over a connected socket. The reader can stop (`pause`), and then nothing is read from the socket either; the writer is told when
 * the peer is behind. Invariants: frames are delivered in order, none after `onClose`, which is called exactly once.
 */
import type { Socket } from 'node:net';
import { assert, XylenError } from '#core';
import { FrameDecoder, frameOf } from './frame-decoder.ts';

/** What the owner of a connection is told. */
export interface FrameHandlers {
  /** A payload has arrived; it is valid during the call only. */
  onFrame(payload: Buffer): void;
  /** The connection is over; `null` = the peer ended it between two frames. */
  onClose(error: XylenError | null): void;
}

/** How long a peer may take to end its side after we ended ours. */
const CLOSE_TIMEOUT_MS = 1_000;
/** Bytes that may wait in the socket before `send` asks to wait. */
const UNSENT_BYTES_MAX = 1024 * 1024;

/** One end of a connection. Reads nothing before `open`. */
export class FrameConnection {
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder();
  #handlers: FrameHandlers | undefined;
  /** What everybody waits for who sends while the peer is behind. */
  #drained: Promise<void> | undefined;
  #error: XylenError | null = null;
  #isPaused = false;
  #isClosed = false;
  #isTold = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    // A message waits for its answer; holding it back to fill a packet would only delay both.
    socket.setNoDelay(true);
    socket.on('error', (cause) => {
      this.#error ??= new XylenError('XY_LINK_FAILED', `the connection broke: ${cause.message}`, { cause });
    });
    socket.on('close', () => this.#onSocketClose());
  }

  /** True once nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#isClosed || this.#socket.destroyed || this.#socket.writableEnded;
  }

  /** Begins to read. */
  open(handlers: FrameHandlers): void {
    assert(this.#handlers === undefined, 'a connection is opened once');
    this.#handlers = handlers;
    if (this.#isClosed) {
      this.#tellClosed();
      return;
    }
    this.#socket.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk);
      this.#deliver();
    });
  }

  /**
   * Sends a payload. Returns a promise when so much waits to be sent already that the caller must wait before it sends more; it resolves when the
   * peer has taken it, or the connection is over. @throws XY_LINK_FAILED when it is over already.
   */
  send(payload: Uint8Array | string): Promise<void> | undefined {
    if (this.isClosed) throw this.#error ?? closedError();
    this.#socket.write(frameOf(payload));
    if (this.#socket.writableLength <= UNSENT_BYTES_MAX) return undefined;
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done);
        this.#socket.off('close', done);
        this.#drained = undefined;
        resolve();
      };
      this.#socket.on('drain', done);
      this.#socket.on('close', done);
    });
    return this.#drained;
  }

  /** Stops delivering and reading; what has arrived waits, what has not stays with the peer. */
  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  /** Goes on after `pause`; frames that wait are delivered before it returns. */
  resume(): void {
    this.#isPaused = false;
    this.#deliver();
    if (!this.#isPaused) this.#socket.resume();
  }

  /** Ends the connection after what was sent has left; resolves when it is over, in bounded time whatever the peer does. */
  async close(timeoutMs = CLOSE_TIMEOUT_MS): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), timeoutMs);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      // The end of the peer is only seen while reading.
      this.#isPaused = false;
      this.#socket.resume();
      this.#socket.end();
    });
  }

  /** Breaks the connection off at once; `error` is what `onClose` says. */
  destroy(error: XylenError | null = null): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  #deliver(): void {
    while (!this.#isPaused && !this.#socket.destroyed) {
      let payload: Buffer | undefined;
      try {
        payload = this.#decoder.next();
      } catch (error) {
        if (!(error instanceof XylenError)) throw error;
        this.destroy(error);
        return;
      }
      if (payload === undefined) return;
      this.#handlers?.onFrame(payload);
    }
  }

  #onSocketClose(): void {
    this.#isClosed = true;
    const left = this.#decoder.bufferedBytes;
    if (left > 0 && !this.#isPaused) {
      this.#error ??= new XylenError('XY_LINK_FAILED', 'the connection ended in the middle of a frame', {
        fields: { bytes: left },
      });
    }
    if (this.#handlers !== undefined) this.#tellClosed();
  }

  #tellClosed(): void {
    assert(!this.#isTold, 'the end of a connection is told once');
    this.#isTold = true;
    this.#handlers?.onClose(this.#error);
  }
}

function closedError(): XylenError {
  return new XylenError('XY_LINK_FAILED', 'expected an open connection, it is closed');
}
