/** Everything that led to one decision: votes, gates, costs, rules of risk, and what the engine saw. */
import { type ReactNode, useState } from 'react';
import { basisPoints, compact, fixed, NOTHING, percent, signedPercent } from '../format/numbers.ts';
import { duration, moment } from '../format/times.ts';
import type { ExplanationEntry } from '../store/live-store.ts';
import { Badge, toneOf } from '../ui/marks.tsx';
import { Cell, Table } from '../ui/table.tsx';
import type { Decision, Explanation, Rule } from '../wire.ts';

interface DetailProps {
  readonly decision: Decision;
  readonly entry: ExplanationEntry | undefined;
}

/** Shows the explanation, or that it is on its way or gone. */
export function DecisionDetail({ decision, entry }: DetailProps) {
  if (entry === undefined) return <Frame>Asking the server for the explanation…</Frame>;
  if (entry.kind === 'forgotten') {
    return (
      <Frame>
        The server no longer has this explanation in memory. The record has it: column{' '}
        <code>explanation</code> of <code>ensemble_decisions</code>, number {decision.decisionId}.
      </Frame>
    );
  }
  const { explanation } = entry;
  return (
    <div data-testid="explanation" className="grid gap-x-8 gap-y-5 bg-raised px-4 py-4 xl:grid-cols-2">
      <VotesPart decision={decision} explanation={explanation} />
      <RulesPart
        title="Gates of the ensemble"
        rules={explanation.gates}
        empty="The strategy has no gates, or none was reached."
      />
      <CostsPart decision={decision} explanation={explanation} />
      <RiskPart explanation={explanation} />
      <FeaturesPart decision={decision} explanation={explanation} />
    </div>
  );
}

function Frame({ children }: { readonly children: ReactNode }) {
  return <p className="bg-raised px-4 py-4 text-xs text-muted">{children}</p>;
}

function Part({
  children,
  isWide = false,
  title,
}: {
  readonly title: string;
  readonly isWide?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <section className={`min-w-0 ${isWide ? 'xl:col-span-2' : ''}`}>
      <h3 className="mb-1.5 text-xs font-semibold text-text">{title}</h3>
      {children}
    </section>
  );
}

const VOTE_COLUMNS = [
  { title: 'Model' },
  { title: 'Vote' },
  { title: 'P(up)', isNumber: true },
  { title: 'Weight', isNumber: true },
] as const;

function VotesPart({
  decision,
  explanation,
}: {
  readonly decision: Decision;
  readonly explanation: Explanation;
}) {
  const { disagreement, expectedReturn, priorWeight, probability } = explanation;
  return (
    <Part title={`Votes, fused by ${decision.method.replaceAll('_', ' ')}`}>
      {explanation.votes.length === 0 ? (
        <p className="text-xs text-muted">No model was asked.</p>
      ) : (
        <Table isInner caption="Votes of the models" columns={VOTE_COLUMNS}>
          {explanation.votes.map((vote) => (
            <tr key={vote.model} className="border-b border-line text-xs">
              <Cell more={vote.reason ?? undefined}>{vote.model}</Cell>
              <Cell more={vote.expectedReturn === null ? undefined : basisPoints(vote.expectedReturn)}>
                <Badge tone={toneOf(vote.action)}>{vote.action}</Badge>
              </Cell>
              <Cell
                column={NUMBER}
                more={
                  vote.statedProbability === null ? undefined : `stated ${percent(vote.statedProbability, 1)}`
                }
              >
                {percent(vote.probability, 1)}
              </Cell>
              <Cell
                column={NUMBER}
                more={vote.variance === null ? undefined : `var. ${compact(vote.variance)}`}
              >
                {percent(vote.weight, 1)}
              </Cell>
            </tr>
          ))}
        </Table>
      )}
      <p className="mt-2 text-xs text-muted">
        Fused P(up) {percent(probability, 1)} ± {percent(decision.uncertainty, 1)}, expected return{' '}
        {basisPoints(expectedReturn)} before costs, disagreement {percent(disagreement, 1)}, prior{' '}
        {percent(priorWeight, 0)}
      </p>
    </Part>
  );
}

const NUMBER = { isNumber: true } as const;
const RULE_COLUMNS = [
  { title: 'Rule' },
  { title: 'Value', isNumber: true },
  { title: 'Limit', isNumber: true },
] as const;
const VERDICT_MARKS = { pass: '✓', cut: '✂', refuse: '✕' } as const;
const VERDICT_LOOKS = { pass: 'text-up', cut: 'text-warn', refuse: 'text-down' } as const;

function RulesPart({
  empty,
  rules,
  title,
}: {
  readonly title: string;
  readonly rules: readonly Rule[];
  readonly empty: string;
}) {
  return (
    <Part title={title}>
      {rules.length === 0 ? (
        <p className="text-xs text-muted">{empty}</p>
      ) : (
        <Rules rules={rules} caption={title} />
      )}
    </Part>
  );
}

function Rules({ caption, rules }: { readonly caption: string; readonly rules: readonly Rule[] }) {
  return (
    <Table isInner caption={caption} columns={RULE_COLUMNS}>
      {rules.map((rule, index) => (
        // A rule may be asked twice, before and after the size is known.
        <tr key={`${rule.code}-${index.toString()}`} className="border-b border-line text-xs">
          <Cell more={rule.verdict === 'pass' ? undefined : rule.text}>
            <span className={VERDICT_LOOKS[rule.verdict]}>
              <span aria-hidden="true">{VERDICT_MARKS[rule.verdict]}</span>
              <span className="sr-only">{rule.verdict}:</span>
            </span>{' '}
            <code title={rule.text}>{rule.code}</code>
          </Cell>
          <Cell column={NUMBER}>{ruleNumber(rule.value, rule)}</Cell>
          <Cell column={NUMBER}>{ruleNumber(rule.limit, rule)}</Cell>
        </tr>
      ))}
    </Table>
  );
}

