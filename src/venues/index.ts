/** Door of `venues`: the venue port, and the words of the exchange link. Implementations live in sub-folders and are named by `app` alone. */
export {
  type AdvanceReply,
  type AdvanceRequest,
  encodeLinkMessage,
  LINK_COMMANDS_MAX,
  LINK_PROTOCOL,
  LINK_VERSION,
  type LinkCommand,
  type LinkReply,
  type LinkRequest,
} from './link-messages.ts';
export { isAdvanceReply, parseLinkReply, parseLinkRequest } from './link-schemas.ts';
export type { CardAssumption, MarketCard } from './market-card.ts';
export type {
  AccountQueries,
  AccountRecovery,
  EarlierOrder,
  OrderGateway,
  World,
  WorldEvent,
} from './port.ts';
