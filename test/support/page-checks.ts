/** Carries the checks of `web/checks/page-checks.ts` into a page and runs them there. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const FILE = join(import.meta.dirname, '../../web/checks/page-checks.ts');
const SCRIPT = stripTypeScriptTypes(readFileSync(FILE, 'utf8')).replace(/^export /gm, '');

/** Returns the elements whose content is wider than they are and would have to be scrolled sideways or is cut off. */
export function overflowingElements(page: Page): Promise<readonly string[]> {
  return run(page, 'overflowingElements');
}

/** Returns the visible texts whose contrast is below WCAG AA. */
export function illegibleTexts(page: Page): Promise<readonly string[]> {
  return run(page, 'illegibleTexts');
}

function run(page: Page, name: string): Promise<readonly string[]> {
  return page.evaluate(`(() => { ${SCRIPT}\nreturn ${name}(); })()`);
}
