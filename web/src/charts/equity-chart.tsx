/** The account's value over the whole run, beside buying and holding. */
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { fixed, signedPercent } from '../format/numbers.ts';
import { dayLabel, moment, shortMoment } from '../format/times.ts';
import type { EquityPoint } from '../wire.ts';

interface EquityChartProps {
  readonly points: readonly EquityPoint[];
  readonly equityStart: number;
  readonly currency: string;
}

const AXIS = { fill: 'var(--color-muted)', fontSize: 11 };
const US_PER_DAY = 86_400_000_000;

/** Draws both curves. */
export function EquityChart({ currency, equityStart, points }: EquityChartProps) {
  const last = points.at(-1);
  const spanUs = (last?.tsUs ?? 0) - (points[0]?.tsUs ?? 0);
  return (
    <div
      role="img"
      aria-label={`Equity after costs: ${fixed(last?.equity ?? null, 2)} ${currency}; buy and hold without costs: ${fixed(last?.buyAndHold ?? null, 2)} ${currency}`}
      className="absolute inset-0"
    >
      <ResponsiveContainer width="100%" height="100%">
        <ComposedChart
          data={[...points]}
          margin={{ top: 12, right: 12, bottom: 4, left: 4 }}
          accessibilityLayer={false}
        >
          <defs>
            <linearGradient id="equity-fill" x1="0" y1="0" x2="0" y2="1">
              <stop offset="0%" stopColor="var(--color-blood)" stopOpacity={0.75} />
              <stop offset="100%" stopColor="var(--color-deep)" stopOpacity={0.05} />
            </linearGradient>
          </defs>
          <CartesianGrid stroke="var(--color-line)" vertical={false} />
          <XAxis
            dataKey="tsUs"
            type="number"
            domain={['dataMin', 'dataMax']}
            tickFormatter={(tsUs: number) => (spanUs > 3 * US_PER_DAY ? dayLabel(tsUs) : shortMoment(tsUs))}
            tick={AXIS}
            stroke="var(--color-line)"
            minTickGap={56}
          />
          <YAxis
            domain={['auto', 'auto']}
            tickFormatter={(value: number) => fixed(value, 0)}
            tick={AXIS}
            stroke="var(--color-line)"
            width={60}
          />
          <Tooltip
            isAnimationActive={false}
            content={({ active, payload }) => {
              const point: unknown = active ? payload[0]?.payload : undefined;
              return isPoint(point) ? <EquityTip point={point} start={equityStart} /> : null;
            }}
          />
          <ReferenceLine y={equityStart} stroke="var(--color-edge)" strokeDasharray="2 4" />
          <Area
            dataKey="equity"
            type="linear"
            baseValue="dataMin"
            stroke="var(--color-accent)"
            strokeWidth={2}
            fill="url(#equity-fill)"
            isAnimationActive={false}
            dot={false}
          />
          <Line
            dataKey="buyAndHold"
            type="linear"
            stroke="var(--color-info)"
            strokeWidth={1.5}
            strokeDasharray="6 4"
            isAnimationActive={false}
            dot={false}
          />
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

function EquityTip({ point, start }: { readonly point: EquityPoint; readonly start: number }) {
  return (
    <div className="rounded-md border border-edge bg-raised px-3 py-2 text-xs">
      <p className="text-muted">{moment(point.tsUs)} UTC</p>
      <p>
        <span className="text-accent">Equity</span> {fixed(point.equity, 2)} (
        {signedPercent(point.equity / start - 1)})
      </p>
      {point.buyAndHold !== null && (
        <p>
          <span className="text-info">Buy and hold</span> {fixed(point.buyAndHold, 2)} (
          {signedPercent(point.buyAndHold / start - 1)})
        </p>
      )}
    </div>
  );
}

function isPoint(value: unknown): value is EquityPoint {
  return typeof value === 'object' && value !== null && 'equity' in value && 'buyAndHold' in value;
}
