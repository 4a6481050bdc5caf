/** What is open: positions and orders. */
import { memo } from 'react';
import { fixed } from '../format/numbers.ts';
import { shortMoment } from '../format/times.ts';
import { Badge, ScrollArea, Signed, toneOf } from '../ui/marks.tsx';
import { Empty, Panel } from '../ui/panel.tsx';
import { Cell, Table } from '../ui/table.tsx';
import type { Order, Position, RunInfo } from '../wire.ts';

interface PositionsPanelProps {
  readonly run: RunInfo | null;
  readonly positions: readonly Position[];
  readonly orders: readonly Order[];
}

const POSITION_COLUMNS = [
  { title: 'Position' },
  { title: 'Entry', isNumber: true },
  { title: 'Net P&L', isNumber: true },
] as const;
const ORDER_COLUMNS = [
  { title: 'Order' },
  { title: 'Quantity', isNumber: true },
  { title: 'Price', isNumber: true },
] as const;
const NUMBER = { isNumber: true } as const;

/** Shows both lists. */
export const PositionsPanel = memo(function PositionsPanel({ orders, positions, run }: PositionsPanelProps) {
  const open = orders.filter((order) => order.isOpen).toReversed();
  const decimals = (symbol: string) => {
    const instrument = run?.instruments.find((entry) => entry.symbol === symbol);
    return { price: instrument?.priceDecimals ?? 2, qty: instrument?.qtyDecimals ?? 3 };
  };
  return (
    <Panel
      title="Positions and orders"
      note={`${positions.length} open, ${open.length} orders`}
      className="lg:col-span-4"
    >
      {positions.length === 0 && open.length === 0 ? (
        <Empty>Flat: no position and no resting order.</Empty>
      ) : (
        <ScrollArea label="Positions and open orders" className="max-h-[34rem]">
          {positions.length > 0 && (
            <>
              <Table caption="Open positions" columns={POSITION_COLUMNS}>
                {positions.map((position) => (
                  <PositionRow
                    key={position.symbol}
                    position={position}
                    decimals={decimals(position.symbol)}
                  />
                ))}
              </Table>
              <p className="px-4 py-2 text-xs text-faint">
                Net of the fees and funding paid so far; the fee of closing is still to come.
              </p>
            </>
          )}
          {open.length > 0 && (
            <Table caption="Open orders" columns={ORDER_COLUMNS}>
              {open.map((order) => (
                <OrderRow key={order.orderId} order={order} decimals={decimals(order.symbol)} />
              ))}
            </Table>
          )}
        </ScrollArea>
      )}
    </Panel>
  );
});

interface Decimals {
  readonly price: number;
  readonly qty: number;
}

function PositionRow({ decimals, position }: { readonly position: Position; readonly decimals: Decimals }) {
  const {
    entryPrice,
    markPrice,
    netPnl,
    notional,
    quantity,
    side,
    stopPrice,
    symbol,
    targetPrice,
    unrealised,
  } = position;
  return (
    <tr className="border-b border-line" data-position={symbol}>
      <Cell more={`${fixed(quantity, decimals.qty)} worth ${fixed(notional, 0)}`}>
        <span className="font-semibold">{symbol}</span> <Badge tone={toneOf(side)}>{side}</Badge>
      </Cell>
      <Cell
        column={NUMBER}
        more={
          <>
            now {fixed(markPrice, decimals.price)}
            <br />
            stop {fixed(stopPrice, decimals.price)}
            <br />
            target {fixed(targetPrice, decimals.price)}
          </>
        }
      >
        {fixed(entryPrice, decimals.price)}
      </Cell>
      <Cell column={NUMBER} more={netPnl === null ? 'before costs' : <>gross {fixed(unrealised, 2)}</>}>
        <Signed value={netPnl ?? unrealised} decimals={2} />
      </Cell>
    </tr>
  );
}

const LABELS: Readonly<Record<Order['label'], string>> = {
  ENTRY: 'entry',
  EXIT: 'exit',
  SL: 'stop',
  TP: 'target',
};

function OrderRow({ decimals, order }: { readonly order: Order; readonly decimals: Decimals }) {
  return (
    <tr className="border-b border-line">
      <Cell more={`${order.status.toLowerCase().replaceAll('_', ' ')} · ${shortMoment(order.updatedTsUs)}`}>
        {order.symbol} <Badge tone={toneOf(order.side)}>{order.side}</Badge>{' '}
        <Badge>{LABELS[order.label]}</Badge>
      </Cell>
      <Cell
        column={NUMBER}
        more={order.filledQuantity > 0 ? `filled ${fixed(order.filledQuantity, decimals.qty)}` : undefined}
      >
        {fixed(order.quantity, decimals.qty)}
      </Cell>
      <Cell column={NUMBER} more={order.type.replaceAll('_', ' ')}>
        {fixed(order.price, decimals.price)}
      </Cell>
    </tr>
  );
}
