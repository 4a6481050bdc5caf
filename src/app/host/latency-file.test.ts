/** Recorded latencies are read whole, or refused with file, line and column. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { readLatencies } from './latency-file.ts';

function fileOf(context: TestContext, text: string): string {
  const path = join(tempDir(context), 'latencies.csv');
  writeFileSync(path, text);
  return path;
}

test('reads the ways in microseconds, columns by name', (context) => {
  const path = fileOf(
    context,
    'resp_ts,req_ts,exch_ts,note\r\n3000999,1000500,2000000,a\r\n6000000,4000000,5000000,b\r\n',
  );
  const { exchangeUs, name, requestUs, responseUs } = readLatencies(path);
  assert.deepEqual(
    [[...requestUs], [...exchangeUs], [...responseUs]],
    [
      [1000, 4000],
      [2000, 5000],
      [3000, 6000],
    ],
  );
  assert.equal(name, path);
});

test('refuses a file that is missing, has other columns, no rows, or a wrong number', (context) => {
  assert.throws(() => readLatencies(join(tempDir(context), 'none.csv')), { code: 'XY_FILE_MISSING' });
  for (const text of ['a,b\n1,2\n', 'req_ts,exch_ts,resp_ts\n', ''])
    assert.throws(() => readLatencies(fileOf(context, text)), { code: 'XY_FILE_DAMAGED' });
  const wrong = fileOf(context, 'req_ts,exch_ts,resp_ts\n1,2,3\n4,x,6\n');
  assert.throws(() => readLatencies(wrong), {
    code: 'XY_ROW_INVALID',
    message: /line 3, exch_ts: expected nanoseconds, found 'x'/,
  });
});
