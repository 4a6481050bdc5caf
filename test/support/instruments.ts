/** Trading rules for tests, built through the real constructor. */
import { type Instrument, type InstrumentSpec, InstrumentTable } from '#domain';

/** Returns the rules of a BTC perpetual as the simulated venue writes them, with the changes given. */
export function btcSpec(changes: Partial<InstrumentSpec> = {}): InstrumentSpec {
  return {
    venue: 'sim',
    symbol: 'BTCUSDT',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    kind: 'perpetual',
    priceDecimals: 2,
    qtyDecimals: 3,
    tickSize: '0.10',
    lotSize: '0.001',
    qtyMin: '0.001',
    qtyMax: '1000',
    notionalMin: '5',
    leverageMax: 125,
    maintenanceMarginPpm: 4_000,
    rulesFrom: 'synthetic',
    ...changes,
  };
}

/** Returns the instrument of `btcSpec`, alone in its table. */
export function btcInstrument(changes: Partial<InstrumentSpec> = {}): Instrument {
  return new InstrumentTable([btcSpec(changes)]).at(0);
}
