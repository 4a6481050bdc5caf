/** The engine as its inner parts see it: the account, the desks, the moment. */
import type { PerformanceStatistics, Portfolio } from '#portfolio';
import type { DecisionDesk } from './decision-desk.ts';
import type { Desk } from './desk.ts';
import type { InstrumentState } from './instrument-state.ts';
import type { EngineOptions, EngineTuning } from './options.ts';
import type { OrderDesk } from './order-desk.ts';
import type { TradeJournal } from './trade-journal.ts';

/** What strategies' contexts and the summary read and use. */
export interface EngineServices extends Desk {
  readonly options: EngineOptions;
  readonly tuning: EngineTuning;
  readonly eventSeq: number;
  readonly states: readonly InstrumentState[];
  readonly portfolio: Portfolio;
  readonly statistics: PerformanceStatistics;
  readonly orderDesk: OrderDesk;
  readonly decisionDesk: DecisionDesk;
  readonly journal: TradeJournal;
}
