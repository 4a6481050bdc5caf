/** The account in a row of figures. Every result is net of costs and says on how much it rests. */
import type { ReactNode } from 'react';
import { fixed, percent, signed, signedPercent } from '../format/numbers.ts';
import { textTone, toneOf } from '../ui/marks.tsx';
import type { EquityPoint, RunInfo, Status } from '../wire.ts';

interface KeyFiguresProps {
  readonly run: RunInfo;
  readonly status: Status;
  readonly lastPoint: EquityPoint | null;
}

/** Fewer closed trades say next to nothing. */
const SAMPLE_MIN = 30;

/** Shows the row. */
export function KeyFigures({ lastPoint, run, status }: KeyFiguresProps) {
  const { account, performance, risk } = status;
  const { currency, equityStart } = run;
  const net = account.equity - equityStart;
  const held = lastPoint?.buyAndHold ?? null;
  const exposureLimit = risk.limits.find((limit) => limit.key === 'exposure_max')?.limit ?? null;
  const drawdown = risk.limits.find((limit) => limit.key === 'drawdown_max')?.used ?? null;
  const costs = run.hasFunding ? 'net of fees and funding' : 'net of fees; no funding data';
  return (
    <section aria-label="Key figures" data-panel="Key figures" className="mb-4">
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-4 xl:grid-cols-8">
        <Figure name="Equity" unit={currency} more={`start ${fixed(equityStart, 2)}`} id="equity">
          {fixed(account.equity, 2)}
        </Figure>
        <Figure name="Result" unit={currency} more={costs}>
          <span className={textTone(toneOf(net))}>{signed(net, 2)}</span>
        </Figure>
        <Figure
          name="Return"
          more={`buy and hold ${held === null ? '–' : signedPercent(held / equityStart - 1)}, no costs`}
        >
          <span className={textTone(toneOf(net))}>{signedPercent(net / equityStart)}</span>
        </Figure>
        <Figure name="Today" unit={currency} more="UTC day, net">
          <span className={textTone(toneOf(account.dayPnl))}>{signed(account.dayPnl, 2)}</span>
        </Figure>
        <Figure name="Drawdown" more={`deepest ${percent(account.maxDrawdown)}`}>
          {percent(drawdown)}
        </Figure>
        <Figure name="Exposure" more={`limit ${percent(exposureLimit, 0)} of equity`}>
          {percent(account.exposure, 1)}
        </Figure>
        <Figure
          name="Closed trades"
          more={
            performance.closedTrades < SAMPLE_MIN
              ? `won ${percent(performance.winRate, 0)}; too few to judge`
              : `won ${percent(performance.winRate, 0)}, profit factor ${fixed(performance.profitFactor, 2)}`
          }
        >
          {fixed(performance.closedTrades, 0)}
        </Figure>
        <Figure
          name="Costs paid"
          unit={currency}
          more={`funding ${run.hasFunding ? signed(account.funding, 2) : 'not in the data'}`}
        >
          {fixed(account.feesPaid, 2)}
        </Figure>
      </dl>
    </section>
  );
}

interface FigureProps {
  readonly name: string;
  readonly unit?: string;
  readonly more: string;
  readonly id?: string;
  readonly children: ReactNode;
}

function Figure({ children, id, more, name, unit }: FigureProps) {
  return (
    <div className="flex min-w-0 flex-col bg-panel px-4 py-3" data-testid={id}>
      <dt className="text-xs text-muted">
        {name}
        {unit !== undefined && <span className="text-faint"> {unit}</span>}
      </dt>
      <dd className="text-lg font-semibold tracking-tight xl:text-xl">{children}</dd>
      <dd className="text-xs text-muted">{more}</dd>
    </div>
  );
}
