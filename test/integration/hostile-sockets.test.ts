/** A hundred stories of feeds and hostile venues over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SocketTransport } from '#net/socket';
import { runSocketScenario } from '../hostile/socket-scenario.ts';
import { VENUES_UNDER_TEST, type VenueUnderTest } from '../hostile/venues.ts';

const SEED = Number(process.env.SEED ?? 1);
const SCENARIOS = Number(process.env.SOCKET_SCENARIOS ?? 105);
/** Side by side: more would wait for one another instead of for the network. */
const AT_ONCE = 15;

test(`${SCENARIOS} stories over real sockets end with the venue's own books (SEED=${SEED})`, async (context) => {
  const transport = new SocketTransport();
  context.after(() => transport.close());
  const stories = Array.from({ length: SCENARIOS }, (_, at): [number, VenueUnderTest] => {
    const under = VENUES_UNDER_TEST[at % VENUES_UNDER_TEST.length];
    assert.ok(under !== undefined);
    return [SEED + at, under];
  });
  const failures: string[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let story = stories[next++]; story !== undefined; story = stories[next++]) {
      const [seed, under] = story;
      try {
        await runSocketScenario(seed, under, transport);
      } catch (error) {
        failures.push(
          `seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  assert.equal(failures.length, 0, `${failures.length} failed\n${failures.slice(0, 3).join('\n')}`);
});
