/**
 * Bugs on purpose: wrong parts that are put in the place of right ones, each of a kind that trading programs have had. The invariants must find every one of them.
 * They stand here, between the product's parts; the product knows nothing of them.
 */
import type { ExecutionEvent } from '#domain';
import { EntryGateway, type EntryOutcome, EntrySender, type LiveWorld } from '#venues/desk';
import type { EntryAdapter, EntryCall, FillRecord, OrderRecord, PrivateSink } from '#venues/entry';
import { RIGHT_PARTS, type TraderParts } from './trader.ts';

/** Sends an order again when its answer was lost. */
class ResendingSender extends EntrySender {
  override send<T>(
    call: EntryCall<T>,
    onOutcome: (outcome: EntryOutcome<T>) => void,
    untilUs?: number,
  ): void {
    super.send(
      call,
      (outcome) => {
        if (outcome.kind === 'unknown' && call.name === 'order') super.send(call, onOutcome);
        else onOutcome(outcome);
      },
      untilUs,
    );
  }
}

/** Believes that a cancel which was not acknowledged was done, and one of an order that was not acknowledged needless. */
class CancelLosingGateway extends EntryGateway {
  override cancel(...[request, nowUs]: Parameters<EntryGateway['cancel']>): void {
    if (this.orders.find(request.clientOrderId)?.told !== null) super.cancel(request, nowUs);
  }
}

/** Takes every fill of an order after its first for one that is told twice. */
class OrderIdGateway extends EntryGateway {
  readonly #orderIds = new Map<string, string>();

  override onFill(record: FillRecord): void {
    const first = this.#orderIds.get(record.venueOrderId) ?? record.execId;
    this.#orderIds.set(record.venueOrderId, first);
    super.onFill({ ...record, execId: first });
  }
}

/** Hears of what the venue does by force, and thinks that it is not meant. */
class ForceDeafGateway extends EntryGateway {
  override onFill(record: FillRecord): void {
    if (record.forcedBy === null) super.onFill(record);
  }
}

/** Believes an answer about an order although it had heard something newer. */
class StaleGateway extends EntryGateway {
  readonly #old = new Map<string, OrderRecord>();

  override onOrder(record: OrderRecord): void {
    const old = this.#old.get(record.clientOrderId);
    if (old === undefined) this.#old.set(record.clientOrderId, record);
    // Every order looks for ever as it looked first.
    super.onOrder(old === undefined || record.isConditional ? record : { ...record, ...statusOf(old) });
  }
}

function statusOf({ filledLots, status }: OrderRecord): Pick<OrderRecord, 'filledLots' | 'status'> {
  return { filledLots, status };
}

/** Returns an adapter that reads fills in another way, wherever they come from. */
function withFills(adapter: EntryAdapter, change: (fill: FillRecord) => FillRecord): EntryAdapter {
  const changedPage = (call: ReturnType<EntryAdapter['fills']>): typeof call => ({
    ...call,
    parse: (body) => {
      const { fills, next } = call.parse(body);
      return { fills: fills.map(change), next: next === null ? null : changedPage(next) };
    },
  });
  return {
    ...adapter,
    fills: (range) => changedPage(adapter.fills(range)),
    stream: {
      ...adapter.stream,
      open: (instruments) => {
        const dialogue = adapter.stream.open(instruments);
        return {
          ping: dialogue.ping,
          onOpen: (stamp) => dialogue.onOpen(stamp),
          onMessage: (bytes, stamp, sink) => dialogue.onMessage(bytes, stamp, changedSink(sink, change)),
        };
      },
    },
  };
}

function changedSink(sink: PrivateSink, change: (fill: FillRecord) => FillRecord): PrivateSink {
  return {
    onOrder: (record) => sink.onOrder(record),
    onFill: (record) => sink.onFill(change(record)),
    onBalance: (record, atUs) => sink.onBalance(record, atUs),
    onPosition: (record) => sink.onPosition(record),
    onFunding: (instrument, amount, atUs) => sink.onFunding(instrument, amount, atUs),
    onStreamEnd: (reason) => sink.onStreamEnd(reason),
    onNotice: (detail) => sink.onNotice(detail),
  };
}

/** Fees in hundredths of a cent, as somebody might keep them. */
const COARSE = 10_000n;

function roundedFee(fill: FillRecord): FillRecord {
  const { fee } = fill;
  return fee === null ? fill : { ...fill, fee: { ...fee, units: (fee.units / COARSE) * COARSE } };
}

/** A fill has another id each time that it is read. */
function countingFills(): (fill: FillRecord) => FillRecord {
  let count = 0;
  return (fill) => ({ ...fill, execId: `${fill.execId}-${count++}` });
}

/** Signs with the time of its first breath, whatever the clock says. */
function stoppedStamps(adapter: EntryAdapter): EntryAdapter {
  let firstUs: number | null = null;
  const changed = <T>(call: EntryCall<T>): EntryCall<T> => ({
    ...call,
    request: (stamp) => {
      firstUs ??= stamp.venueUs;
      const isJump = Math.abs(stamp.venueUs - firstUs) > 5_000_000 && call.effect === 'change';
      return call.request(isJump ? { ...stamp, venueUs: firstUs } : stamp);
    },
  });
  return {
    ...adapter,
    place: (order) => changed(adapter.place(order)),
    cancel: (order) => changed(adapter.cancel(order)),
  };
}

/** Takes the event of a fill for two. */
function doubled(world: LiveWorld): LiveWorld {
  const push = world.push.bind(world);
  world.push = (event) => {
    push(event);
    if (event.kind === 'fill') push({ ...event, execId: `${event.execId}+` } satisfies ExecutionEvent);
  };
  return world;
}

/** Orders lose their mark that they may only shrink the position. */
function withoutReduceOnly(adapter: EntryAdapter): EntryAdapter {
  return { ...adapter, place: (order) => adapter.place({ ...order, reduceOnly: false }) };
}

/** The bugs by name; each call makes the parts of one story. */
export const PLANTED_BUGS: Readonly<Record<string, () => TraderParts>> = {
  'send-again-after-timeout': () => ({ ...RIGHT_PARTS, sender: (parts) => new ResendingSender(parts) }),
  'book-a-fill-twice': () => ({ ...RIGHT_PARTS, world: doubled }),
  'forget-the-intent': () => ({
    ...RIGHT_PARTS,
    intents: (intents) => ({
      append: () => 'new',
      since: (eventSeq) => intents.since(eventSeq),
      close: () => intents.close(),
    }),
  }),
  'lose-a-cancel-before-the-ack': () => ({
    ...RIGHT_PARTS,
    gateway: (parts) => new CancelLosingGateway(parts),
  }),
  'ignore-liquidation': () => ({ ...RIGHT_PARTS, gateway: (parts) => new ForceDeafGateway(parts) }),
  'round-a-fee': () => ({ ...RIGHT_PARTS, adapter: (adapter) => withFills(adapter, roundedFee) }),
  'dedupe-by-order-id': () => ({ ...RIGHT_PARTS, gateway: (parts) => new OrderIdGateway(parts) }),
  'accept-stale-answers': () => ({ ...RIGHT_PARTS, gateway: (parts) => new StaleGateway(parts) }),
  'sign-old-stamps': () => ({ ...RIGHT_PARTS, adapter: stoppedStamps }),
  'fills-without-lasting-ids': () => ({
    ...RIGHT_PARTS,
    adapter: (adapter) => withFills(adapter, countingFills()),
  }),
  'drop-reduce-only': () => ({ ...RIGHT_PARTS, adapter: withoutReduceOnly }),
};
