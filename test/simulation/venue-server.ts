/**
 * The simulated venue's servers: requests, listen keys, the private stream, its clock, its limits. What they forget when they start again is what a venue's
 * servers forget: connections and listen keys, never an order. They speak a made-up protocol in JSON, which `venue-adapter.ts` reads.
 */
import { US_PER_SECOND } from '#core';
import type { NetworkServer, ServedAnswer, ServedRequest, ServerSocket, SocketReceiver, Timers } from '#net';
import type { TrueVenue } from './true-venue.ts';
import { isOpen, type OrderWish, type TrueFill, type TrueOrder, type VenueNews } from './venue-record.ts';

/** Manners of the venue, which differ in the field. */
export interface VenueTraits {
  /** Orders are forgotten so soon after their end; infinity = never. */
  readonly forgetsAfterUs: number;
  /** The stream tells of fills, and not of orders alone. */
  readonly tellsFills: boolean;
  /** Fills name the client's id, and not the venue's alone. */
  readonly namesFills: boolean;
  /** The answer to a new order tells how it stands. */
  readonly answersInFull: boolean;
}

/** Requests in a window of one second. */
export const REQUESTS_PER_S = 60;
const STAMP_US_MAX = US_PER_SECOND;
const DELAY_US = 2_000;
const FILLS_PER_PAGE = 40;

/** An order as it is told. */
export interface WireOrder {
  readonly id: string;
  readonly ix: number;
  readonly venueId: string;
  readonly side: 'buy' | 'sell';
  readonly type: OrderWish['type'];
  readonly qtyLots: number;
  readonly filledLots: number;
  readonly priceTicks: number | null;
  readonly triggerTicks: number | null;
  readonly reduceOnly: boolean;
  readonly status: TrueOrder['status'];
  readonly isConditional: boolean;
  readonly triggeredId: string | null;
  readonly reason: string;
  readonly atUs: number;
}

/** A fill as it is told; amounts as text of atoms. */
export interface WireFill extends Omit<TrueFill, 'feeAtoms'> {
  readonly fee: string;
}

/** A message of the private stream. */
export type WireMessage =
  | { readonly kind: 'order'; readonly order: WireOrder }
  | { readonly kind: 'fill'; readonly fill: WireFill }
  | {
      readonly kind: 'funding';
      readonly funding: { readonly ix: number; readonly amount: string; readonly atUs: number };
    };

/** What the servers are made of. */
export interface VenueServerParts {
  readonly venue: TrueVenue;
  readonly timers: Timers;
  readonly traits: VenueTraits;
  readonly cashAtoms: () => bigint;
}

/** The servers. */
export class VenueServer implements NetworkServer {
  /** Its clock minus true time. */
  clockOffsetUs = 0;
  /** Windows in which more was asked for than is allowed. */
  overspentCount = 0;
  readonly #parts: VenueServerParts;
  readonly #sockets = new Set<ServerSocket>();
  #tickets = new Set<string>();
  #ticketCount = 0;
  readonly #times: number[] = [];

  constructor(parts: VenueServerParts) {
    this.#parts = parts;
  }

