import { test } from 'node:test';
import { ADAPTERS_UNDER_TEST } from './adapters.ts';
import { CONFORMANCE_CASES } from './cases.ts';

for (const under of ADAPTERS_UNDER_TEST) {
  for (const { id, rule, run } of CONFORMANCE_CASES) {
    test(`${id} ${under.venue}: ${rule}`, async () => {
      await run(under);
    });
  }
}
