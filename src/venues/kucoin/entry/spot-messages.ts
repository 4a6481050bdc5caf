/** Private topics of the spot market. */
import type { EntryInstruments, ReplyDoc } from '../../entry/index.ts';
import { readOrderMessage, readStopMessage } from './order-message.ts';
import type { ReadTopic, Telling } from './private-dialogue.ts';
import { assetOf, momentUs, spotLots } from './quantity.ts';

/** What is subscribed. The second version of the orders has their arrival too. */
export const SPOT_TOPICS = ['/spotMarket/tradeOrdersV2', '/spotMarket/advancedOrders', '/account/balance'];

/** Returns the reader of the private topics for some instruments; what happens to others is passed over. */
export function spotReader(instruments: EntryInstruments): ReadTopic {
  return (topic, _subject, data) => {
    switch (topic) {
      case '/spotMarket/tradeOrders':
      case '/spotMarket/tradeOrdersV2': {
        const instrument = instruments.named(data.at('symbol').text());
        return instrument === undefined ? null : readOrderMessage(data, instrument, spotLots);
      }
      case '/spotMarket/advancedOrders': {
        const instrument = instruments.named(data.at('symbol').text());
        return instrument === undefined ? null : readStopMessage(data, instrument, spotLots);
      }
      case '/account/balance':
        return readBalance(data);
      default:
        return (sink) => sink.onNotice(`topic ${topic} is not read`);
    }
  };
}

/** One topic tells of all wallets; that of an account which only stores money is not what orders trade on. */
function readBalance(data: ReplyDoc): Telling | null {
  if (!data.at('relationEvent').text().startsWith('trade')) return null;
  const asset = assetOf(data.at('currency').text());
  const record = { total: data.at('total').amount(asset), available: data.at('available').amount(asset) };
  const tsVenueUs = momentUs(data.at('time'));
  return (sink) => sink.onBalance(record, tsVenueUs);
}
