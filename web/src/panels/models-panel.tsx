/** The models: how each voted last on the chosen symbol, how much its vote weighs, and how it has done. */
import { memo } from 'react';
import { basisPoints, fixed, NOTHING, percent } from '../format/numbers.ts';
import { Badge, Bar, type Tone, toneOf } from '../ui/marks.tsx';
import { Empty, Panel } from '../ui/panel.tsx';
import type { Decision, Model } from '../wire.ts';

const HEALTH_TONES: Readonly<Record<Model['health'], Tone>> = {
  healthy: 'up',
  degraded: 'warn',
  unhealthy: 'down',
  unknown: 'plain',
};

/** Shows one block a model. */
export const ModelsPanel = memo(function ModelsPanel({
  decisions,
  models,
  symbol,
}: {
  readonly models: readonly Model[];
  readonly decisions: readonly Decision[];
  readonly symbol: string;
}) {
  const latest = decisions.findLast((decision) => decision.symbol === symbol);
  return (
    <Panel
      title="Models"
      note={symbol === '' ? undefined : `newest votes on ${symbol}`}
      className="lg:col-span-4"
    >
      {models.length === 0 ? (
        <Empty>No model has voted yet.</Empty>
      ) : (
        <ul className="scroll-area flex-1 divide-y divide-line lg:max-h-[36rem]">
          {models.map((model) => (
            <ModelRow key={model.model} model={model} symbol={symbol} />
          ))}
        </ul>
      )}
      {latest !== undefined && <Together decision={latest} />}
    </Panel>
  );
});

/** What the ensemble made of the votes. */
function Together({ decision }: { readonly decision: Decision }) {
  const { action, agreement, confidence, expectedValue, method, outcome, reason, reasonText, uncertainty } =
    decision;
  return (
    <div className="border-t border-edge bg-raised px-4 py-3">
      <p className="flex flex-wrap items-center gap-2">
        <strong>Ensemble</strong>
        <span className="text-xs text-muted">{method.replaceAll('_', ' ')}</span>
        <span className="ml-auto">
          <Badge tone={toneOf(action)}>{action}</Badge>
        </span>
      </p>
      <dl className="mt-1.5 grid grid-cols-4 gap-2 text-xs">
        <Score name="Confidence">{percent(confidence, 0)}</Score>
        <Score name="EV, net">{basisPoints(expectedValue)}</Score>
        <Score name="Agreement">{percent(agreement, 0)}</Score>
        <Score name="Std. dev.">{percent(uncertainty, 1)}</Score>
      </dl>
      <p className="mt-1 text-xs text-muted">
        {outcome}
        {reason !== null && (
          <>
            : <code className="text-text">{reason}</code>, {reasonText}
          </>
        )}
      </p>
    </div>
  );
}

function ModelRow({ model, symbol }: { readonly model: Model; readonly symbol: string }) {
  const vote = model.votes.find((entry) => entry.symbol === symbol);
  const weight = vote?.weight ?? null;
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="font-semibold">{model.model}</h3>
        <Badge tone={HEALTH_TONES[model.health]}>{model.health}</Badge>
        <span className="ml-auto">
          {vote === undefined ? (
            <span className="text-xs text-muted">no vote yet</span>
          ) : (
            <Badge tone={toneOf(vote.action)}>{vote.action === 'none' ? 'no vote' : vote.action}</Badge>
          )}
        </span>
      </div>
      <div className="mt-2 flex items-center gap-3">
        <Bar share={weight ?? 0} label={`Weight of ${model.model}: ${percent(weight, 0)}`} />
        <span className="w-28 shrink-0 text-right text-xs">weight {percent(weight, 0)}</span>
      </div>
      {vote?.reason != null && <p className="mt-1 text-xs text-warn">{vote.reason}</p>}
      <dl className="mt-1.5 grid grid-cols-4 gap-2 text-xs">
        <Score name="P(up)">{percent(vote?.probability ?? null, 1)}</Score>
        <Score name="Hit rate">{percent(model.accuracy, 1)}</Score>
        <Score name="Brier">{fixed(model.brier, 3)}</Score>
        <Score name="Latency">{model.latencyMs === null ? NOTHING : `${fixed(model.latencyMs, 1)} ms`}</Score>
      </dl>
      <p className="mt-1 text-xs text-faint">
        {fixed(model.outcomeCount, 0)} outcomes of {fixed(model.predictionCount, 0)} predictions
        {model.failureCount > 0 && `, ${fixed(model.failureCount, 0)} failures`}
      </p>
    </li>
  );
}

function Score({ children, name }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-faint">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
