/** The price of the chosen symbol with the trades on it. */
import { lazy, memo, Suspense, useMemo } from 'react';
import { fixed, signedPercent } from '../format/numbers.ts';
import { duration, timeframe } from '../format/times.ts';
import { Choice, textTone, toneOf } from '../ui/marks.tsx';
import { Empty, Panel } from '../ui/panel.tsx';
import type { Candle, DashboardState, Position, RunInfo, Trade } from '../wire.ts';

const PriceChart = lazy(async () => ({ default: (await import('../charts/price-chart.tsx')).PriceChart }));

interface PricePanelProps {
  readonly run: RunInfo | null;
  readonly candles: DashboardState['candles'];
  readonly trades: readonly Trade[];
  readonly positions: readonly Position[];
  readonly symbol: string;
  onSymbol(symbol: string): void;
}

/** The change of the price is told over a day, or over what there is. */
const DAY_US = 86_400_000_000;
const NO_CANDLES: readonly Candle[] = [];

/** Shows the chart of one symbol and the choice of others. */
export const PricePanel = memo(function PricePanel(props: PricePanelProps) {
  const { candles, onSymbol, positions, run, symbol, trades } = props;
  const list = candles[symbol] ?? NO_CANDLES;
  const ownTrades = useMemo(() => trades.filter((trade) => trade.symbol === symbol), [trades, symbol]);
  const decimals = run?.instruments.find((instrument) => instrument.symbol === symbol)?.priceDecimals ?? 2;
  const position = positions.find((entry) => entry.symbol === symbol) ?? null;
  const symbols = run?.instruments.map((instrument) => instrument.symbol) ?? [];
  return (
    <Panel
      title="Price"
      note={run === null ? undefined : `${timeframe(run.decisionTimeframeUs)} candles, UTC`}
      className="lg:col-span-8"
      actions={
        symbols.length > 1 && (
          <Choice
            label="Symbol"
            value={symbol}
            onChange={onSymbol}
            options={symbols.map((name) => ({ value: name, text: name }))}
          />
        )
      }
    >
      {list.length === 0 ? (
        <Empty>No candle of {symbol === '' ? 'any symbol' : symbol} has been received yet.</Empty>
      ) : (
        <>
          <Legend symbol={symbol} candles={list} decimals={decimals} barUs={run?.decisionTimeframeUs ?? 0} />
          <div className="relative m-2 min-h-72 flex-1 lg:min-h-[25rem]">
            <Suspense fallback={null}>
              <PriceChart
                key={symbol}
                symbol={symbol}
                candles={list}
                trades={ownTrades}
                position={position}
                decimals={decimals}
              />
            </Suspense>
          </div>
        </>
      )}
    </Panel>
  );
});

function Legend({
  barUs,
  candles,
  decimals,
  symbol,
}: {
  readonly symbol: string;
  readonly candles: readonly Candle[];
  readonly decimals: number;
  readonly barUs: number;
}) {
  const last = candles.at(-1);
  if (last === undefined) return null;
  const first = candles.find((candle) => candle.tsUs > last.tsUs - DAY_US) ?? last;
  const change = last.close / first.open - 1;
  const span = duration(last.tsUs - first.tsUs + barUs);
  return (
    <p className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-4 pt-3">
      <span className="text-lg font-semibold">
        {symbol} {fixed(last.close, decimals)}
      </span>
      <span className={`text-xs ${textTone(toneOf(change))}`}>
        {signedPercent(change)} in {span}
      </span>
      <span className="text-xs text-muted max-sm:hidden">
        O {fixed(last.open, decimals)} H {fixed(last.high, decimals)} L {fixed(last.low, decimals)} C{' '}
        {fixed(last.close, decimals)}
      </span>
      <span className="text-xs text-muted sm:ml-auto">
        <abbr title="long and short entry" className="no-underline">
          ▲▼ entry
        </abbr>{' '}
        · ● exit · ■ stop or target
      </span>
    </p>
  );
}
