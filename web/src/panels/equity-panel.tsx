/** The account's value against buying and holding. */
import { lazy, memo, Suspense } from 'react';
import { signedPercent } from '../format/numbers.ts';
import { duration } from '../format/times.ts';
import { Empty, Panel } from '../ui/panel.tsx';
import { useThrottled } from '../ui/use-moment.ts';
import type { DashboardState, RunInfo } from '../wire.ts';

const EquityChart = lazy(async () => ({ default: (await import('../charts/equity-chart.tsx')).EquityChart }));

interface EquityPanelProps {
  readonly run: RunInfo | null;
  readonly equity: DashboardState['equity'];
}

/** Drawing hundreds of points takes a while; twice a second is as often as an eye follows. */
const DRAW_EVERY_MS = 500;

/** Shows both curves with what they came to. */
export const EquityPanel = memo(function EquityPanel({ equity, run }: EquityPanelProps) {
  const points = useThrottled(equity.points, DRAW_EVERY_MS);
  const first = points[0];
  const last = points.at(-1);
  const isEmpty = run === null || first === undefined || last === undefined || points.length < 2;
  const costs = run?.hasFunding === false ? 'fees (no funding data)' : 'fees and funding';
  return (
    <Panel
      title="Equity"
      note={`net of ${costs}, against buy and hold without costs`}
      className="lg:col-span-8"
    >
      {isEmpty ? (
        <Empty>The curve begins with the second bar.</Empty>
      ) : (
        <>
          <p className="flex flex-wrap gap-x-5 gap-y-1 px-4 pt-3 text-xs">
            <Key className="border-accent">Equity {signedPercent(last.equity / run.equityStart - 1)}</Key>
            <Key className="border-dashed border-info">
              Buy and hold{' '}
              {last.buyAndHold === null ? '–' : signedPercent(last.buyAndHold / run.equityStart - 1)}
            </Key>
            <span className="text-muted">
              over {duration(last.tsUs - first.tsUs)} of run time, simulated fills
            </span>
          </p>
          <div className="relative m-2 min-h-64 flex-1 lg:min-h-72">
            <Suspense fallback={null}>
              <EquityChart points={points} equityStart={run.equityStart} currency={run.currency} />
            </Suspense>
          </div>
        </>
      )}
    </Panel>
  );
});

function Key({ children, className }: { readonly className: string; readonly children: React.ReactNode }) {
  return (
    <span className="inline-flex items-center gap-2">
      <span aria-hidden="true" className={`w-5 border-t-2 ${className}`} />
      <span>{children}</span>
    </span>
  );
}
