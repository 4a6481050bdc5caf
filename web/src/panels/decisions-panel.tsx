/** What was decided and why, newest first; each line opens to everything that led to it. */
import { memo, useState } from 'react';
import { basisPoints, fixed, percent } from '../format/numbers.ts';
import { clockTime, moment } from '../format/times.ts';
import type { ExplanationEntry } from '../store/live-store.ts';
import { Badge, Choice, ScrollArea, type Tone, toneOf } from '../ui/marks.tsx';
import { Empty, Panel } from '../ui/panel.tsx';
import type { Decision, RunInfo, Vote } from '../wire.ts';
import { DecisionDetail } from './decision-detail.tsx';

interface DecisionsPanelProps {
  readonly run: RunInfo | null;
  readonly decisions: readonly Decision[];
  readonly explanations: ReadonlyMap<number, ExplanationEntry>;
  onExplain(decisionId: number): void;
}

type Filter = 'all' | 'ordered' | 'held' | 'refused';

const FILTERS: readonly { readonly value: Filter; readonly text: string }[] = [
  { value: 'all', text: 'All' },
  { value: 'ordered', text: 'Ordered' },
  { value: 'held', text: 'Held' },
  { value: 'refused', text: 'Refused' },
];

const OUTCOME_TONES: Readonly<Record<Decision['outcome'], Tone>> = {
  ordered: 'up',
  held: 'plain',
  refused: 'warn',
  none: 'plain',
};

/** Shows the list. */
export const DecisionsPanel = memo(function DecisionsPanel(props: DecisionsPanelProps) {
  const { decisions, explanations, onExplain, run } = props;
  const [filter, setFilter] = useState<Filter>('all');
  const [openId, setOpenId] = useState<number | null>(null);
  const shown = decisions.filter((decision) => filter === 'all' || decision.outcome === filter).toReversed();
  const toggle = (decisionId: number): void => {
    setOpenId(openId === decisionId ? null : decisionId);
    if (openId !== decisionId && !explanations.has(decisionId)) onExplain(decisionId);
  };
  return (
    <Panel
      title="Decisions"
      note={`the last ${decisions.length}, newest first`}
      className="lg:col-span-8"
      actions={
        <Choice
          label="Which decisions"
          value={filter}
          onChange={(next) => setFilter(next)}
          options={FILTERS}
        />
      }
    >
      {shown.length === 0 ? (
        <Empty>
          {decisions.length === 0
            ? 'Nothing has been decided yet. The first decision comes once the features are warm.'
            : 'None of the kept decisions is of this kind.'}
        </Empty>
      ) : (
        <ScrollArea label="Decisions" className="max-h-[34rem]">
          <ol className="divide-y divide-line">
            {shown.map((decision) => (
              <DecisionRow
                key={decision.decisionId}
                decision={decision}
                isOpen={decision.decisionId === openId}
                explanation={explanations.get(decision.decisionId)}
                qtyDecimals={qtyDecimalsOf(run, decision.symbol)}
                onToggle={toggle}
              />
            ))}
          </ol>
        </ScrollArea>
      )}
    </Panel>
  );
});

function qtyDecimalsOf(run: RunInfo | null, symbol: string): number {
  return run?.instruments.find((instrument) => instrument.symbol === symbol)?.qtyDecimals ?? 3;
}

interface DecisionRowProps {
  readonly decision: Decision;
  readonly isOpen: boolean;
  readonly explanation: ExplanationEntry | undefined;
  readonly qtyDecimals: number;
  onToggle(decisionId: number): void;
}

const DecisionRow = memo(function DecisionRow(props: DecisionRowProps) {
  const { decision, explanation, isOpen, onToggle, qtyDecimals } = props;
  const detailId = `decision-${decision.decisionId}`;
  return (
    <li data-decision={decision.decisionId}>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={detailId}
        onClick={() => onToggle(decision.decisionId)}
        className="grid w-full grid-cols-[4.5rem_1fr_auto] items-start gap-x-3 gap-y-1 px-4 py-2.5 text-left -outline-offset-2 hover:bg-raised md:grid-cols-[10rem_4.5rem_6.5rem_minmax(0,1fr)_1rem] xl:grid-cols-[10rem_4.5rem_6.5rem_minmax(0,1fr)_minmax(0,1.1fr)_1rem]"
      >
        <span className="max-md:row-start-1">
          <span className="font-semibold">{decision.symbol}</span>
          <time className="block text-xs text-muted" title={`${moment(decision.tsUs)} UTC`}>
            <span className="max-md:hidden">{moment(decision.tsUs)}</span>
            <span className="md:hidden">{clockTime(decision.tsUs)}</span>
          </time>
        </span>
        <span className="max-md:hidden">
          <Badge tone={toneOf(decision.action)}>{decision.action}</Badge>
        </span>
        <span className="text-xs max-md:hidden">
          <span className="block">conf. {percent(decision.confidence, 0)}</span>
          <span className="block text-muted" title="expected value after fees, spread, slippage and funding">
            EV {basisPoints(decision.expectedValue)}
          </span>
        </span>
        <span className="max-xl:hidden">
          <Votes votes={decision.votes} />
        </span>
        <Outcome decision={decision} qtyDecimals={qtyDecimals} />
        <Chevron isOpen={isOpen} />
      </button>
      <div id={detailId} hidden={!isOpen}>
        {isOpen && <DecisionDetail decision={decision} entry={explanation} />}
      </div>
    </li>
  );
});

function Outcome({ decision, qtyDecimals }: { readonly decision: Decision; readonly qtyDecimals: number }) {
  return (
    <span className="min-w-0 text-xs">
      <span className="flex flex-wrap items-center gap-1.5">
        <span className="md:hidden">
          <Badge tone={toneOf(decision.action)}>{decision.action}</Badge>
        </span>
        <Badge tone={OUTCOME_TONES[decision.outcome]}>{decision.outcome}</Badge>
        {decision.outcome === 'ordered' && <span>{fixed(decision.quantity, qtyDecimals)}</span>}
        {decision.reason !== null && <code>{decision.reason}</code>}
      </span>
      <span className="mt-0.5 block text-muted md:hidden">
        conf. {percent(decision.confidence, 0)} · EV {basisPoints(decision.expectedValue)}
      </span>
      {decision.reasonText !== null && <span className="mt-0.5 block text-muted">{decision.reasonText}</span>}
    </span>
  );
}

const ARROWS: Readonly<Record<Vote['action'], string>> = { long: '▲', short: '▼', hold: '■', none: '○' };

function Votes({ votes }: { readonly votes: readonly Vote[] }) {
  return (
    <span className="flex flex-wrap gap-x-3 gap-y-0.5 text-xs">
      {votes.map((vote) => (
        <span key={vote.model} title={vote.reason ?? `weight ${percent(vote.weight, 0)}`}>
          <span
            className={
              vote.action === 'long' ? 'text-up' : vote.action === 'short' ? 'text-down' : 'text-faint'
            }
          >
            {ARROWS[vote.action]}
          </span>{' '}
          <span className="text-muted">{vote.model}</span> {percent(vote.probability, 0)}
        </span>
      ))}
    </span>
  );
}

function Chevron({ isOpen }: { readonly isOpen: boolean }) {
  return (
    <svg
      viewBox="0 0 12 12"
      aria-hidden="true"
      className={`mt-1 size-3 justify-self-end text-muted max-md:col-start-3 max-md:row-start-1 ${isOpen ? 'rotate-180' : ''}`}
    >
      <path d="M2 4l4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.6" />
    </svg>
  );
}
