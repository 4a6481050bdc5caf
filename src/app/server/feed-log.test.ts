import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogFeed } from './feed.ts';
import { feedLog } from './feed-log.ts';
import { logEntryOfLine } from './log-line.ts';

test('a line of the level or above reaches the dashboard, and no secret in it', () => {
  const posted: LogFeed[] = [];
  const log = feedLog({
    level: 'info',
    nowUs: () => 1_700_000_000_000_000,
    redact: (text) => text.replaceAll('hunter2', '[redacted]'),
    post: (message) => posted.push(message),
  });
  log.warn('venue_login', { venue: 'sim', api_key: 'k', note: 'with hunter2' });
  log.debug('detail');
  assert.equal(posted.length, 1);
  const entry = logEntryOfLine(posted[0]?.line ?? '', 1);
  assert.deepEqual(entry, {
    seq: 1,
    tsUs: 1_700_000_000_000_000,
    clock: 'wall',
    level: 'warning',
    event: 'venue_login',
    text: 'venue=sim api_key=[redacted] note=with [redacted]',
  });
});
