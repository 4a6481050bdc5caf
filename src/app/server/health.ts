/** How the program is doing, for whoever asks from outside. Pure. */
import type { DashboardState, Health } from '#wire';

/** What health is told from. */
export interface HealthFacts {
  readonly state: DashboardState;
  readonly version: string;
  readonly uptimeMs: number;
  /** Wall-clock time since the engine was last heard of; `null` = never. */
  readonly engineAgeMs: number | null;
  readonly dashboardClients: number;
  readonly droppedMessages: number;
}

/** The engine posts several times a second; silent this long while trading means that it hangs. */
const SILENT_AFTER_MS = 30_000;

/** Returns the answer of the health endpoints. */
export function healthOf(facts: HealthFacts): Health {
  const { state } = facts;
  const workers = state.status?.system.workers ?? [];
  const problems = problemsOf(facts);
  return {
    status: problems.length === 0 ? 'ok' : 'degraded',
    problems,
    phase: state.phase.phase,
    runId: state.run?.runId ?? null,
    mode: state.run?.mode ?? null,
    isSynthetic: state.run?.isSynthetic ?? null,
    version: facts.version,
    uptimeS: facts.uptimeMs / 1_000,
    simulatedTsUs: state.status?.tsUs ?? null,
    lastEventAgeS: facts.engineAgeMs === null ? null : facts.engineAgeMs / 1_000,
    dashboardClients: facts.dashboardClients,
    droppedMessages: facts.droppedMessages,
    workers,
  };
}

function problemsOf({ engineAgeMs, state }: HealthFacts): string[] {
  const problems: string[] = [];
  const { phase, message } = state.phase;
  if (phase === 'failed') problems.push(message);
  if (phase === 'trading' && engineAgeMs !== null && engineAgeMs > SILENT_AFTER_MS) {
    problems.push(`the engine has been silent for ${Math.round(engineAgeMs / 1_000)} s`);
  }
  for (const worker of state.status?.system.workers ?? []) {
    if (worker.state === 'failed') problems.push(`worker ${worker.name} failed`);
  }
  return problems;
}
