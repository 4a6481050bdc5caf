import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import { silentLog } from '#telemetry';
import { askPatiently, type PatienceParts, START_TRIES } from './patient-start.ts';

function world() {
  const controller = new AbortController();
  const pauses: number[] = [];
  let onPause = (): void => undefined;
  const parts: PatienceParts = {
    signal: controller.signal,
    log: silentLog,
    timers: {
      after: (us, call) => {
        pauses.push(us);
        queueMicrotask(() => {
          onPause();
          if (!controller.signal.aborted) call();
        });
        return () => undefined;
      },
    },
  };
  return {
    parts,
    pauses,
    controller,
    set onPause(call: () => void) {
      onPause = call;
    },
  };
}

const down = (): XylenError => new XylenError('XY_VENUE_FAILED', 'connection refused');

test('asks until the venue answers', async () => {
  const { parts, pauses } = world();
  let tries = 0;
  const answer = await askPatiently('v', parts, () =>
    ++tries < 4 ? Promise.reject(down()) : Promise.resolve('list'),
  );
  assert.equal(answer, 'list');
  assert.equal(pauses.length, 3);
});

test('gives up after the last try, and at once for what no patience mends', async () => {
  const { parts, pauses } = world();
  let tries = 0;
  const fails = (error: Error) => (): Promise<never> => {
    tries++;
    return Promise.reject(error);
  };
  await assert.rejects(askPatiently('v', parts, fails(down())), { code: 'XY_VENUE_FAILED' });
  assert.equal(tries, START_TRIES);
  assert.equal(pauses.length, START_TRIES - 1);
  tries = 0;
  const unknown = new XylenError('XY_INSTRUMENT_UNKNOWN', 'no such symbol');
  await assert.rejects(askPatiently('v', parts, fails(unknown)), { code: 'XY_INSTRUMENT_UNKNOWN' });
  assert.equal(tries, 1);
});

test('Ctrl-C ends the wait', async () => {
  const place = world();
  place.onPause = () => place.controller.abort();
  await assert.rejects(
    askPatiently('v', place.parts, () => Promise.reject(down())),
    { code: 'XY_INTERRUPTED' },
  );
  assert.equal(place.pauses.length, 1);
});
