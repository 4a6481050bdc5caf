/** The foot of the page: how the program is doing, what the figures assume, and whose work the charts are. */
import { fixed, NOTHING } from '../format/numbers.ts';
import type { RunInfo, Status } from '../wire.ts';

interface PageFooterProps {
  readonly run: RunInfo | null;
  readonly status: Status | null;
}

/** Shows the foot. */
export function PageFooter({ run, status }: PageFooterProps) {
  return (
    <footer className="mt-4 grid gap-4 border-t border-line pt-4 text-xs text-muted lg:grid-cols-12">
      <section aria-label="System" data-panel="System" className="lg:col-span-4">
        <h2 className="mb-1.5 font-semibold text-text">System</h2>
        {status === null ? <p>No figures yet.</p> : <SystemFigures system={status.system} />}
      </section>
      <section aria-label="Assumptions" className="lg:col-span-5">
        <h2 className="mb-1.5 font-semibold text-text">What these figures assume</h2>
        <ul className="list-disc space-y-1 pl-4">
          {run !== null && <li>{moneyText(run)} A past profit is no promise of another one.</li>}
          <li>
            Every result is net of fees
            {run?.hasFunding === false ? '; funding is not in the data' : ' and funding'}.
          </li>
        </ul>
        {run !== null && run.assumptions.length > 0 && (
          <details className="mt-2">
            <summary className="cursor-pointer text-text">
              All {run.assumptions.length} assumptions of the simulation
            </summary>
            <ul className="mt-1 list-disc space-y-1 pl-4">
              {run.assumptions.map((assumption) => (
                <li key={assumption}>{assumption}</li>
              ))}
            </ul>
          </details>
        )}
      </section>
      <p className="lg:col-span-3 lg:text-right">
        Price chart: TradingView Lightweight Charts™, copyright (c) 2025 TradingView, Inc.{' '}
        <a className="underline" href="https://www.tradingview.com/" rel="noreferrer noopener">
          tradingview.com
        </a>
      </p>
    </footer>
  );
}

function SystemFigures({ system }: { readonly system: Status['system'] }) {
  const { droppedMessages, eventCount, eventsPerS, loopLagP99Ms, rssMb, workers } = system;
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-1">
      <Figure name="Events">{fixed(eventCount, 0)}</Figure>
      <Figure name="Events a second">{fixed(eventsPerS, 0)}</Figure>
      <Figure name="Loop delay, p99">
        {loopLagP99Ms === null ? NOTHING : `${fixed(loopLagP99Ms, 1)} ms`}
      </Figure>
      <Figure name="Memory">{fixed(rssMb, 0)} MB</Figure>
      {workers.map((worker) => (
        <Figure key={worker.name} name={`Worker ${worker.name}`}>
          <span className={worker.state === 'failed' ? 'text-down' : ''}>{worker.state}</span>
        </Figure>
      ))}
      {droppedMessages > 0 && (
        <Figure name="Not shown here">
          <span className="text-warn">{fixed(droppedMessages, 0)} messages; the record has them</span>
        </Figure>
      )}
    </dl>
  );
}

function Figure({ children, name }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div className="flex justify-between gap-3">
      <dt>{name}</dt>
      <dd className="text-text">{children}</dd>
    </div>
  );
}

/** Says whose money it is, and where fills come from. */
function moneyText({ isSynthetic, mode }: Pick<RunInfo, 'isSynthetic' | 'mode'>): string {
  if (mode === 'live') return 'Real money: orders, fills and fees are those of the venue.';
  if (mode === 'dry-run')
    return 'Nothing is sent: orders are decided on the live market, and none is filled.';
  if (mode === 'testnet')
    return `No real money: orders go to ${isSynthetic ? 'a simulated exchange' : 'the test system of the venue'}.`;
  return `No real money: fills are simulated${isSynthetic ? ' on an invented market' : ' on given prices'}.`;
}
