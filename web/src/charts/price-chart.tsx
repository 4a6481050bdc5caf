/** Candles of one symbol with its trades: entries, exits, and the resting stop and target. */
import {
  type CandlestickData,
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineStyle,
  type SeriesMarker,
  type UTCTimestamp,
} from 'lightweight-charts';
import { useEffect, useRef } from 'react';
import { fixed } from '../format/numbers.ts';
import { CANDLES_MAX, type Candle, type Position, type Trade } from '../wire.ts';
import { type Colours, coloursOf } from './colours.ts';
import { markersOf, type TradeMarker } from './trade-markers.ts';

interface PriceChartProps {
  readonly symbol: string;
  readonly candles: readonly Candle[];
  /** Of this symbol. */
  readonly trades: readonly Trade[];
  readonly position: Position | null;
  readonly decimals: number;
}

/** The chart and what is drawn on it. */
interface Drawing {
  readonly chart: IChartApi;
  readonly colours: Colours;
  readonly bars: ISeriesApi<'Candlestick'>;
  readonly volume: ISeriesApi<'Histogram'>;
  readonly markers: ISeriesMarkersPluginApi<UTCTimestamp>;
}

/** Draws the candles; mount it anew for another symbol. */
export function PriceChart({ candles, decimals, position, symbol, trades }: PriceChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const drawnFromUs = useRef<{ firstUs: number; lastUs: number; count: number } | null>(null);

  useEffect(() => {
    if (frame.current === null) return undefined;
    const made = createDrawing(frame.current, decimals);
    drawing.current = made;
    drawnFromUs.current = null;
    return () => {
      drawing.current = null;
      made.chart.remove();
    };
  }, [decimals]);

  useEffect(() => {
    if (drawing.current !== null)
      drawnFromUs.current = drawCandles(drawing.current, candles, drawnFromUs.current);
  }, [candles]);

  useEffect(() => {
    drawing.current?.markers.setMarkers(
      markersOf(trades, candles).map((marker) => shapeOf(marker, coloursOf())),
    );
  }, [trades, candles]);

  useEffect(() => {
    const made = drawing.current;
    if (made === null || position === null) return undefined;
    const remove = drawLevels(made, position);
    return () => {
      // When the chart itself goes, its lines have gone with it.
      if (drawing.current === made) remove();
    };
  }, [position]);

  const last = candles.at(-1);
  return (
    <div
      ref={frame}
      role="img"
      aria-label={`Price of ${symbol}: ${candles.length} candles, last ${fixed(last?.close ?? null, decimals)}, ${trades.length} trades marked`}
      className="absolute inset-0"
    />
  );
}

function createDrawing(frame: HTMLElement, decimals: number): Drawing {
  const colours = coloursOf();
  const chart = createChart(frame, {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: 'transparent' },
      textColor: colours.muted,
      fontSize: 11,
      fontFamily: getComputedStyle(document.body).fontFamily,
      // The footer of the page names and links the library.
      attributionLogo: false,
    },
    grid: { vertLines: { color: colours.line }, horzLines: { color: colours.line } },
    crosshair: {
      mode: CrosshairMode.Normal,
      vertLine: { color: colours.edge, labelBackgroundColor: colours.deep },
      horzLine: { color: colours.edge, labelBackgroundColor: colours.deep },
    },
    rightPriceScale: { borderColor: colours.line },
    timeScale: { borderColor: colours.line, timeVisible: true, secondsVisible: false, rightOffset: 4 },
    localization: { locale: 'en-GB', priceFormatter: (price: number) => fixed(price, decimals) },
  });
  const bars = chart.addSeries(CandlestickSeries, {
    upColor: colours.up,
    wickUpColor: colours.up,
    downColor: colours.down,
    wickDownColor: colours.down,
    borderVisible: false,
    priceLineColor: colours.muted,
    priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals },
  });
  const volume = chart.addSeries(HistogramSeries, {
    color: colours.edge,
    priceScaleId: 'volume',
    priceFormat: { type: 'volume' },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  chart.priceScale('right').applyOptions({ scaleMargins: { top: 0.08, bottom: 0.2 } });
  chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.86, bottom: 0 } });
  const markers = createSeriesMarkers(bars, []) as ISeriesMarkersPluginApi<UTCTimestamp>;
  return { chart, colours, bars, volume, markers };
}

