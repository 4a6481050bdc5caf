/**
 * Trades. A subscription begins with the last hundred, newest first: they are delivered too, oldest first, and the feed knows those again that it
 * had before. Forced trades are liquidations as well. Block trades are agreed away from the book at any price and are not delivered.
 */
import {
  bytesOf,
  type DecodedSink,
  type FeedInstrument,
  type JsonCursor,
  type LiquidationPrint,
  RecordPool,
  readPrice,
  readQty,
  type TradePrint,
} from '#venues/market';
import { FrameFields } from './frame-fields.ts';
import { readMoment, readSide } from './numbers.ts';

/** Trades in one message; a snapshot has a hundred. */
const TRADES_MAX = 4_096;
const LIQUIDATION = bytesOf('liquidation');
const BLOCK = bytesOf('block');

interface TradeRecord {
  readonly trade: TradePrint;
  isLiquidation: boolean;
}

/** Reads trade messages. */
export class TradeRecords {
  readonly #cursor: JsonCursor;
  readonly #item: FrameFields;
  readonly #records = new RecordPool('trades', TRADES_MAX, newRecord);
  readonly #liquidation: LiquidationPrint = {
    instrumentIx: 0,
    tsVenueUs: 0,
    side: 'buy',
    priceTicks: 0,
    qtyLots: 0,
  };

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor;
    this.#item = new FrameFields(cursor);
  }

  /** Reads and delivers a message of one trade; false when it was passed over. */
  readOne(fields: FrameFields, instrument: FeedInstrument, sink: DecodedSink): boolean {
    this.#records.clear();
    this.#readTrade(fields, instrument);
    return this.#deliver(sink);
  }

  /** Reads and delivers the last trades. */
  readList(fields: FrameFields, instrument: FeedInstrument, sink: DecodedSink): boolean {
    const cursor = fields.seek('trades');
    this.#records.clear();
    cursor.beginArray();
    while (cursor.nextItem()) {
      this.#item.scan();
      const end = cursor.at;
      this.#readTrade(this.#item, instrument);
      cursor.at = end;
    }
    return this.#deliver(sink);
  }

  /** The cursor is left anywhere inside the trade. */
  #readTrade(fields: FrameFields, instrument: FeedInstrument): void {
    const kind = fields.seek('type');
    kind.readString();
    if (kind.textIs(BLOCK)) return;
    const isLiquidation = kind.textIs(LIQUIDATION);
    const record = this.#records.take(this.#cursor.at);
    const { trade } = record;
    record.isLiquidation = isLiquidation;
    trade.instrumentIx = instrument.ix;
    trade.tsVenueUs = readMoment(fields.seek('time'));
    // The id of a trade is no number; its place among the product's trades is.
    trade.tradeId = fields.seek('seq').readInteger();
    trade.priceTicks = readPrice(fields.seek('price'), instrument.priceDecimals);
    trade.qtyLots = readQty(fields.seek('qty'), instrument.qtyDecimals);
    trade.takerSide = readSide(fields.seek('side'));
  }

  #deliver(sink: DecodedSink): boolean {
    const records = this.#records;
    const isNewestFirst =
      records.count > 1 && records.at(0).trade.tradeId > records.at(records.count - 1).trade.tradeId;
    for (let i = 0; i < records.count; i++) {
      const { trade, isLiquidation } = records.at(isNewestFirst ? records.count - 1 - i : i);
      sink.onTrade(trade);
      if (isLiquidation) this.#deliverLiquidation(trade, sink);
    }
    return records.count > 0;
  }

  /** The forced order is the taker. */
  #deliverLiquidation(trade: TradePrint, sink: DecodedSink): void {
    const liquidation = this.#liquidation;
    liquidation.instrumentIx = trade.instrumentIx;
    liquidation.tsVenueUs = trade.tsVenueUs;
    liquidation.side = trade.takerSide;
    liquidation.priceTicks = trade.priceTicks;
    liquidation.qtyLots = trade.qtyLots;
    sink.onLiquidation(liquidation);
  }
}

function newRecord(): TradeRecord {
  return {
    trade: { instrumentIx: 0, tsVenueUs: 0, tradeId: 0, priceTicks: 0, qtyLots: 0, takerSide: 'buy' },
    isLiquidation: false,
  };
}
