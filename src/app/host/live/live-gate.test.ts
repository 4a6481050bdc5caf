import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import { silentLog, silentProgress } from '#telemetry';
import type { CommandContext } from '../../cli/command.ts';
import { loadConfig } from '../../config/load.ts';
import type { AccountSight } from './account-checks.ts';
import { failed, passed } from './check-report.ts';
import { confirmWords, type LiveConsent, passGate } from './live-gate.ts';
import type { LiveMode } from './live-request.ts';

const { config } = loadConfig({ cwd: '/nowhere', environment: {} });
const SIGHT: AccountSight = {
  findings: [passed('balance', '1234.56 USDT')],
  cashAtoms: 123_456_000_000n,
  currency: 'USDT',
  atomDecimals: 8,
  openOrders: [],
  positions: [],
  canWithdraw: false,
  isSimulated: false,
};
const NOBODY: LiveConsent = { confirm: null, isKeySaidSafe: false };

interface Try {
  readonly mode?: LiveMode;
  readonly sight?: Partial<AccountSight>;
  readonly consent?: Partial<LiveConsent>;
  /** What a person types, question by question; `null` = nobody sits there. */
  readonly typed?: readonly (string | null)[];
}

/** Tries the gate; returns what was printed, and why it was refused. */
async function pass({ consent, mode = 'live', sight, typed = [] }: Try) {
  const printed: string[] = [];
  const answers = [...typed];
  const asked: string[] = [];
  const context = {
    ...{ config, dataDir: '/nowhere', isJson: false, log: silentLog, progress: silentProgress },
    print: (line: string) => printed.push(line),
    printJson: () => undefined,
    wallNowUs: () => 0,
    signal: new AbortController().signal,
    // The shell's own part of a context.
    loaded: () => undefined,
    reload: () => undefined,
    host: {
      askLine: async (question: string) => {
        asked.push(question);
        return answers.shift() ?? null;
      },
    },
  };
  const strategy = { path: null, parameters: {} };
  const request = {
    venue: 'binance-usdm',
    symbols: ['BTCUSDT'],
    seed: 1,
    strategy,
    forUs: null,
    mode,
  } as const;
  const parts = {
    ...{ request, config, isResumed: false, machine: [] },
    sight: { ...SIGHT, ...sight },
    consent: { ...NOBODY, ...consent },
  };
  let refusal: string | null = null;
  try {
    await passGate(parts, context satisfies Omit<CommandContext, 'print'> & { print(line: string): unknown });
  } catch (error) {
    assert.ok(error instanceof XylenError && error.code === 'XY_LIVE_REFUSED', String(error));
    refusal = error.message;
  }
  return { printed: printed.join('\n'), asked, refusal };
}

const WORDS = 'trade 1234 USDT on binance-usdm';

test('real money wants the words, typed or given', async () => {
  assert.equal(confirmWords('binance-usdm', SIGHT), WORDS);
  for (const one of [{ typed: [WORDS] }, { typed: [` ${WORDS}\t`] }, { consent: { confirm: WORDS } }])
    assert.equal((await pass(one)).refusal, null);
  for (const one of [
    {},
    { typed: [null] },
    { typed: ['y'] },
    { typed: [WORDS.toUpperCase()] },
    { consent: { confirm: 'trade 1235 USDT on binance-usdm' } },
    { consent: { confirm: '' } },
    // What stands on the command line is not asked for again.
    { consent: { confirm: 'yes' }, typed: [WORDS] },
  ])
    assert.match((await pass(one)).refusal ?? '', /expected the words 'trade 1234 USDT on binance-usdm'/);
});

test('the plan says the amounts before it asks', async () => {
  const { asked, printed } = await pass({ typed: [WORDS] });
  assert.match(printed, /BTCUSDT of binance-usdm with 1234\.56 USDT, leverage 1, cross margin/);
  assert.match(printed, /largest position 25\.00 % \(308\.64 USDT\)/);
  assert.equal(asked.length, 1);
});

test('invented money wants no words', async () => {
  for (const one of [{ mode: 'testnet' }, { sight: { isSimulated: true } }] as const)
    assert.deepEqual(
      (await pass({ ...one, sight: { canWithdraw: null, ...('sight' in one ? one.sight : {}) } })).asked,
      [],
    );
});

test('a key of which the venue says nothing has to be vouched for', async () => {
  const sight = { canWithdraw: null };
  const refusal = /confirm it with --yes-this-key-cannot-withdraw/;
  assert.match((await pass({ sight, consent: { confirm: WORDS } })).refusal ?? '', refusal);
  assert.match((await pass({ sight, typed: ['yes', WORDS] })).refusal ?? '', refusal);
  assert.equal((await pass({ sight, typed: ['this key cannot withdraw', WORDS] })).refusal, null);
  assert.equal((await pass({ sight, consent: { confirm: WORDS, isKeySaidSafe: true } })).refusal, null);
});

test('what has failed lets nobody through, whatever was agreed to', async () => {
  const findings = [...SIGHT.findings, failed('key rights', 'this key can move money', 'make another')];
  for (const mode of ['live', 'testnet'] as const) {
    const { asked, printed, refusal } = await pass({
      mode,
      sight: { findings },
      consent: { confirm: WORDS },
    });
    assert.match(refusal ?? '', /key rights: this key can move money/);
    assert.match(printed, /failed +key rights +this key can move money: make another/);
    assert.deepEqual(asked, []);
  }
});
