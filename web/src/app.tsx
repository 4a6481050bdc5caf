/** The page: head, notices, figures, panels. */
import { useCallback, useState, useSyncExternalStore } from 'react';
import type { LiveConnection } from './connection/live-connection.ts';
import { DecisionsPanel } from './panels/decisions-panel.tsx';
import { EquityPanel } from './panels/equity-panel.tsx';
import { Header, Notices } from './panels/header.tsx';
import { KeyFigures } from './panels/key-figures.tsx';
import { LogPanel } from './panels/log-panel.tsx';
import { ModelsPanel } from './panels/models-panel.tsx';
import { PageFooter } from './panels/page-footer.tsx';
import { PhaseBanner } from './panels/phase-banner.tsx';
import { PositionsPanel } from './panels/positions-panel.tsx';
import { PricePanel } from './panels/price-panel.tsx';
import { RiskPanel } from './panels/risk-panel.tsx';
import { TokenForm } from './panels/token-form.tsx';
import { TradesPanel } from './panels/trades-panel.tsx';
import type { LiveSnapshot, LiveStore } from './store/live-store.ts';
import type { Position } from './wire.ts';

interface AppProps {
  readonly store: LiveStore;
  readonly connection: LiveConnection;
}

/** Shows the dashboard of one server. */
export function App({ connection, store }: AppProps) {
  const snapshot = useSyncExternalStore(store.subscribe, store.current);
  const { run, phase, status } = snapshot.state;
  const onToken = useCallback((token: string) => connection.giveToken(token), [connection]);
  const isLocked = snapshot.connection.kind === 'token_required';
  return (
    <>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded focus:bg-page focus:px-3 focus:py-2"
      >
        Skip to the content
      </a>
      <Header run={run} phase={phase} status={status} connection={snapshot.connection} />
      <main id="content" className="mx-auto max-w-[1760px] px-3 py-4 sm:px-4 lg:px-6">
        {isLocked ? (
          <TokenForm
            isRejected={snapshot.connection.kind === 'token_required' && snapshot.connection.isRejected}
            onToken={onToken}
          />
        ) : (
          <Content snapshot={snapshot} connection={connection} />
        )}
        <PageFooter run={run} status={status} />
      </main>
    </>
  );
}

const NO_POSITIONS: readonly Position[] = [];

function Content({
  connection,
  snapshot,
}: {
  readonly snapshot: LiveSnapshot;
  readonly connection: LiveConnection;
}) {
  const { explanations, hasState, state } = snapshot;
  const { candles, decisions, equity, log, models, orders, phase, run, status, trades } = state;
  const [chosen, setChosen] = useState('');
  const onExplain = useCallback((decisionId: number) => connection.explain(decisionId), [connection]);
  const symbols = run?.instruments.map((instrument) => instrument.symbol) ?? [];
  const symbol = symbols.includes(chosen) ? chosen : (symbols[0] ?? '');
  const positions = status?.positions ?? NO_POSITIONS;
  return (
    <>
      <Notices
        connection={snapshot.connection}
        phase={phase}
        hasState={hasState}
        engineHeardMs={snapshot.engineHeardMs}
      />
      {hasState && <PhaseBanner phase={phase} />}
      {run !== null && status !== null && (
        <KeyFigures run={run} status={status} lastPoint={equity.points.at(-1) ?? null} />
      )}
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-12">
        <PricePanel
          run={run}
          candles={candles}
          trades={trades}
          positions={positions}
          symbol={symbol}
          onSymbol={setChosen}
        />
        <ModelsPanel models={models} decisions={decisions} symbol={symbol} />
        <EquityPanel run={run} equity={equity} />
        <RiskPanel status={status} />
        <DecisionsPanel run={run} decisions={decisions} explanations={explanations} onExplain={onExplain} />
        <PositionsPanel run={run} positions={positions} orders={orders} />
        <TradesPanel run={run} trades={trades} performance={status?.performance ?? null} />
        <LogPanel log={log} />
      </div>
    </>
  );
}
