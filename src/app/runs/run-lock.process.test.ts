import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { createRun } from './run-folder.ts';
import { isRunLocked, lockRun } from './run-lock.ts';

describe('the lock of a run', () => {
  it('is held once and can be given back', (test) => {
    const folder = createRun(tempDir(test), 'one');
    assert.equal(isRunLocked(folder), false);
    assert.deepEqual(readdirSync(folder.path), [], 'looking leaves no trace');
    const lock = lockRun(folder);
    assert.equal(isRunLocked(folder), true);
    assert.throws(() => lockRun(folder), {
      code: 'XY_RUN_LOCKED',
      message: `run 'one' is being written by process ${process.pid}`,
    });
    lock.release();
    lock.release();
    assert.equal(isRunLocked(folder), false);
    lockRun(folder).release();
  });

  it('of one run does not bar another', (test) => {
    const dataDir = tempDir(test);
    const locks = ['one', 'two'].map((runId) => lockRun(createRun(dataDir, runId)));
    for (const lock of locks) lock.release();
  });

  it('ends with the process that holds it, even when that is killed', async (test) => {
    const folder = createRun(tempDir(test), 'one');
    const module = new URL('./run-lock.ts', import.meta.url).href;
    const script = `const { lockRun } = await import(${JSON.stringify(module)});
      globalThis.lock = lockRun(${JSON.stringify(folder)});
      process.stdout.write('held');
      process.stdin.resume();`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(holder, 'exit');
    await once(holder.stdout, 'data');
    assert.throws(() => lockRun(folder), { code: 'XY_RUN_LOCKED', message: new RegExp(`${holder.pid}`) });
    holder.kill('SIGKILL');
    await exited;
    const lock = lockRun(folder);
    lock.release();
  });
});
