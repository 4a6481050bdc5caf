/** Temporary folders that do not outlive their test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Returns a fresh folder that is removed when the test ends. */
export function tempDir(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'xylen-test-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
