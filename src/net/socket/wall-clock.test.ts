/** The wall clock follows the host's clock within a millisecond, and never runs back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { addressFault, isLoopback } from './plain-hosts.ts';
import { WallClock } from './wall-clock.ts';

/** A host whose clock may be set; `wallMs` shows whole milliseconds, as hosts do. */
function host() {
  let wallUs = 1_700_000_000_000_123;
  let monotonicUs = 5_000_000;
  return {
    sources: { wallMs: () => Math.floor(wallUs / 1_000), monotonicMs: () => monotonicUs / 1_000 },
    pass: (us: number, wallDriftUs = 0) => {
      monotonicUs += us;
      wallUs += us + wallDriftUs;
    },
    set: (us: number) => {
      wallUs += us;
    },
    wallUs: () => wallUs,
  };
}

test('follows the wall clock within a millisecond, with microseconds of its own', () => {
  const { pass, sources, wallUs } = host();
  const clock = new WallClock(sources);
  let lastUs = 0;
  for (let n = 0; n < 10_000; n++) {
    pass(137, n % 100 === 0 ? 3 : 0);
    const nowUs = clock.nowUs();
    assert.ok(Number.isSafeInteger(nowUs));
    assert.ok(Math.abs(nowUs - wallUs()) <= 1_000, `${nowUs - wallUs()} us away`);
    if (n > 0) assert.ok(nowUs - lastUs >= 60 && nowUs - lastUs <= 1_400, `moved by ${nowUs - lastUs}`);
    lastUs = nowUs;
  }
});

test('jumps forward with the host, and goes at half speed after it was set back', () => {
  const { pass, set, sources, wallUs } = host();
  const clock = new WallClock(sources);
  clock.nowUs();
  set(3_600_000_000);
  pass(1_000);
  assert.ok(Math.abs(clock.nowUs() - wallUs()) <= 1_000);
  set(-2_000_000);
  let lastUs = clock.nowUs();
  for (let n = 0; n < 4_100; n++) {
    pass(1_000);
    const nowUs = clock.nowUs();
    assert.ok(nowUs - lastUs >= 499, `moved by ${nowUs - lastUs}`);
    lastUs = nowUs;
  }
  assert.ok(Math.abs(lastUs - wallUs()) <= 1_000, 'four seconds make up for two');
});

test(`never decreases, whatever the host does (SEED=${testSeed()})`, () => {
  const prng = new Prng(testSeed());
  const { pass, set, sources } = host();
  const clock = new WallClock(sources);
  let lastUs = clock.nowUs();
  for (let n = 0; n < 20_000; n++) {
    if (prng.integer(0, 50) === 0) set(prng.integer(-10_000_000, 10_000_000));
    pass(prng.integer(0, 5_000));
    const nowUs = clock.nowUs();
    assert.ok(nowUs >= lastUs);
    lastUs = nowUs;
  }
});

test('only this machine is talked to in plain text, unless allowed', () => {
  const fault = (text: string, isPlainAllowed = false): string | undefined =>
    addressFault(URL.parse(text), text, ['ws:', 'wss:'], isPlainAllowed);
  for (const text of ['ws://127.0.0.1:80/', 'ws://localhost/', 'ws://[::1]:1/', 'wss://venue.test/']) {
    assert.equal(fault(text), undefined, text);
  }
  for (const text of ['ws://venue.test', 'ws://128.0.0.1/', 'ws://localhost.venue.test/', 'ws://0.0.0.0/']) {
    assert.match(fault(text) ?? '', /expected wss: for/, text);
    assert.equal(fault(text, true), undefined, text);
  }
  for (const text of ['', 'venue.test', 'http://127.0.0.1/', 'file:///etc/passwd']) {
    assert.match(fault(text, true) ?? '', /expected an address wss:/, text);
  }
  assert.equal(isLoopback(new URL('ws://2130706433/').hostname), true, 'other spellings are made one by URL');
});
