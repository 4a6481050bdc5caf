import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DashboardState, emptyState, healthSchema } from '#wire';
import { ScriptedRun } from '../../../test/support/scripted-run.ts';
import { type HealthFacts, healthOf } from './health.ts';
import { StateBuilder } from './state-builder.ts';

function facts(state: DashboardState, changes: Partial<HealthFacts> = {}): HealthFacts {
  return {
    state,
    version: '1',
    uptimeMs: 5_000,
    engineAgeMs: 100,
    dashboardClients: 2,
    droppedMessages: 0,
    ...changes,
  };
}

function tradingState(workerState: 'running' | 'failed' = 'running'): DashboardState {
  const run = new ScriptedRun();
  const builder = new StateBuilder();
  for (const message of [...run.intro(), ...run.bar()]) builder.accept(message);
  builder.accept({ ...run.statusMessage(), workers: [{ name: 'record', state: workerState }] });
  builder.takeChanges(0);
  return builder.state;
}

test('a program that starts is well', () => {
  const health = healthOf(facts(emptyState(), { engineAgeMs: null }));
  assert.equal(health.status, 'ok');
  assert.deepEqual([health.phase, health.runId, health.lastEventAgeS], ['starting', null, null]);
  assert.ok(healthSchema.safeParse(health).success);
});

test('a program that trades says which run, of which kind, and how its workers are', () => {
  const health = healthOf(facts(tradingState()));
  assert.deepEqual(
    [health.status, health.mode, health.isSynthetic, health.uptimeS, health.dashboardClients],
    ['ok', 'demo', true, 5, 2],
  );
  assert.deepEqual(health.workers, [{ name: 'record', state: 'running' }]);
  assert.ok(healthSchema.safeParse(health).success);
});

test('silence, a failed worker and a failed run are told', () => {
  assert.deepEqual(healthOf(facts(tradingState(), { engineAgeMs: 31_000 })).problems, [
    'the engine has been silent for 31 s',
  ]);
  assert.deepEqual(healthOf(facts(tradingState('failed'))).problems, ['worker record failed']);
  const failed = {
    ...tradingState(),
    phase: { phase: 'failed', message: 'disk full', progress: null },
  } as const;
  const health = healthOf(facts(failed));
  assert.deepEqual([health.status, health.problems], ['degraded', ['disk full']]);
});

test('after its end a run may be silent', () => {
  const ended = { ...tradingState(), phase: { phase: 'ended', message: '', progress: null } } as const;
  assert.equal(healthOf(facts(ended, { engineAgeMs: 1e9 })).status, 'ok');
});
