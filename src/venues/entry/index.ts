/** Door of the inner room: the order-entry port and what its adapters share. Used inside `venues`. */
export type {
  EntryAdapter,
  EntryHosts,
  EntryKeys,
  FillsPage,
  OpenEntry,
  PrivateDialogue,
  PrivatePlan,
  PrivateStep,
} from './entry-adapter.ts';
export {
  ENTRY_PRIORITIES,
  type EntryCall,
  type EntryCost,
  type EntryJudge,
  type EntryPriority,
  type EntryStamp,
  type EntryVerdict,
  type LimitRule,
  type LimitUsage,
  type SignedRequest,
} from './entry-call.ts';
export { type EntryInstrument, EntryInstruments } from './entry-instrument.ts';
export type {
  EntryAmend,
  EntryFillsRange,
  EntryOrder,
  EntryOrderRef,
  EntryOrderType,
} from './entry-order.ts';
export type {
  BalanceRecord,
  BatchOutcome,
  ExactAmount,
  FillRecord,
  InstrumentTerms,
  KeyRights,
  OrderRecord,
  PlacedRecord,
  PositionRecord,
  PrivateSink,
} from './entry-records.ts';
export { cleanText, KeyShield } from './hidden-keys.ts';
export { amountOf, ReplyDoc } from './reply-doc.ts';
export {
  type FormParams,
  formText,
  hmac,
  isPem,
  privateKey,
  sha256,
  signEd25519,
  signEs256,
} from './signing.ts';
export { clientIdOfUuid, uuidOfClientId } from './uuid-ids.ts';
