import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { XylenError } from '#core';
import { propertySettings } from '../../test/support/property.ts';
import { FRAME_BYTES_MAX, FrameDecoder, frameOf } from './frame-decoder.ts';

/** All frames that are complete, as plain arrays. */
function drain(decoder: FrameDecoder): number[][] {
  const frames: number[][] = [];
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push([...frame]);
  return frames;
}

/** Cuts bytes at the places given, which may repeat. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, at) => bytes.subarray(at === 0 ? 0 : ends[at - 1], end));
}

const payload = fc.uint8Array({ minLength: 1, maxLength: 300 });
const places = fc.array(fc.nat(5_000), { maxLength: 20 });

describe('frames', () => {
  test('are a length of four bytes and the payload; text is UTF-8', () => {
    assert.deepEqual([...frameOf('hé')], [0, 0, 0, 3, 0x68, 0xc3, 0xa9]);
    assert.deepEqual([...frameOf(Uint8Array.of(7))], [0, 0, 0, 1, 7]);
    assert.throws(() => frameOf(''), /a frame has 1 to/);
    assert.throws(() => frameOf(new Uint8Array(FRAME_BYTES_MAX + 1)), /a frame has 1 to/);
  });

  test('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 12 }), places, (payloads, cuts) => {
        const decoder = new FrameDecoder();
        const found: number[][] = [];
        for (const chunk of cut(Buffer.concat(payloads.map(frameOf)), cuts)) {
          decoder.push(chunk);
          found.push(...drain(decoder));
        }
        assert.deepEqual(
          found,
          payloads.map((bytes) => [...bytes]),
        );
        assert.equal(decoder.bufferedBytes, 0);
      }),
      propertySettings(),
    );
  });

  test('wait for their last byte and keep what has come', () => {
    const frame = frameOf('abcdef');
    for (let count = 0; count < frame.length; count++) {
      const decoder = new FrameDecoder();
      decoder.push(frame.subarray(0, count));
      assert.equal(decoder.next(), undefined);
      assert.equal(decoder.bufferedBytes, count);
      decoder.push(frame.subarray(count));
      assert.equal(decoder.next()?.toString(), 'abcdef');
    }
  });

  const BAD_LENGTHS: readonly (readonly [string, readonly number[]])[] = [
    ['nothing', [0, 0, 0, 0]],
    ['a byte too many', [0, 0, 0, 11]],
    ['four gigabytes', [255, 255, 255, 255]],
    ['text of another protocol', [...Buffer.from('GET / HTTP/1.1\r\n')]],
  ];
  for (const [what, bytes] of BAD_LENGTHS) {
    test(`are refused at once when the header says ${what}`, () => {
      const decoder = new FrameDecoder(10);
      decoder.push(Buffer.from(bytes));
      const refusal = { name: 'XylenError', code: 'XY_LINK_PROTOCOL', message: /a frame has 1 to 10 bytes/ };
      assert.throws(() => decoder.next(), refusal);
      assert.throws(() => decoder.next(), refusal, 'and stay refused');
    });
  }

  test('may be as large as the bound, in small pieces too', () => {
    const bytes = Buffer.alloc(FRAME_BYTES_MAX, 3);
    const frame = frameOf(bytes);
    const decoder = new FrameDecoder();
    for (let at = 0; at < frame.length; at += 65_536) decoder.push(frame.subarray(at, at + 65_536));
    assert.equal(decoder.next()?.equals(bytes), true);
    assert.equal(decoder.next(), undefined);
  });

  test('from random bytes are frames, a wait or a clear refusal, never anything else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 64 }),
        (chunks, bytesMax) => {
          const decoder = new FrameDecoder(bytesMax);
          let pushed = 0;
          let taken = 0;
          try {
            for (const chunk of chunks) {
              decoder.push(Buffer.from(chunk));
              pushed += chunk.length;
              for (const frame of drain(decoder)) {
                assert.ok(frame.length >= 1 && frame.length <= bytesMax);
                taken += frame.length + 4;
              }
              assert.equal(decoder.bufferedBytes, pushed - taken);
              assert.ok(decoder.bufferedBytes < bytesMax + 4, 'no more than one frame is kept');
            }
          } catch (error) {
            if (!(error instanceof XylenError)) throw error;
            assert.equal(error.code, 'XY_LINK_PROTOCOL');
          }
        },
      ),
      propertySettings(500),
    );
  });
});