function ruleNumber(value: number | null, { unit }: Rule): string {
  // Of a yes or no the mark of the verdict says all there is.
  if (value === null || unit === 'flag') return NOTHING;
  if (unit === 'duration') return duration(value);
  if (unit === 'fraction') return percent(value);
  return unit === 'money' ? fixed(value, 2) : compact(value);
}

function CostsPart({
  decision,
  explanation,
}: {
  readonly decision: Decision;
  readonly explanation: Explanation;
}) {
  const { costs, expectedReturn, leaning } = explanation;
  if (costs === null) return null;
  const side = leaning === 'short' ? 'short' : 'long';
  const cost = costs[side];
  const rows: readonly (readonly [string, number | null])[] = [
    ['Fees, in and out', cost.feesFraction],
    ['Spread', cost.spreadFraction],
    ['Slippage', cost.slippageFraction],
    ['Funding expected', cost.fundingFraction],
  ];
  const gross = expectedReturn === null ? null : side === 'short' ? -expectedReturn : expectedReturn;
  return (
    <Part title={`Costs of a ${side} round trip`}>
      <dl className="text-xs">
        <Line name={`Expected return, ${side}`}>{basisPoints(gross)}</Line>
        {rows.map(([name, value]) => (
          <Line key={name} name={name}>
            {basisPoints(value === null ? null : -value)}
          </Line>
        ))}
        <Line name="Expected value after costs" isSum>
          {basisPoints(leaning === 'hold' ? null : decision.expectedValue)}
        </Line>
      </dl>
    </Part>
  );
}

function Line({
  children,
  isSum = false,
  name,
}: {
  readonly name: string;
  readonly isSum?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className={`flex justify-between gap-4 border-b border-line py-1.5 ${isSum ? 'font-semibold' : ''}`}>
      <dt className={isSum ? '' : 'text-muted'}>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function RiskPart({ explanation }: { readonly explanation: Explanation }) {
  const [isAll, setAll] = useState(false);
  const { risk } = explanation;
  if (risk === null) {
    return (
      <Part title="Rules of risk">
        <p className="text-xs text-muted">Risk was not asked: the decision wanted no order.</p>
      </Part>
    );
  }
  const remarkable = risk.rules.filter((rule) => rule.verdict !== 'pass');
  const shown = isAll ? risk.rules : remarkable;
  return (
    <Part title={`Rules of risk: ${risk.verdict}`}>
      {risk.message !== null && <p className="mb-1.5 text-xs text-warn">{risk.message}</p>}
      {shown.length > 0 && <Rules rules={shown} caption="Rules of risk" />}
      <p className="mt-2 flex flex-wrap items-center gap-3 text-xs text-muted">
        {risk.rules.length - remarkable.length} of {risk.rules.length} rules passed as asked.
        <More isOpen={isAll} onToggle={() => setAll(!isAll)}>
          {isAll ? 'Show fewer rules' : `Show all ${risk.rules.length} rules`}
        </More>
      </p>
    </Part>
  );
}

/** A quiet button that shows more or less. */
function More({
  children,
  isOpen,
  onToggle,
}: {
  readonly isOpen: boolean;
  readonly children: ReactNode;
  onToggle(): void;
}) {
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      onClick={onToggle}
      className="rounded-md border border-edge px-2 py-1 text-xs text-text hover:bg-panel"
    >
      {children}
    </button>
  );
}

/** As many features as are shown before a person asks for all. */
const FEATURES_SHOWN = 12;

function FeaturesPart({
  decision,
  explanation,
}: {
  readonly decision: Decision;
  readonly explanation: Explanation;
}) {
  const [isAll, setAll] = useState(false);
  const { features, remarks, snapshot } = explanation;
  const shown = isAll ? features : features.slice(0, FEATURES_SHOWN);
  return (
    <Part title="What the engine saw" isWide>
      {snapshot !== null && (
        <p className="mb-2 text-xs text-muted">
          {decision.symbol} at {compact(snapshot.price)}
          {snapshot.bid !== null &&
            snapshot.ask !== null &&
            ` (bid ${compact(snapshot.bid)}, ask ${compact(snapshot.ask)})`}
          , 24 h {signedPercent(snapshot.priceChange24h)}, volume {compact(snapshot.volume24h)}; snapshot{' '}
          {snapshot.snapshotId} at {moment(decision.tsUs)} UTC, event {fixed(snapshot.eventSeq, 0)}, hash{' '}
          <code className="break-all">{snapshot.eventHash}</code>
        </p>
      )}
      {features.length === 0 ? (
        <p className="text-xs text-muted">
          No features belong to this decision, or they are no longer in memory.
        </p>
      ) : (
        <dl className="grid grid-cols-1 gap-x-6 text-xs sm:grid-cols-2 xl:grid-cols-4">
          {shown.map(({ name, value }) => (
            <div key={name} className="flex min-w-0 justify-between gap-3 border-b border-line py-1">
              <dt className="min-w-0 truncate text-muted" title={name}>
                {name}
              </dt>
              <dd>{compact(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      {features.length > FEATURES_SHOWN && (
        <p className="mt-2">
          <More isOpen={isAll} onToggle={() => setAll(!isAll)}>
            {isAll ? 'Show fewer features' : `Show all ${features.length} features`}
          </More>
        </p>
      )}
      {remarks !== null && (
        <pre className="mt-2 whitespace-pre-wrap break-all text-xs text-muted">{remarks}</pre>
      )}
    </Part>
  );
}