/** Draws what is new; all of it when what is on the chart does not lead up to it, or has grown too long. */
function drawCandles(
  { bars, chart, volume }: Drawing,
  candles: readonly Candle[],
  drawn: { readonly firstUs: number; readonly lastUs: number; readonly count: number } | null,
): { firstUs: number; lastUs: number; count: number } | null {
  const first = candles[0];
  const last = candles.at(-1);
  if (first === undefined || last === undefined) return null;
  const from = drawn === null ? -1 : candles.findIndex((candle) => candle.tsUs === drawn.lastUs);
  if (drawn === null || from < 0 || drawn.count > 2 * CANDLES_MAX) {
    bars.setData(candles.map(barOf));
    volume.setData(candles.map(volumeOf));
    if (drawn === null) chart.timeScale().setVisibleLogicalRange(visibleRange(candles.length, chart));
    return { firstUs: first.tsUs, lastUs: last.tsUs, count: candles.length };
  }
  for (const candle of candles.slice(from)) {
    bars.update(barOf(candle));
    volume.update(volumeOf(candle));
  }
  return { ...drawn, lastUs: last.tsUs, count: drawn.count + candles.length - from - 1 };
}

/** As many of the newest bars as can be told apart. */
function visibleRange(count: number, chart: IChartApi): { from: number; to: number } {
  const shown = Math.max(40, Math.floor(chart.timeScale().width() / 6));
  return { from: count - shown, to: count + 3 };
}

function barOf({ close, high, low, open, tsUs }: Candle): CandlestickData<UTCTimestamp> {
  return { time: timeOf(tsUs), open, high, low, close };
}

function volumeOf({ tsUs, volume }: Candle): { time: UTCTimestamp; value: number } {
  return { time: timeOf(tsUs), value: volume };
}

function timeOf(tsUs: number): UTCTimestamp {
  return (tsUs / 1_000_000) as UTCTimestamp;
}

/** An entry points into the trade, an exit is a dot, a stop or target a square: told apart without colour. */
function shapeOf({ kind, side, text, tsUs }: TradeMarker, colours: Colours): SeriesMarker<UTCTimestamp> {
  const isLong = side === 'LONG';
  const time = timeOf(tsUs);
  if (kind === 'entry') {
    return {
      time,
      text,
      position: isLong ? 'belowBar' : 'aboveBar',
      shape: isLong ? 'arrowUp' : 'arrowDown',
      color: isLong ? colours.up : colours.down,
    };
  }
  return {
    time,
    text,
    position: isLong ? 'aboveBar' : 'belowBar',
    shape: kind === 'exit' ? 'circle' : 'square',
    color: kind === 'stop' ? colours.warn : colours.text,
  };
}

/** Draws entry, stop and target of the open position; returns what takes them away. */
function drawLevels({ bars, colours }: Drawing, position: Position): () => void {
  const levels = [
    { price: position.entryPrice, title: 'entry', color: colours.text, lineStyle: LineStyle.Dotted },
    { price: position.stopPrice, title: 'stop', color: colours.warn, lineStyle: LineStyle.Dashed },
    { price: position.targetPrice, title: 'target', color: colours.up, lineStyle: LineStyle.Dashed },
  ];
  const lines = levels.flatMap(({ price, ...look }) =>
    price === null ? [] : [bars.createPriceLine({ ...look, price, lineWidth: 1, axisLabelVisible: true })],
  );
  return () => {
    for (const line of lines) bars.removePriceLine(line);
  };
}
