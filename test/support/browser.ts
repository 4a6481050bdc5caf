/** The system's Chromium for tests: one browser a file, pages that report everything that should not happen. */
import { after, before } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium.ts';

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** `false` = run; a text = the reason to skip. With CI set a missing browser is no reason but a failure. */
export const BROWSER_SKIP: string | false =
  findChromium() !== undefined || process.env.CI !== undefined ? false : 'Chromium is not installed';

/** A page and what went wrong in it so far. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, requests that left this machine. */
  readonly faults: string[];
}

/** Opens pages of one browser, which is started before the tests of a file and closed after them. */
export function useBrowser(): { open(size: { width: number; height: number }): Promise<WatchedPage> } {
  let browser: Browser | undefined;
  before(async () => {
    if (BROWSER_SKIP !== false) return;
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error('CI is set and Chromium was not found: install it');
    browser = await chromium.launch({ executablePath, args: FLAGS });
  });
  after(async () => browser?.close());
  return {
    open: async (size) => {
      if (browser === undefined) throw new Error('the browser runs');
      const context = await browser.newContext({ viewport: size, locale: 'en-US' });
      return { page: await context.newPage(), faults: watch(context) };
    },
  };
}

/** Collects what should not happen in any page of a context. */
function watch(context: BrowserContext): string[] {
  const faults: string[] = [];
  context.on('console', (message) => {
    if (/^(error|warning|assert)$/.test(message.type()))
      faults.push(`console ${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => faults.push(`exception: ${error.error().message}`));
  context.on('request', (request) => {
    if (!/^(https?|ws):\/\/127\.0\.0\.1[:/]|^data:/.test(request.url()))
      faults.push(`request to ${request.url()}`);
  });
  return faults;
}
