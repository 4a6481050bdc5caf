/** Cases of decoders on damaged frames: a frame is delivered as a whole or not at all, and what follows it is read as if nothing had been. */
import assert from 'node:assert/strict';
import { Prng } from '#core';
import { FrameFault } from '#venues/market';
import { testSeed } from '../support/property.ts';
import type { ConformanceCase } from './case.ts';
import { checkCuts, checkFlips } from './damage.ts';
import { decode, frameSamples, marketEntries } from './frame-samples.ts';

const FLIPS = 150;

/** Rules of decoders on damaged frames. */
export const DAMAGE_CASES: readonly ConformanceCase[] = [
  {
    id: 'V25',
    rule: 'A frame that is cut off anywhere is refused with FrameFault, nothing of it is delivered, and the next frame is read as ever',
    run: (under) => {
      const { market, openDecoder, samples } = frameSamples(under, 2);
      for (const { text } of samples) checkCuts({ text, openDecoder, tsLocalUs: market.nowUs });
    },
  },
  {
    id: 'V26',
    rule: 'A frame with a changed byte is refused as a whole or delivered as a whole; what is no JSON is always refused',
    run: (under) => {
      const prng = new Prng(testSeed()).split(`flips ${under.venue}`);
      const { market, openDecoder, samples } = frameSamples(under, 2);
      for (const { text } of samples) checkFlips({ text, openDecoder, tsLocalUs: market.nowUs }, prng, FLIPS);
    },
  },
  {
    id: 'V27',
    rule: 'What is no message (nothing, white space, words, two values, deep nesting) is refused with FrameFault or passed over, and delivers nothing',
    run: (under) => {
      const { market, openDecoder, samples } = frameSamples(under, 1);
      const [{ text } = { text: '' }] = samples;
      const noise = ['', ' ', 'null', 'true', '1', '"x"', '[]', '{}', 'not json', '\u0000', `${text}${text}`];
      noise.push(
        `${text},`,
        `[${text}]`,
        `${'['.repeat(5_000)}`,
        `{"a":${'['.repeat(500)}${']'.repeat(500)}}`,
      );
      for (const frame of noise) {
        try {
          assert.deepEqual(marketEntries(decode(openDecoder(), frame, market.nowUs)), [], frame.slice(0, 99));
        } catch (thrown) {
          if (!(thrown instanceof FrameFault)) throw thrown;
        }
      }
    },
  },
  {
    id: 'V28',
    rule: 'A refusal says what was expected and what was found',
    run: (under) => {
      const { market, openDecoder, samples } = frameSamples(under, 1);
      for (const { text } of samples) {
        assert.throws(
          () => decode(openDecoder(), text.slice(0, -1), market.nowUs),
          (thrown: unknown) => thrown instanceof FrameFault && /\w{3,} .*\w{3,}/.test(thrown.message),
        );
      }
    },
  },
];
