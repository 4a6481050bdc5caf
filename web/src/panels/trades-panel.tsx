/** Closed round trips with what they cost, newest first. */
import { memo } from 'react';
import { fixed, NOTHING, signed, signedPercent } from '../format/numbers.ts';
import { duration, moment } from '../format/times.ts';
import { Badge, ScrollArea, Signed, toneOf } from '../ui/marks.tsx';
import { Empty, Panel } from '../ui/panel.tsx';
import { Cell, Table } from '../ui/table.tsx';
import type { RunInfo, Status, Trade } from '../wire.ts';

interface TradesPanelProps {
  readonly run: RunInfo | null;
  readonly trades: readonly Trade[];
  readonly performance: Status['performance'] | null;
}

const COLUMNS = [
  { title: 'Trade' },
  { title: 'Entry → exit', isNumber: true },
  { title: 'Held', isNumber: true, isWide: true },
  { title: 'Costs', isNumber: true, isWide: true },
  { title: 'Net P&L', isNumber: true },
] as const;
const NUMBER = { isNumber: true } as const;
const WIDE_NUMBER = { isNumber: true, isWide: true } as const;

/** Shows the list with the sample it stands for. */
export const TradesPanel = memo(function TradesPanel({ performance, run, trades }: TradesPanelProps) {
  const closed = trades
    .filter((trade) => trade.status !== 'OPEN')
    .sort((a, b) => (b.exitTsUs ?? 0) - (a.exitTsUs ?? 0));
  const mean = performance?.expectancy ?? null;
  const note =
    performance === null
      ? undefined
      : `${performance.closedTrades} closed, mean ${signed(mean, 2)} net of fees and funding, simulated`;
  return (
    <Panel title="Trades" note={note} className="lg:col-span-8">
      {closed.length === 0 ? (
        <Empty>No trade has been closed yet.</Empty>
      ) : (
        <ScrollArea label="Closed trades" className="max-h-[28rem]">
          <Table caption="Closed trades, newest first" columns={COLUMNS}>
            {closed.map((trade) => (
              <TradeRow key={trade.tradeId} trade={trade} run={run} />
            ))}
          </Table>
        </ScrollArea>
      )}
    </Panel>
  );
});

const EXITS = { ENTRY: 'entry', EXIT: 'exit', SL: 'stop', TP: 'target' } as const;

const TradeRow = memo(function TradeRow({
  run,
  trade,
}: {
  readonly trade: Trade;
  readonly run: RunInfo | null;
}) {
  const {
    entryPrice,
    entryTsUs,
    exitPrice,
    exitTsUs,
    fees,
    funding,
    pnl,
    pnlFraction,
    quantity,
    side,
    symbol,
  } = trade;
  const instrument = run?.instruments.find((entry) => entry.symbol === symbol);
  const decimals = instrument?.priceDecimals ?? 2;
  const how =
    trade.status === 'LIQUIDATED' ? 'liquidated' : trade.exitLabel === null ? '' : EXITS[trade.exitLabel];
  return (
    <tr className="border-b border-line" data-trade={trade.tradeId}>
      <Cell more={exitTsUs === null ? NOTHING : moment(exitTsUs)}>
        <span className="font-semibold">{symbol}</span> <Badge tone={toneOf(side)}>{side}</Badge>
      </Cell>
      <Cell
        column={NUMBER}
        more={`${fixed(quantity, instrument?.qtyDecimals ?? 3)}${how === '' ? '' : ` · by ${how}`}`}
      >
        <span className="max-sm:block">{fixed(entryPrice, decimals)}</span>{' '}
        <span className="max-sm:block">→ {fixed(exitPrice, decimals)}</span>
      </Cell>
      <Cell column={WIDE_NUMBER}>{exitTsUs === null ? NOTHING : duration(exitTsUs - entryTsUs)}</Cell>
      <Cell
        column={WIDE_NUMBER}
        more={run?.hasFunding === false ? 'funding unknown' : `funding ${signed(funding, 2)}`}
      >
        fees {fixed(fees, 2)}
      </Cell>
      <Cell
        column={NUMBER}
        more={
          <>
            {signedPercent(pnlFraction)}
            <span className="block md:hidden">fees {fixed(fees, 2)}</span>
          </>
        }
      >
        <Signed value={pnl} decimals={2} />
      </Cell>
    </tr>
  );
});
