/**
 * Frames on a byte stream: the length of the payload as 4 bytes, high byte first, then the payload. Pure: bytes in, frames out. The bytes
 * come from outside: a length is checked before anything is kept for it, and what is kept never exceeds what has arrived.
 */
import { assert, XylenError } from '#core';

/** Largest payload of a frame, bytes: far above any message of the house, far below what would hurt. */
export const FRAME_BYTES_MAX = 8 * 1024 * 1024;

const HEADER_BYTES = 4;

/** Returns a payload (text as UTF-8) as a frame. */
export function frameOf(payload: Uint8Array | string): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  assert(bytes > 0 && bytes <= FRAME_BYTES_MAX, `a frame has 1 to ${FRAME_BYTES_MAX} bytes, was ${bytes}`);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  frame.writeUInt32BE(bytes, 0);
  if (typeof payload === 'string') frame.write(payload, HEADER_BYTES);
  else frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Cuts a stream of bytes into frames. */
export class FrameDecoder {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** `bytesMax` bounds the payload of a frame. */
  constructor(bytesMax = FRAME_BYTES_MAX) {
    assert(bytesMax > 0 && bytesMax <= FRAME_BYTES_MAX, `bytesMax is in [1, ${FRAME_BYTES_MAX}]`);
    this.#bytesMax = bytesMax;
  }

  /** How many bytes wait for the rest of their frame, or for `next`. */
  get bufferedBytes(): number {
    return this.#bytes;
  }

  /** Takes the next bytes of the stream; they must not change afterwards. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /**
   * Returns the payload of the next complete frame (it may share memory with the bytes pushed), `undefined` until one is there.
   * @throws XY_LINK_PROTOCOL when the length is 0 or above the bound: the stream is no stream of frames, or of another version.
   */
  next(): Buffer | undefined {
    if (this.#bytes < HEADER_BYTES) return undefined;
    const length = this.#peek(HEADER_BYTES).readUInt32BE(0);
    if (length === 0 || length > this.#bytesMax) {
      throw new XylenError(
        'XY_LINK_PROTOCOL',
        `a frame has 1 to ${this.#bytesMax} bytes, its header says ${length}`,
        { fields: { length, bytesMax: this.#bytesMax } },
      );
    }
    if (this.#bytes < HEADER_BYTES + length) return undefined;
    return this.#take(HEADER_BYTES + length).subarray(HEADER_BYTES);
  }

  /** Returns at least `count` bytes from the front without removing them. */
  #peek(count: number): Buffer {
    const [first] = this.#chunks;
    assert(first !== undefined && this.#bytes >= count, 'bytes that are looked at have arrived');
    if (first.length < count) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? first;
  }

  #take(count: number): Buffer {
    const bytes = this.#peek(count);
    if (bytes.length === count) this.#chunks.shift();
    else this.#chunks[0] = bytes.subarray(count);
    this.#bytes -= count;
    return bytes.subarray(0, count);
  }
}
