import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { XylenError } from '#core';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { acquirePidFile, PID_FILE, runningProgram } from './pid-file.ts';
import { processIdentity } from './process-identity.ts';

/** The id of a process that has just ended. */
function endedPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

test('holds the directory until it is released, and only once', (context) => {
  const dir = join(tempDir(context), 'not', 'there', 'yet');
  const held = acquirePidFile(dir, 'paper');
  assert.equal(runningProgram(dir)?.pid, process.pid);
  assert.equal(runningProgram(dir)?.command, 'paper');
  assert.throws(
    () => acquirePidFile(dir, 'demo'),
    (error: unknown) =>
      error instanceof XylenError &&
      error.code === 'XY_PROCESS_RUNNING' &&
      /'xylen paper' \(process \d+\)/.test(error.message),
  );
  held.release();
  held.release();
  assert.equal(existsSync(join(dir, PID_FILE)), false);
  assert.equal(runningProgram(dir), undefined);
});

const STALE: readonly (readonly [string, () => string])[] = [
  ['of a process that ended', () => JSON.stringify({ pid: endedPid(), identity: 'x', command: 'paper' })],
  [
    'whose id now means another process',
    () => JSON.stringify({ pid: process.pid, identity: 'older', command: 'paper' }),
  ],
  ['that is damaged', () => '{"pid":12'],
  ['that is empty', () => ''],
  ['with senseless content', () => 'null'],
];
for (const [name, text] of STALE) {
  test(`replaces a file ${name}`, (context) => {
    const dir = tempDir(context);
    writeFileSync(join(dir, PID_FILE), text());
    assert.equal(runningProgram(dir), undefined);
    const held = acquirePidFile(dir, 'demo');
    assert.equal(runningProgram(dir)?.command, 'demo');
    held.release();
  });
}

test('leaves a file alone that meanwhile belongs to somebody else', (context) => {
  const dir = tempDir(context);
  const held = acquirePidFile(dir, 'paper');
  writeFileSync(join(dir, PID_FILE), '{"pid":1,"identity":"x","command":"demo"}');
  held.release();
  assert.match(readFileSync(join(dir, PID_FILE), 'utf8'), /demo/);
});

test('tells processes apart and knows when one is gone', () => {
  assert.equal(processIdentity(process.pid), processIdentity(process.pid));
  assert.notEqual(processIdentity(process.pid), undefined);
  assert.equal(processIdentity(endedPid()), undefined);
  if (process.ppid > 1) assert.notEqual(processIdentity(process.ppid), processIdentity(process.pid));
});
