/** Cases of decoders on good frames: what is delivered is the truth, however the frame is written, and nothing else is. */
import assert from 'node:assert/strict';
import type { TradePrint } from '#venues/market';
import { DecodedLog } from '../support/decoded-log.ts';
import type { AdapterUnderTest } from './adapters.ts';
import { heldBytes } from './allocation.ts';
import type { ConformanceCase } from './case.ts';
import { decode, type FrameSamples, frameSamples, marketEntries } from './frame-samples.ts';
import { type JsonNode, mapObjects, parseJson, renderJson } from './json-rewrite.ts';

/** Venues state milliseconds, and the time of the print some of them before the one of the message. */
const TIME_US_MAX = 5_000;
const MESSAGES = 100_000;
/** A leak of ten bytes a message would be more. */
const GROWTH_BYTES_MAX = 1_000_000;
/** Members whose text says what kind of message it is, in any of the dialects. */
const KINDS = new Set(['e', 'stream', 'channel', 'feed', 'topic', 'subject', 'type', 'event', 'method']);

/** Rules of decoders on good frames. */
export const FRAME_CASES: readonly ConformanceCase[] = [
  {
    id: 'V17',
    rule: 'A print is delivered as it was: ticks and lots exact to the digit, side of the taker, number, and nothing beside it',
    run: (under) => {
      const { market, openDecoder, samples } = frameSamples(under, 4);
      for (const { instrumentIx, text, trade } of samples) {
        if (trade === null) continue;
        const [entry, ...others] = marketEntries(decode(openDecoder(), text, market.nowUs));
        assert.equal(others.length, 0, text);
        const { priceTicks, qtyLots, takerSide, tradeId, ...print } = entry?.value as TradePrint;
        const found = { ix: print.instrumentIx, priceTicks, qtyLots, takerSide, tradeId };
        const { id, lots, takerSide: side, ticks } = trade;
        const wanted = { ix: instrumentIx, priceTicks: ticks, qtyLots: lots, takerSide: side, tradeId: id };
        assert.deepEqual(found, wanted, text);
      }
    },
  },
  {
    id: 'V18',
    rule: 'Times of the venue are microseconds since the epoch and those of the message',
    run: (under) => {
      const { market, openDecoder, samples } = frameSamples(under);
      for (const { text } of samples) {
        for (const { kind, value } of marketEntries(decode(openDecoder(), text, market.nowUs))) {
          const { tsVenueUs } = value as { tsVenueUs: number };
          assert.ok(Number.isSafeInteger(tsVenueUs), `${kind} at ${tsVenueUs}: ${text}`);
          const agoUs = market.nowUs - tsVenueUs;
          assert.ok(agoUs > -TIME_US_MAX && agoUs < 2_000_000, `${kind} is ${agoUs} us old: ${text}`);
        }
      }
    },
  },
  {
    id: 'V19',
    rule: 'The order of members and white space do not matter',
    run: (under) => {
      for (const { text, given, decodeAs } of decodings(under)) {
        const tree = parseJson(text);
        for (const form of [{ isReversed: true }, { space: ' \n\t\r' }, { isReversed: true, space: '  ' }])
          assert.deepEqual(decodeAs(renderJson(tree, form)), given, renderJson(tree, form));
      }
    },
  },
  {
    id: 'V20',
    rule: 'Members that are not known are passed over, in every object, before and behind the known ones',
    run: (under) => {
      for (const { text, given, decodeAs } of decodings(under)) {
        const changed = renderJson(mapObjects(parseJson(text), withStrangers));
        assert.deepEqual(decodeAs(changed), given, changed);
      }
    },
  },
  {
    id: 'V21',
    rule: 'A message of a kind that is not known is passed over and counted',
    run: (under) => {
      const { market, openDecoder, samples } = frameSamples(under);
      for (const { text } of samples) {
        const unknown = renderJson(mapObjects(parseJson(text), renamedKinds));
        for (const frame of [unknown, '{"unheardOf":{"a":[1,{"b":null}]}}']) {
          const decoder = openDecoder();
          assert.deepEqual(marketEntries(decode(decoder, frame, market.nowUs)), [], frame);
          assert.equal(decoder.ignoredCount, 1, frame);
        }
      }
    },
  },
  {
    id: 'V22',
    rule: 'What concerns an instrument that is not followed is passed over and counted',
    run: (under) => {
      const { market, openDecoder, samples } = frameSamples(under, 2);
      for (const { instrumentIx, text } of samples) {
        const decoder = openDecoder(1);
        const delivered = marketEntries(decode(decoder, text, market.nowUs));
        assert.equal(delivered.length > 0, instrumentIx === 0, text);
        assert.equal(decoder.ignoredCount, instrumentIx === 0 ? 0 : 1, text);
      }
    },
  },
  {
    id: 'V23',
    rule: 'Levels have prices above 0, quantities of at least 0, and in snapshots above 0; both are safe integers',
    run: (under) => {
      const { market, openDecoder, samples } = frameSamples(under);
      for (const { text } of samples) {
        for (const { asks, bids, isSnapshot } of decode(openDecoder(), text, market.nowUs).books) {
          for (const [ticks, lots] of [...bids, ...asks]) {
            assert.ok(Number.isSafeInteger(ticks) && ticks > 0, `price ${ticks}: ${text}`);
            assert.ok(
              Number.isSafeInteger(lots) && lots >= (isSnapshot ? 1 : 0),
              `quantity ${lots}: ${text}`,
            );
          }
        }
      }
    },
  },
  {
    id: 'V24',
    rule: 'Records are filled again for every message, and the heap is as large after 100,000 messages as before',
    run: checkMemory,
  },
];