  /** The servers start again: connections and listen keys are gone. */
  restart(): void {
    this.#tickets = new Set();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Listen keys are worth nothing any more; who is connected is told. */
  expireTickets(): void {
    this.#tickets = new Set();
    this.#tell('expired');
  }

  /** Tells everybody who listens. */
  onNews(news: VenueNews): void {
    const { traits } = this.#parts;
    if (this.#sockets.size === 0) return;
    if (news.kind === 'fill') {
      if (!traits.tellsFills && news.fill.forcedBy === null) return;
      this.#send({ kind: 'fill', fill: this.#wireFill(news.fill) });
    } else if (news.kind === 'funding') {
      const { amountAtoms, atUs, ix } = news.funding;
      this.#send({ kind: 'funding', funding: { ix, atUs, amount: String(amountAtoms) } });
    } else this.#send({ kind: 'order', order: wireOrder(news.order, news.triggeredId) });
  }

  onRequest(request: ServedRequest): ServedAnswer {
    const { timers } = this.#parts;
    const nowUs = timers.nowUs();
    const venueUs = nowUs + this.clockOffsetUs;
    if (this.#isTooMuch(nowUs)) return answer(429, { message: 'limited' }, { 'retry-after': '1' });
    if (request.path === '/time') return answer(200, venueUs);
    const params = new URLSearchParams(request.query);
    if (Math.abs(Number(params.get('at')) - venueUs) > STAMP_US_MAX) return answer(400, { message: 'clock' });
    return this.#serve(request, params);
  }

  onSocket(_path: string, query: string, socket: ServerSocket): SocketReceiver {
    if (!this.#tickets.has(new URLSearchParams(query).get('ticket') ?? ''))
      socket.close(4001, 'no such ticket');
    else this.#sockets.add(socket);
    return {
      onMessage: (text) => {
        if (text === 'hello') socket.send('ready');
        if (text === 'ping') socket.send('pong');
      },
      onPing: () => undefined,
      onEnd: () => this.#sockets.delete(socket),
    };
  }

  #serve({ body, method, path }: ServedRequest, params: URLSearchParams): ServedAnswer {
    const { cashAtoms, venue } = this.#parts;
    const id = params.get('id') ?? '';
    switch (path) {
      case '/ticket':
        return this.#ticket(method, id);
      case '/order':
        return method === 'POST' ? this.#place(JSON.parse(body) as OrderWish) : this.#order(params);
      case '/cancel':
        if (venue.cancel(id, params.get('venueId') ?? '')) return answer(200, 'ok');
        return answer(400, { message: 'refused', code: 'unknown_order' });
      case '/open':
        return answer(
          200,
          venue.open.map((order) => wireOrder(order)),
        );
      case '/fills':
        return this.#fills(params);
      case '/balance':
        return answer(200, String(cashAtoms()));
      case '/position':
        return answer(
          200,
          [0, 1].map((ix) => ({ lots: venue.lots(ix), cost: String(venue.cost(ix)) })),
        );
      default:
        return answer(404, { message: 'no such path' });
    }
  }

  #place(wish: OrderWish): ServedAnswer {
    const result = this.#parts.venue.place(wish);
    if (result.kind === 'refused') return answer(400, { message: 'refused', code: result.code });
    const { order } = result;
    return answer(200, {
      venueId: order.conditionalId ?? order.venueId,
      order: this.#parts.traits.answersInFull ? wireOrder(order) : null,
    });
  }

  #order(params: URLSearchParams): ServedAnswer {
    const { timers, traits, venue } = this.#parts;
    const order = venue.find(params.get('id') ?? '', params.get('venueId') ?? '');
    const isForgotten =
      order !== undefined && !isOpen(order) && timers.nowUs() - order.updatedUs > traits.forgetsAfterUs;
    return answer(200, order === undefined || isForgotten ? null : wireOrder(order));
  }

  #fills(params: URLSearchParams): ServedAnswer {
    const ix = Number(params.get('ix'));
    const fromUs = Number(params.get('from')) - this.clockOffsetUs;
    const after = Number((params.get('after') ?? '').slice(1));
    const { fills } = this.#parts.venue;
    const page: WireFill[] = [];
    // Numbers of fills are places in the list.
    for (let at = after; at < fills.length && page.length < FILLS_PER_PAGE; at++) {
      const fill = fills[at];
      if (fill !== undefined && fill.ix === ix && fill.atUs >= fromUs) page.push(this.#wireFill(fill));
    }
    const last = page.length === FILLS_PER_PAGE ? page.at(-1) : undefined;
    return answer(200, { fills: page, after: last?.execId ?? null });
  }

  #ticket(method: string, id: string): ServedAnswer {
    if (method === 'POST') {
      const ticket = `ticket-${++this.#ticketCount}`;
      this.#tickets.add(ticket);
      return answer(200, ticket);
    }
    return this.#tickets.has(id) ? answer(200, 'ok') : answer(400, { message: 'refused', code: 'other' });
  }

  #wireFill({ feeAtoms, ...fill }: TrueFill): WireFill {
    return { ...fill, id: this.#parts.traits.namesFills ? fill.id : '', fee: String(feeAtoms) };
  }

  #send(message: WireMessage): void {
    this.#tell(JSON.stringify(message));
  }

  #tell(text: string): void {
    for (const socket of this.#sockets) socket.send(text);
  }

  #isTooMuch(nowUs: number): boolean {
    const times = this.#times;
    while ((times[0] ?? nowUs) <= nowUs - US_PER_SECOND) times.shift();
    times.push(nowUs);
    if (times.length <= REQUESTS_PER_S) return false;
    this.overspentCount++;
    return true;
  }
}

/** Returns an order as it is told; `triggeredId` in the moment of its trigger. */
function wireOrder(order: TrueOrder, triggeredId: string | null = null): WireOrder {
  const { id, ix, priceTicks, qtyLots, reduceOnly, side, triggerTicks, type } = order;
  const { conditionalId, filledLots, reason, status, updatedUs, venueId } = order;
  return {
    ...{
      id,
      ix,
      venueId,
      side,
      type,
      qtyLots,
      filledLots,
      priceTicks,
      triggerTicks,
      reduceOnly,
      status,
      reason,
    },
    isConditional: conditionalId === venueId,
    ...{ triggeredId, atUs: updatedUs },
  };
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): ServedAnswer {
  return { status, headers, body: JSON.stringify(body), delayUs: DELAY_US };
}
