/**
 * The seal of risk. The mint can be claimed once in a process, and the risk room claims it; so what a claimed mint does is tried
 * in processes of their own.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { assertRiskApproved, RiskApproved } from './approval.ts';

const NOT_SEALED = { name: 'AssertionError', message: 'Invariant: the order carries the seal of risk' };

/** Runs a module text in a fresh process and returns what it printed, as JSON. */
function inFreshProcess(body: string): unknown {
  const text = `import { assertRiskApproved, claimRiskMint, RiskApproved } from ${JSON.stringify(import.meta.resolve('./approval.ts'))};
    const messageOf = (run) => { try { run(); return 'passed'; } catch (error) { return error.message; } };
    ${body}`;
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', text], { encoding: 'utf8' });
  assert.equal(result.status, 0, result.stderr);
  return JSON.parse(result.stdout);
}

test('a forged value is refused, whatever it is made of', () => {
  // @ts-expect-error: the type is nominal, so a look-alike does not even compile
  const lookAlike: RiskApproved<number> = { value: 1 };
  for (const forged of [
    new RiskApproved(1),
    lookAlike,
    Object.create(RiskApproved.prototype) as RiskApproved<number>,
  ]) {
    assert.throws(() => assertRiskApproved(forged), NOT_SEALED);
  }
});

test('the mint seals a value, frozen, and the seal is on the object, not on a copy of it', () => {
  const found = inFreshProcess(`
    const mint = claimRiskMint();
    const approved = mint({ qtyLots: 5 });
    console.log(JSON.stringify({
      value: approved.value,
      isFrozen: Object.isFrozen(approved),
      sealed: messageOf(() => assertRiskApproved(approved)),
      again: messageOf(() => assertRiskApproved(approved)),
      spread: messageOf(() => assertRiskApproved({ ...approved })),
      clone: messageOf(() => assertRiskApproved(structuredClone(approved))),
      wrapped: messageOf(() => assertRiskApproved(new RiskApproved(approved.value))),
      proxied: messageOf(() => assertRiskApproved(new Proxy(approved, {}))),
      changed: messageOf(() => { 'use strict'; approved.value = { qtyLots: 6 }; }),
    }));`);
  assert.deepEqual(found, {
    value: { qtyLots: 5 },
    isFrozen: true,
    sealed: 'passed',
    again: 'passed',
    spread: NOT_SEALED.message,
    clone: NOT_SEALED.message,
    wrapped: NOT_SEALED.message,
    proxied: NOT_SEALED.message,
    changed: "Cannot assign to read only property 'value' of object '#<RiskApproved>'",
  });
});

test('a second claim is refused, and the first mint goes on working', () => {
  const found = inFreshProcess(`
    const mint = claimRiskMint();
    const second = messageOf(() => claimRiskMint());
    console.log(JSON.stringify({ second, first: messageOf(() => assertRiskApproved(mint(1))) }));`);
  assert.deepEqual(found, {
    second: 'Invariant: the risk mint is claimed once, by the risk room',
    first: 'passed',
  });
});
