/** Private topics of the futures market. */
import type { EntryInstruments, ReplyDoc } from '../../entry/index.ts';
import { readPosition } from './futures-reader.ts';
import { readOrderMessage, readStopMessage } from './order-message.ts';
import type { ReadTopic, Telling } from './private-dialogue.ts';
import { assetOf, contractLots, momentUs } from './quantity.ts';

/** What is subscribed: of all contracts at once. */
export const FUTURES_TOPICS = [
  '/contractMarket/tradeOrders',
  '/contractMarket/advancedOrders',
  '/contractAccount/wallet',
  '/contract/positionAll',
];

/** Messages of the topics that say nothing of orders, money or positions: older forms of the wallet, settings. */
const PASSED_OVER = [
  'availableBalance.change',
  'orderMargin.change',
  'withdrawHold.change',
  'position.adjustRiskLimit',
  'user.config',
];

/** Returns the reader of the private topics for some instruments; what happens to others is passed over. */
export function futuresReader(instruments: EntryInstruments): ReadTopic {
  return (topic, subject, data) => {
    if (PASSED_OVER.includes(subject)) return null;
    const [name = '', symbol = ''] = topic.split(':');
    switch (name) {
      case '/contractMarket/tradeOrders': {
        const instrument = instruments.named(data.at('symbol').text());
        return instrument === undefined ? null : readOrderMessage(data, instrument, contractLots);
      }
      case '/contractMarket/advancedOrders': {
        const instrument = instruments.named(data.at('symbol').text());
        return instrument === undefined ? null : readStopMessage(data, instrument, contractLots);
      }
      case '/contractAccount/wallet':
        return readWallet(data);
      case '/contract/positionAll':
      case '/contract/position':
        return subject === 'position.settlement'
          ? readFunding(data, symbol, instruments)
          : readChange(data, instruments);
      default:
        return (sink) => sink.onNotice(`topic ${topic} is not read`);
    }
  };
}

function readWallet(data: ReplyDoc): Telling {
  const asset = assetOf(data.at('currency').text());
  const record = {
    total: data.at('walletBalance').amount(asset),
    available: data.at('availableBalance').amount(asset),
  };
  const tsVenueUs = momentUs(data.at('timestamp'));
  return (sink) => sink.onBalance(record, tsVenueUs);
}

/** A change of the mark price alone has neither symbol nor quantity. */
function readChange(data: ReplyDoc, instruments: EntryInstruments): Telling | null {
  if (!data.at('currentQty').isThere) {
    data.at('changeReason').word('markPriceChange');
    return null;
  }
  const instrument = instruments.named(data.at('symbol').text());
  if (instrument === undefined) return null;
  const record = readPosition(data, instrument);
  return (sink) => sink.onPosition(record);
}

/** The payment's sign is that of who pays: longs when the rate is above zero. The venue's own sign has no documented meaning. */
function readFunding(data: ReplyDoc, symbol: string, instruments: EntryInstruments): Telling {
  const named = data.at('symbol').textOr(symbol);
  const fee = data.at('fundingFee').amount(assetOf(data.at('settleCurrency').text()));
  const isLong = !data.at('qty').decimal().startsWith('-');
  const isAbove = !data.at('fundingRate').decimal().startsWith('-');
  const size = fee.units < 0n ? -fee.units : fee.units;
  const amount = { ...fee, units: isLong === isAbove ? -size : size };
  const tsVenueUs = momentUs(data.at('fundingTime'));
  return (sink) => sink.onFunding(instruments.named(named) ?? null, amount, tsVenueUs);
}
