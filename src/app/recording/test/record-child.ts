/**
 * A recorder for the crash test: records a synthetic feed at full speed and says after each flush, a line each, how many events are durable. Ended
 * by being killed. Arguments: data directory, number of the session, events between two flushes, events in
 * all (then it only waits).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { US_PER_DAY } from '#core';
import { silentLog } from '#telemetry';
import { RECORDING_DEFAULTS, Recording } from '../recording.ts';
import { syntheticEvent, syntheticInstruments } from './synthetic-feed.ts';

/** Instruments of the feed. */
export const CRASH_INSTRUMENTS = syntheticInstruments(3);

/** Returns when the feed of a session runs: sessions lie a month apart. */
export function crashTimes(session: number): { readonly startUs: number; readonly stepUs: number } {
  return { startUs: Date.UTC(2024, 0, 1, 0, 59, 58) * 1_000 + session * 30 * US_PER_DAY, stepUs: 1_000 };
}

/** Events between two flushes unless told otherwise. */
const GROUP = 700;

if (import.meta.main) {
  const [dataDir = '', session = '0', group = GROUP, eventsMax = Number.POSITIVE_INFINITY] =
    process.argv.slice(2);
  const times = crashTimes(Number(session));
  const recording = await Recording.open({
    dataDir,
    instruments: CRASH_INSTRUMENTS,
    settings: {
      ...RECORDING_DEFAULTS,
      flushIntervalUs: 50_000,
      archive: { partIntervalUs: 60_000, partsMax: 4, bufferBytesMax: 200_000 },
    },
    log: silentLog,
    nowUs: () => Date.now() * 1_000,
  });
  for (let n = 0; n < Number(eventsMax); ) {
    for (let i = 0; i < Number(group); i++, n++) {
      const event = syntheticEvent(n, CRASH_INSTRUMENTS.length, times);
      while (recording.event(event) === 'wait') await nextTurn();
    }
    await recording.flush();
    process.stdout.write(`${n}\n`);
    await nextTurn();
  }
}
