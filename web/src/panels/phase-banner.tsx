/** What the program is doing before it trades, with how far it is. */
import { percent } from '../format/numbers.ts';
import { Bar } from '../ui/marks.tsx';
import type { RunPhase } from '../wire.ts';

const TITLES: Readonly<Record<RunPhase['phase'], string>> = {
  starting: 'Starting',
  training: 'Training the models',
  warming_up: 'Warming up',
  trading: 'Trading',
  paused: 'Paused',
  ended: 'The run has ended',
  interrupted: 'The run was stopped',
  failed: 'The run failed',
};

/** Shows the phase; nothing while the program trades. */
export function PhaseBanner({ phase }: { readonly phase: RunPhase }) {
  if (phase.phase === 'trading' || phase.phase === 'failed') return null;
  const { message, progress } = phase;
  return (
    <section
      aria-label="Phase"
      data-testid="phase"
      className="mb-4 grid gap-2 rounded-lg border border-line bg-panel px-4 py-3"
    >
      <p className="flex flex-wrap items-baseline gap-x-3">
        <strong className="text-base">{TITLES[phase.phase]}</strong>
        <span className="text-sm text-muted">{message}</span>
        {progress !== null && <span className="ml-auto text-sm">{percent(progress, 0)}</span>}
      </p>
      {progress !== null && (
        <Bar share={progress} label={`${TITLES[phase.phase]}: ${percent(progress, 0)}`} />
      )}
    </section>
  );
}
