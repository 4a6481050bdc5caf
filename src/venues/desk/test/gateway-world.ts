/** A gateway with its sender and private stream over the simulated network, at the made-up exchange; it keeps what the gateway says. */
import assert from 'node:assert/strict';
import { Prng, US_PER_SECOND } from '#core';
import type { ExecutionEvent, OrderRequest } from '#domain';
import { SimulatedNetwork } from '#net/simulated';
import { approved } from '../../../../test/support/approved-order.ts';
import { orderRequest } from '../../../../test/support/order-events.ts';
import {
  ENTRY_GATEWAY_DEFAULTS,
  ENTRY_SENDER_DEFAULTS,
  EntryGateway,
  EntrySender,
  PRIVATE_STREAM_DEFAULTS,
  PrivateStream,
} from '../index.ts';
import { FAKE_EXCHANGE } from './fake-exchange.ts';
import { FAKE_INSTRUMENT, ORDER_ADAPTER } from './order-adapter.ts';
import { OrderExchange } from './order-exchange.ts';

/** The gateway and its world. */
export class GatewayWorld {
  readonly network: SimulatedNetwork;
  readonly exchange: OrderExchange;
  readonly gateway: EntryGateway;
  readonly stream: PrivateStream;
  readonly events: ExecutionEvent[] = [];
  readonly notices: string[] = [];

  constructor(seed = 1) {
    const prng = new Prng(seed);
    this.network = new SimulatedNetwork(prng, 1_700_000_000_000_000);
    this.exchange = new OrderExchange(this.network);
    this.network.addServer(FAKE_EXCHANGE, this.exchange);
    const transport = this.network.openTransport();
    const onNotice = (event: string, detail: string): unknown => this.notices.push(`${event} ${detail}`);
    const adapter = ORDER_ADAPTER;
    const options = ENTRY_SENDER_DEFAULTS;
    const sender = new EntrySender({ adapter, transport, prng, options, onNotice });
    this.gateway = new EntryGateway({
      ...{ adapter, sender, onNotice },
      timers: transport,
      instruments: [FAKE_INSTRUMENT],
      account: { currency: 'USDT', atomDecimals: 8 },
      convert: () => null,
      onEvent: (event) => this.events.push(event),
      options: ENTRY_GATEWAY_DEFAULTS,
    });
    this.stream = new PrivateStream({
      ...{ sender, transport, prng },
      plan: adapter.stream,
      instruments: [FAKE_INSTRUMENT],
      options: PRIVATE_STREAM_DEFAULTS,
      sink: this.gateway,
      onUp: () => this.gateway.onStreamUp(),
      onDown: () => this.gateway.onStreamDown(),
    });
    this.stream.start();
    this.pass(5 * US_PER_SECOND);
  }

  pass(us: number): void {
    this.network.run(this.network.nowUs() + us);
  }

  submit(clientOrderId: string, changes: Partial<OrderRequest> = {}): void {
    const request = orderRequest(clientOrderId, { type: 'limit', priceTicks: 100, qtyLots: 10, ...changes });
    this.gateway.submit(approved(request), this.network.nowUs());
  }

  cancel(clientOrderId: string): void {
    this.gateway.cancel({ clientOrderId, instrumentIx: 0 }, this.network.nowUs());
  }

  /** Kinds of the events of an order, in order. */
  kinds(clientOrderId: string): string[] {
    return this.events
      .filter((event) => 'clientOrderId' in event && event.clientOrderId === clientOrderId)
      .map(({ kind }) => kind);
  }

  filledLots(clientOrderId: string): number {
    return this.events.reduce(
      (sum, event) =>
        event.kind === 'fill' && event.clientOrderId === clientOrderId ? sum + event.qtyLots : sum,
      0,
    );
  }

  order(id: string) {
    const order = this.exchange.orders.get(id);
    assert.ok(order !== undefined, `${id} is at the exchange`);
    return order;
  }
}
