/** Rows of the record as the dashboard reads them: exact columns become figures in currency, explanations become lists. Pure. */
import { type Instrument, isFinalStatus, moneyOf } from '#domain';
import type {
  EnsembleDecisionRow,
  ModelPredictionRow,
  OrderRow,
  SnapshotRow,
  SystemEventRow,
  TradeRow,
} from '#store';
import {
  type Decision,
  type Explanation,
  FEATURES_MAX,
  type LogEntry,
  MODELS_MAX,
  type Order,
  RULES_MAX,
  type Rule,
  TEXT_CHARS_MAX,
  type Trade,
  type Vote,
  type WeighedVote,
} from '#wire';
import { textOfCode, unitOfCode } from './code-texts.ts';
import type { InstrumentNames } from './instrument-names.ts';
import { parseExplanation, type RecordedExplanation } from './recorded-explanation.ts';

/** Everything in memory that belongs to one decision. */
export interface DecisionRecord {
  readonly row: EnsembleDecisionRow;
  readonly snapshot: SnapshotRow | null;
  /** Replies of the models to that snapshot. */
  readonly replies: readonly ModelPredictionRow[];
}

/** How a run's rows are read. */
export interface RowReading {
  readonly names: InstrumentNames;
  /** Decimals of the account's atom. */
  readonly atomDecimals: number;
}

/** Returns a trade; `exitLabel` is the label of the order that closed it. */
export function tradeOf(
  row: TradeRow,
  exitLabel: Trade['exitLabel'],
  { names, atomDecimals }: RowReading,
): Trade {
  const money = (atoms: bigint): number => moneyOf(atomDecimals, atoms);
  return {
    tradeId: row.tradeId,
    symbol: names.of(row),
    strategy: row.strategy,
    side: row.side,
    status: row.status,
    entryTsUs: row.entryTime,
    exitTsUs: row.exitTime,
    entryPrice: row.entryPrice,
    exitPrice: row.exitPrice,
    quantity: row.quantity,
    entryNotional: money(row.entryNotionalAtoms),
    fees: money(row.feesAtoms),
    funding: money(row.fundingAtoms),
    pnl: money(row.pnlAtoms),
    pnlFraction: row.pnlPercent / 100,
    exitLabel,
  };
}

/** Returns an order. */
export function orderOf(row: OrderRow, { names, atomDecimals }: RowReading): Order {
  return {
    orderId: row.orderId,
    tradeId: row.tradeId,
    symbol: names.of(row),
    side: row.side,
    type: row.type,
    label: row.orderTypeLabel,
    status: row.status,
    isOpen: !isFinalStatus(row.status),
    quantity: row.quantity,
    filledQuantity: row.filledQty,
    price: row.price,
    averageFillPrice: row.avgFillPrice,
    createdTsUs: row.createdAt,
    updatedTsUs: row.updatedAt,
    fees: moneyOf(atomDecimals, row.feesAtoms),
    rejectReason: row.rejectReason === null ? null : shortened(row.rejectReason),
  };
}

/** Returns a decision in one line. */
export function decisionOf({ row, replies }: DecisionRecord, names: InstrumentNames): Decision {
  const reason = row.rejectionReason;
  return {
    decisionId: row.decisionId,
    tsUs: row.timestamp,
    symbol: names.of(row),
    strategy: row.strategy,
    action: row.finalAction,
    confidence: row.finalConfidence,
    expectedValue: row.expectedValue,
    method: row.aggregationMethod,
    modelCount: row.modelCount,
    agreement: row.modelAgreement,
    uncertainty: row.uncertainty,
    outcome: outcomeOf(row),
    quantity: row.positionSize,
    reason: reason === null ? null : shortened(reason),
    reasonText: reason === null ? null : shortened(textOfCode(reason)),
    votes: votesOf(parseExplanation(row.explanation), replies).map(
      ({ model, action, probability, weight, reason: why }): Vote => ({
        model,
        action,
        probability,
        weight,
        reason: why,
      }),
    ),
  };
}

/** Returns what came of a decision, as the metrics and the dashboard name it. */
export function outcomeOf(row: EnsembleDecisionRow): Decision['outcome'] {
  if (row.riskCheckPassed === false) return 'refused';
  if (row.rejected) return 'held';
  return row.riskCheckPassed === true ? 'ordered' : 'none';
}

/** What the explanation itself does not say. */
export interface ExplanationReading {
  readonly featureNames: readonly string[];
  /** Of the decision; `null` when it is not one of the run. */
  readonly instrument: Instrument | null;
}

