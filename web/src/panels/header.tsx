/** The head of the page: what is being watched, whether any of it is real, and whether what is shown is current. */
import type { ConnectionState } from '../connection/live-connection.ts';
import { fixed } from '../format/numbers.ts';
import { moment } from '../format/times.ts';
import { useNowMs } from '../ui/use-moment.ts';
import type { RunInfo, RunPhase, Status } from '../wire.ts';

interface HeaderProps {
  readonly run: RunInfo | null;
  readonly phase: RunPhase;
  readonly status: Status | null;
  readonly connection: ConnectionState;
}

const MODE_TEXTS: Readonly<Record<RunInfo['mode'], string>> = {
  demo: 'Paper',
  paper: 'Paper',
  replay: 'Paper · replay',
  backtest: 'Back-test',
  'dry-run': 'Dry run',
  testnet: 'Test money',
  live: 'Live',
};

/** Shows the head. */
export function Header({ connection, phase, run, status }: HeaderProps) {
  return (
    <header className="brand-gradient sticky top-0 z-30 border-b border-page/50 shadow-lg shadow-page/60">
      <div className="mx-auto flex max-w-[1760px] flex-wrap items-center gap-x-5 gap-y-1.5 px-4 py-2.5 lg:px-6">
        <h1 className="flex items-center gap-2 text-lg font-bold tracking-[0.18em]">
          <Logo /> XYLEN
        </h1>
        {run !== null && (
          <p className="order-3 flex items-center gap-1.5 sm:order-2" data-testid="mode">
            {run.isSynthetic && <HeadBadge isLoud>Synthetic market</HeadBadge>}
            <HeadBadge isLoud={run.mode === 'live'}>{MODE_TEXTS[run.mode]}</HeadBadge>
          </p>
        )}
        <ConnectionMark connection={connection} phase={phase} />
        {run !== null && (
          <dl className="order-4 flex w-full flex-wrap items-center gap-x-5 gap-y-0.5 text-xs text-text lg:w-auto">
            <Fact name="Run">{run.runId}</Fact>
            <Fact name="Run time">
              <time data-testid="run-time">{status === null ? '–' : `${moment(status.tsUs)} UTC`}</time>
            </Fact>
            <Fact name="Speed">{status === null ? '–' : speedText(status.speed)}</Fact>
          </dl>
        )}
      </div>
    </header>
  );
}

function Fact({ children, name }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div className="flex gap-1.5">
      <dt className="text-text/85">{name}</dt>
      <dd className="font-semibold">{children}</dd>
    </div>
  );
}

function HeadBadge({ children, isLoud = false }: { readonly children: string; readonly isLoud?: boolean }) {
  const look = isLoud ? 'border-warn/70 bg-page text-warn' : 'border-text/40 bg-page text-text';
  return (
    <span className={`rounded border px-2 py-0.5 text-2xs font-bold uppercase tracking-wider ${look}`}>
      {children}
    </span>
  );
}

function speedText(speed: number | null): string {
  if (speed === null) return 'as fast as it goes';
  return speed === 1 ? 'real time' : `${fixed(speed, speed % 1 === 0 ? 0 : 1)}×`;
}

function ConnectionMark({
  connection,
  phase,
}: {
  readonly connection: ConnectionState;
  readonly phase: RunPhase;
}) {
  const [text, look] = connectionText(connection, phase);
  return (
    <p
      role="status"
      data-testid="connection"
      className="order-2 ml-auto flex items-center gap-2 rounded-full bg-page px-3 py-1 text-xs sm:order-3 lg:order-last"
    >
      <span aria-hidden="true" className={`size-2 rounded-full ${look}`} />
      {text}
    </p>
  );
}

function connectionText(connection: ConnectionState, { phase }: RunPhase): readonly [string, string] {
  switch (connection.kind) {
    case 'live':
      if (phase === 'ended' || phase === 'interrupted' || phase === 'failed')
        return [`Run ${phase}`, 'bg-info'];
      return ['Live', 'bg-up motion-safe:animate-pulse'];
    case 'connecting':
      return ['Connecting', 'bg-warn motion-safe:animate-pulse'];
    case 'away':
      return ['Stale', 'bg-down'];
    case 'token_required':
      return ['Locked', 'bg-warn'];
    case 'incompatible':
      return ['Outdated page', 'bg-down'];
  }
}

/** Says what keeps the page from being current; nothing when it is. */
export function Notices({
  connection,
  engineHeardMs,
  hasState,
  phase,
}: {
  readonly connection: ConnectionState;
  readonly phase: RunPhase;
  readonly hasState: boolean;
  readonly engineHeardMs: number | null;
}) {
  const nowMs = useNowMs(1_000);
  if (connection.kind === 'away') {
    const seconds = Math.max(0, Math.ceil((connection.retryAtMs - nowMs) / 1_000));
    const shown = hasState ? 'What is shown is stale. ' : '';
    return (
      <Notice tone="down">
        <strong>No connection:</strong> {connection.reason}. {shown}Next attempt{' '}
        {seconds === 0 ? 'now' : `in ${seconds} s`} (attempt {connection.attempt}).
      </Notice>
    );
  }
  if (connection.kind === 'connecting' && hasState) {
    return (
      <Notice tone="down">
        <strong>No connection:</strong> trying again now. What is shown is stale.
      </Notice>
    );
  }
  if (connection.kind === 'incompatible') {
    return (
      <Notice tone="down">
        The program was updated and speaks version {connection.version} now.{' '}
        <button type="button" className="underline" onClick={() => location.reload()}>
          Load the new dashboard
        </button>
      </Notice>
    );
  }
  if (connection.kind !== 'live') return null;
  if (phase.phase === 'failed') return <Notice tone="down">The run failed: {phase.message}</Notice>;
  const silentS = engineHeardMs === null ? 0 : Math.floor((nowMs - engineHeardMs) / 1_000);
  if (phase.phase === 'trading' && silentS >= SILENT_AFTER_S) {
    return (
      <Notice tone="warn">
        The engine has been silent for {silentS} s. The server is reachable; the figures are those of then.
      </Notice>
    );
  }
  return null;
}

/** The engine posts several times a second. */
const SILENT_AFTER_S = 15;

/** A line across the page. */
export function Notice({
  children,
  tone,
}: {
  readonly tone: 'down' | 'warn' | 'plain';
  readonly children: React.ReactNode;
}) {
  const look = {
    down: 'border-down text-down',
    warn: 'border-warn text-warn',
    plain: 'border-edge text-text',
  };
  return (
    <p role="alert" className={`mb-4 rounded-lg border bg-panel px-4 py-2.5 text-sm ${look[tone]}`}>
      {children}
    </p>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 32 32" className="size-6" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#000" />
      <path d="M8 8l16 16M24 8L8 24" stroke="#fff" strokeWidth="3.2" strokeLinecap="round" />
    </svg>
  );
}
