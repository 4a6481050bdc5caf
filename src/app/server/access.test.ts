import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessRules, isLoopback } from './access.ts';

test('without a token only names of this machine are answered to', () => {
  const rules = new AccessRules('127.0.0.1', null);
  for (const host of ['127.0.0.1:8765', 'localhost:8765', '[::1]:8765', 'LOCALHOST', '127.9.9.9']) {
    assert.ok(rules.isHostAllowed(host), host);
  }
  for (const host of [
    'evil.example',
    'evil.example:8765',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    undefined,
    '',
    'a b',
  ]) {
    assert.ok(!rules.isHostAllowed(host), String(host));
  }
});

test('with a token any name will do, since a stranger does not have it', () => {
  assert.ok(new AccessRules('0.0.0.0', 'secret').isHostAllowed('xylen.example'));
});

test('a page may ask only the server that it came from', () => {
  const rules = new AccessRules('127.0.0.1', null);
  assert.ok(rules.isOriginAllowed(undefined, '127.0.0.1:8765'), 'a program that is no page');
  assert.ok(rules.isOriginAllowed('http://127.0.0.1:8765', '127.0.0.1:8765'));
  assert.ok(rules.isOriginAllowed('https://xylen.example', 'xylen.example'), 'behind a proxy');
  for (const origin of [
    'http://evil.example',
    'http://127.0.0.1:9999',
    'null',
    '',
    'http://localhost:8765',
  ]) {
    assert.ok(!rules.isOriginAllowed(origin, '127.0.0.1:8765'), origin);
  }
  assert.ok(!rules.isOriginAllowed('http://127.0.0.1:8765', undefined));
});

test('the token is asked for where there is one, and only the whole of it will do', () => {
  const open = new AccessRules('127.0.0.1', null);
  assert.ok(open.isAuthorised(undefined) && !open.needsToken && !open.isToken(''));
  const locked = new AccessRules('127.0.0.1', 'secret-token');
  assert.ok(locked.isAuthorised('Bearer secret-token'));
  assert.ok(locked.isAuthorised('bearer secret-token'));
  for (const header of [
    undefined,
    '',
    'secret-token',
    'Bearer',
    'Bearer secret-toke',
    'Basic secret-token',
    'Bearer x secret-token',
  ]) {
    assert.ok(!locked.isAuthorised(header), String(header));
  }
});

test('loopback is what only this machine answers to', () => {
  assert.deepEqual(
    ['127.0.0.1', 'localhost', '::1', '[::1]', '0.0.0.0', '::', '127.example', '10.0.0.1'].map(isLoopback),
    [true, true, true, true, false, false, false, false],
  );
});