/** Each sample with what it delivers, and a way to decode another form of it. */
function decodings(under: AdapterUnderTest): readonly {
  readonly text: string;
  readonly given: unknown;
  readonly decodeAs: (text: string) => unknown;
}[] {
  const { market, openDecoder, samples } = frameSamples(under);
  return samples.map(({ text }) => {
    const decodeAs = (form: string): unknown => decode(openDecoder(), form, market.nowUs).entries;
    return { text, given: decodeAs(text), decodeAs };
  });
}

type Members = readonly (readonly [string, JsonNode])[];

function withStrangers(members: Members): Members {
  const stranger = parseJson('{"a":[1,-2.5e-7,{"b":null}],"c":"\\u00e9\\"}{","d":true}');
  return [['"unheardOf"', stranger], ...members, ['"unheardOf2"', { kind: 'array', items: [stranger] }]];
}

function renamedKinds(members: Members): Members {
  return members.map(([key, value]) =>
    KINDS.has(key.slice(1, -1)) && value.kind === 'scalar' && value.raw.startsWith('"')
      ? [key, { kind: 'scalar', raw: '"unheardOf"' }]
      : [key, value],
  );
}

function checkMemory(under: AdapterUnderTest): void {
  const { market, openDecoder, samples } = frameSamples(under, 2);
  const frames = samples.filter(({ kind }) => kind !== 'snapshot');
  const records = new Set<unknown>();
  const sink = new DecodedLog();
  sink.onBook = (update) => void records.add(update);
  sink.onTrade = (trade) => void records.add(trade);
  sink.onConnectionSequence = () => true;
  const decoder = openDecoder();
  const bytes = frames.map(({ text }) => Buffer.from(text));
  const run = (count: number): void => {
    for (let n = 0; n < count; n++) {
      const frame = bytes[n % bytes.length];
      if (frame !== undefined) decoder.decode(frame, market.nowUs, sink);
    }
  };
  run(MESSAGES / 10);
  const recordCount = records.size;
  assert.ok(recordCount <= mostRecords(frames), `${recordCount} records for ${frames.length} frames`);
  const before = heldBytes();
  run(MESSAGES);
  const growth = heldBytes() - before;
  assert.equal(records.size, recordCount, 'no record was made for a message');
  assert.ok(growth < GROWTH_BYTES_MAX, `${MESSAGES} messages left ${growth} bytes behind`);
}

/** One update of a book and one print, or one for each instrument. */
function mostRecords(frames: FrameSamples['samples']): number {
  return 2 * (1 + new Set(frames.map(({ instrumentIx }) => instrumentIx)).size);
}