/** Returns everything that is known about a decision. */
export function explanationOf(
  { row, snapshot, replies }: DecisionRecord,
  { featureNames, instrument }: ExplanationReading,
): Explanation {
  const recorded = parseExplanation(row.explanation);
  return {
    decisionId: row.decisionId,
    snapshot: snapshot === null ? null : snapshotOf(snapshot),
    features: snapshot === null ? [] : featuresOf(snapshot, featureNames),
    leaning: recorded.leaning,
    probability: recorded.probability,
    expectedReturn: recorded.expected_return,
    priorWeight: recorded.prior_weight,
    disagreement: recorded.disagreement,
    votes: votesOf(recorded, replies),
    gates: (recorded.gates ?? [])
      .slice(0, RULES_MAX)
      .map(({ gate, isPassed, value, limit }) =>
        ruleOf({ rule: gate, verdict: isPassed ? 'pass' : 'refuse', value, limit }, instrument),
      ),
    costs: recorded.costs,
    risk: riskOf(recorded, instrument),
    remarks: recorded.remarks === null ? null : shortened(recorded.remarks),
  };
}

/** Returns a line of the log for an event of the run. */
export function logEntryOf(row: SystemEventRow, seq: number): LogEntry {
  const details = row.details === '{}' ? '' : ` ${row.details}`;
  return {
    seq,
    tsUs: row.timestamp,
    clock: 'run',
    level: row.severity,
    event: row.eventType,
    text: shortened(`${row.message}${details}`),
  };
}

/** Returns the reason that a model gave for not voting, `null` when it did vote. */
export function noVoteReason(reply: ModelPredictionRow): string | null {
  if (reply.action !== 'none') return null;
  const { reason } = JSON.parse(reply.rawResponse) as { readonly reason?: unknown };
  return typeof reason === 'string' ? reason : 'error';
}

/** Cuts a text from elsewhere to what the wire takes. */
export function shortened(text: string): string {
  return text.length <= TEXT_CHARS_MAX ? text : `${text.slice(0, TEXT_CHARS_MAX - 1)}…`;
}

/** The votes that counted, then the models that gave none. */
function votesOf(recorded: RecordedExplanation, replies: readonly ModelPredictionRow[]): WeighedVote[] {
  const counted = (recorded.votes ?? []).map((vote): WeighedVote => ({ ...vote, reason: null }));
  const known = new Set(counted.map((vote) => vote.model));
  const others = replies
    .filter((reply) => !known.has(reply.modelName))
    .map(
      (reply): WeighedVote => ({
        model: reply.modelName,
        action: reply.action,
        probability: null,
        weight: null,
        reason: textOfCode(noVoteReason(reply) ?? 'unusable'),
        statedProbability: reply.probability,
        expectedReturn: reply.expectedReturn,
        variance: null,
      }),
    );
  return [...counted, ...others].slice(0, MODELS_MAX);
}

function snapshotOf(row: SnapshotRow): NonNullable<Explanation['snapshot']> {
  return {
    snapshotId: row.snapshotId,
    price: row.currentPrice,
    bid: row.bid,
    ask: row.ask,
    volume24h: row.volume24h,
    priceChange24h: row.priceChange24h,
    eventSeq: row.eventSeq,
    eventHash: row.eventHash,
  };
}

function featuresOf(row: SnapshotRow, names: readonly string[]): Explanation['features'] {
  return [...row.features.subarray(0, FEATURES_MAX)].map((value, index) => ({
    name: names[index] ?? `feature ${index}`,
    value: Number.isFinite(value) ? value : null,
  }));
}

function riskOf({ risk }: RecordedExplanation, instrument: Instrument | null): Explanation['risk'] {
  if (risk === null) return null;
  return {
    verdict: risk.verdict,
    code: risk.code,
    message: risk.message === null ? null : shortened(risk.message),
    rules: risk.rules.slice(0, RULES_MAX).map((outcome) => ruleOf(outcome, instrument)),
  };
}

/** What a gate or rule found, as it is recorded. */
interface RecordedRule {
  readonly rule: string;
  readonly verdict: Rule['verdict'];
  readonly value: number | null;
  readonly limit: number | null;
}

function ruleOf({ rule, verdict, value, limit }: RecordedRule, instrument: Instrument | null): Rule {
  const raw = unitOfCode(rule);
  const base = { code: rule, text: textOfCode(rule), verdict };
  if (raw !== 'lots' && raw !== 'atoms') return { ...base, unit: raw, value, limit };
  if (instrument === null) return { ...base, unit: 'number', value, limit };
  const decimals = raw === 'lots' ? instrument.qtyDecimals : instrument.atomDecimals;
  const scaled = (number: number | null): number | null => (number === null ? null : number / 10 ** decimals);
  return { ...base, unit: raw === 'lots' ? 'quantity' : 'money', value: scaled(value), limit: scaled(limit) };
}
