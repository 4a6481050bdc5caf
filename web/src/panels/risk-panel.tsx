/** The state of risk: whether entries pass, how much of each limit is used, and what was refused. */
import { memo } from 'react';
import { fixed, NOTHING, percent } from '../format/numbers.ts';
import { duration, moment } from '../format/times.ts';
import { Badge, Bar } from '../ui/marks.tsx';
import { Empty, Panel } from '../ui/panel.tsx';
import type { LimitUse, Status } from '../wire.ts';

type Risk = Status['risk'];

/** From this share of a limit on it is shown as a warning. */
const NEAR_LIMIT = 0.8;

/** Shows breaker, limits and refusals. */
export const RiskPanel = memo(function RiskPanel({ status }: { readonly status: Status | null }) {
  const risk = status?.risk;
  return (
    <Panel
      title="Risk"
      note={
        risk === undefined
          ? undefined
          : `${fixed(risk.approvedCount, 0)} approved, ${fixed(risk.refusedCount, 0)} refused`
      }
      className="lg:col-span-4"
    >
      {risk === undefined || status === null ? (
        <Empty>Risk has not been heard of yet.</Empty>
      ) : (
        <div className="flex flex-1 flex-col gap-4 p-4">
          <Gate risk={risk} nowUs={status.tsUs} />
          <ul className="grid gap-2.5">
            {risk.limits.map((limit) => (
              <Limit key={limit.key} limit={limit} />
            ))}
          </ul>
          <Refusals risk={risk} />
        </div>
      )}
    </Panel>
  );
});

function Gate({ nowUs, risk }: { readonly risk: Risk; readonly nowUs: number }) {
  const { breaker, breakerCause, coolDownEndTsUs, halt } = risk;
  if (halt !== null) {
    return (
      <div role="alert" className="rounded-md border border-down p-3">
        <p className="flex items-center gap-2 font-semibold text-down">
          <Badge tone="down">halted</Badge> Trading has ended until a person resumes
        </p>
        <p className="mt-1 text-xs">
          {halt.message} (since {moment(halt.sinceTsUs)} UTC)
        </p>
      </div>
    );
  }
  if (breaker !== 'closed') {
    const leftUs = (coolDownEndTsUs ?? nowUs) - nowUs;
    return (
      <div className="rounded-md border border-warn p-3" data-testid="breaker">
        <p className="flex flex-wrap items-center gap-2 font-semibold text-warn">
          <Badge tone="warn">circuit breaker {breaker === 'open' ? 'open' : 'half open'}</Badge>
          {breaker === 'open' ? `No entry for another ${duration(leftUs)}` : 'One probe trade is admitted'}
        </p>
        <p className="mt-1 text-xs">{breakerCause}</p>
      </div>
    );
  }
  return (
    <p className="flex flex-wrap items-center gap-2" data-testid="breaker">
      <Badge tone="up">circuit breaker closed</Badge>
      <span className="text-xs text-muted">
        {risk.isReduceOnly ? 'only orders that shrink positions pass' : 'entries pass'}
      </span>
    </p>
  );
}

function Limit({ limit }: { readonly limit: LimitUse }) {
  const share = limit.used === null || limit.limit === 0 ? 0 : limit.used / limit.limit;
  const tone = share >= 1 ? 'down' : share >= NEAR_LIMIT ? 'warn' : 'brand';
  const text = `${amountOf(limit.used, limit)} of ${amountOf(limit.limit, limit)}`;
  return (
    <li>
      <p className="mb-1 flex justify-between gap-3 text-xs">
        <span>{limit.label}</span>
        <span className={tone === 'brand' ? 'text-muted' : tone === 'warn' ? 'text-warn' : 'text-down'}>
          {text}
          {share >= 1 && ' · reached'}
        </span>
      </p>
      <Bar share={share} tone={tone} label={`${limit.label}: ${text}`} />
    </li>
  );
}

function amountOf(value: number | null, { unit }: LimitUse): string {
  if (value === null) return NOTHING;
  if (unit === 'fraction') return percent(value, 1);
  return fixed(value, unit === 'count' ? 0 : 2);
}

function Refusals({ risk }: { readonly risk: Risk }) {
  if (risk.refusals.length === 0) return <p className="text-xs text-muted">No order has been refused.</p>;
  return (
    <div>
      <h3 className="mb-1.5 text-xs font-semibold">Refused orders by reason</h3>
      <ul className="grid gap-1.5 text-xs">
        {risk.refusals.map(({ code, count, text }) => (
          <li key={code} className="flex gap-3">
            <span className="w-10 shrink-0 text-right font-semibold">{fixed(count, 0)}</span>
            <span>
              <code className="text-text">{code}</code> <span className="text-muted">{text}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
