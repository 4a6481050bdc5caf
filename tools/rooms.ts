/**
 * The room table as data: what each folder under `src/` holds and which other rooms it may import. `tools/tidy.ts` holds every
 * import against it and ARCHITECTURE.md shows it; a room that is not here does not exist.
 */
import { assert } from '#core';

/** What a room may import: another room by name, all rooms of some tiers, or the doors of the tier-3 ports. */
export type Allowance = string | { readonly tiersTo: number } | 'doors of the tier 3 ports';

/** One folder under `src/`. */
export interface Room {
  readonly name: string;
  /** 0 imports nothing, 6 may import everything. */
  readonly tier: number;
  readonly holds: string;
  readonly mayImport: readonly Allowance[];
  /** True when clock, randomness, timers, environment and I/O must be passed in. */
  readonly isPure: boolean;
  /** True when sub-folders hold implementations with doors of their own (`#store/sqlite`), named by `app` alone and exempt from purity. */
  readonly hasImplementations: boolean;
  /**
   * Sub-folders that are no implementation but what several of them share, with a door of their own: implementations of this room
   * may import it, it imports none of them.
   */
  readonly innerRooms: readonly string[];
  /** npm packages that the room's own files may import; implementations and `app` may import any. */
  readonly packages: readonly string[];
}

const PORT_DOORS = 'doors of the tier 3 ports';

const pure = { isPure: true, hasImplementations: false, innerRooms: [], packages: [] } as const;
const port = { tier: 3, isPure: false, hasImplementations: true, innerRooms: [], packages: ['zod'] } as const;

/** All rooms, in reading order: a room stands below everything it may import. */
export const ROOMS: readonly Room[] = [
  {
    ...pure,
    name: 'core',
    tier: 0,
    holds: 'units, time, seeded PRNG, assert, error registry, heap, ring, hashes',
    mayImport: [],
  },
  {
    ...pure,
    name: 'domain',
    tier: 1,
    holds: 'instrument, order, fill, position, account, market events, candles',
    mayImport: ['core'],
  },
  {
    ...pure,
    name: 'telemetry',
    tier: 1,
    holds: 'log, metric and trace ports and sinks (pino, prom-client)',
    mayImport: ['core'],
    hasImplementations: true,
  },
  {
    ...pure,
    name: 'wire',
    tier: 1,
    holds: 'message schemas of the HTTP and WebSocket API, shared with the dashboard',
    mayImport: ['core', 'domain'],
    packages: ['zod'],
  },
  {
    ...pure,
    name: 'book',
    tier: 2,
    holds: 'L2 and L3 books, checksums, gap detection, synchronisation of streams',
    mayImport: ['core', 'domain'],
  },
  {
    ...pure,
    name: 'features',
    tier: 2,
    holds: 'candles, windows, indicators, microstructure; batch and stream from one definition',
    mayImport: ['core', 'domain', 'book'],
  },
  {
    ...pure,
    name: 'learn',
    tier: 2,
    holds: 'gradient boosting, neural nets, metrics, splits, labels, tuning; arrays in, parameters out',
    mayImport: ['core'],
  },
  {
    ...pure,
    name: 'costs',
    tier: 2,
    holds: 'fees by tier, spread, impact, funding, probability of fill: one cost model for all',
    mayImport: ['core', 'domain', 'book'],
  },
  {
    ...pure,
    name: 'ensemble',
    tier: 2,
    holds: 'fusion, calibration, gate, meta-learner, expected value, drift',
    mayImport: ['core', 'learn', 'costs'],
  },
  {
    ...pure,
    name: 'portfolio',
    tier: 2,
    holds: 'positions, P&L, margin, ledger, statistics',
    mayImport: ['core', 'domain'],
  },
  {
    ...pure,
    name: 'risk',
    tier: 2,
    holds: 'sizing, limits, breakers, correlation; `RiskApproved` or `RiskRefused`',
    mayImport: ['core', 'domain', 'portfolio', 'costs'],
  },
  {
    ...pure,
    name: 'orders',
    tier: 2,
    holds: 'order state machine, idempotency, reconciliation, protective-order audit',
    mayImport: ['core', 'domain'],
  },
  {
    ...port,
    name: 'net',
    holds: 'HTTP, WebSocket, back-off, token buckets',
    mayImport: ['core', 'telemetry'],
  },
  {
    ...port,
    name: 'bus',
    holds: 'event log port; embedded, Kafka, memory',
    mayImport: ['core', 'domain', 'telemetry'],
  },
  {
    ...port,
    name: 'store',
    holds: 'record and archive ports; SQLite, Parquet, DuckDB, TimescaleDB / PostgreSQL',
    mayImport: ['core', 'domain', 'telemetry'],
    innerRooms: ['history'],
  },
  {
    ...port,
    name: 'venues',
    holds:
      'venue port; one folder a venue: codec (pure), market data, order entry, over an injected transport',
    mayImport: ['core', 'domain', 'telemetry', 'net', 'book'],
    innerRooms: ['market', 'feed', 'entry', 'desk'],
  },
  {
    ...port,
    name: 'serving',
    holds: 'predictor port: in process, worker thread, HTTP; the model server; ONNX',
    mayImport: ['core', 'domain', 'features', 'learn', 'ensemble', 'telemetry', 'net'],
  },
  {
    ...pure,
    name: 'sim',
    tier: 3,
    holds: 'matching engine, queue, latency, fee, impact models, synthetic market; implements the venue port',
    mayImport: ['core', 'domain', 'book', 'costs', 'portfolio', 'venues'],
  },
  {
    ...pure,
    name: 'engine',
    tier: 4,
    holds: 'the step function, the decision cycle, strategies, explanation records',
    mayImport: [{ tiersTo: 2 }, PORT_DOORS],
  },
  {
    name: 'training',
    tier: 4,
    holds: 'datasets, walk-forward, purged CV, quarantine, registry, refresh',
    mayImport: [
      'core',
      'domain',
      'features',
      'learn',
      'ensemble',
      'costs',
      'portfolio',
      'telemetry',
      'store',
    ],
    isPure: false,
    hasImplementations: false,
    innerRooms: [],
    packages: ['zod'],
  },
  {
    name: 'monitors',
    tier: 4,
    holds: 'arbitrage, funding, news and sentiment',
    mayImport: [{ tiersTo: 2 }, PORT_DOORS],
    isPure: false,
    hasImplementations: false,
    innerRooms: [],
    packages: ['zod'],
  },
  {
    ...pure,
    name: 'backtest',
    tier: 5,
    holds: 'replay clock + sim + engine + report, bias tests, sweeps',
    mayImport: [{ tiersTo: 4 }],
  },
  {
    name: 'exchange',
    tier: 5,
    holds: 'the simulated exchange as a Binance-compatible REST and WebSocket server',
    mayImport: [{ tiersTo: 3 }],
    isPure: false,
    hasImplementations: false,
    innerRooms: [],
    packages: ['zod'],
  },
  {
    name: 'app',
    tier: 6,
    holds: 'command line, servers, workers, config: the only room that names implementations',
    mayImport: [{ tiersTo: 5 }],
    isPure: false,
    hasImplementations: false,
    innerRooms: [],
    packages: ['*'],
  },
];

const byName = new Map(ROOMS.map((room) => [room.name, room]));

/** Returns the room of that name, or `undefined`. */
export function findRoom(name: string): Room | undefined {
  return byName.get(name);
}

/** True when the sub-folder `part` of a room is an implementation of its port. */
export function isImplementation(room: Room, part: string): boolean {
  return room.hasImplementations && part !== '' && !room.innerRooms.includes(part);
}

/** Returns the names of all rooms that `room` may import through their doors. */
export function importableBy(room: Room): ReadonlySet<string> {
  return new Set(room.mayImport.flatMap((allowance) => expand(allowance, room)));
}

function expand(allowance: Allowance, room: Room): readonly string[] {
  if (allowance === PORT_DOORS) {
    return ROOMS.filter((other) => other.tier === 3 && other.hasImplementations).map((other) => other.name);
  }
  if (typeof allowance === 'object') {
    return ROOMS.filter((other) => other.tier <= allowance.tiersTo).map((other) => other.name);
  }
  assert(byName.has(allowance), `room '${allowance}', importable by '${room.name}', is in the table`);
  return [allowance];
}

/** Returns what a room may import in words: `core domain`, `tiers 0-2, doors of the tier 3 ports`, `nothing`. */
export function allowanceText(room: Room): string {
  if (room.mayImport.length === 0) return 'nothing';
  const names = room.mayImport.filter((allowance) => typeof allowance === 'string');
  if (names.length === room.mayImport.length) return names.join(' ');
  return room.mayImport
    .map((allowance) => (typeof allowance === 'string' ? allowance : `tiers 0-${allowance.tiersTo}`))
    .join(', ');
}

/** Returns the table as Markdown, as it stands in ARCHITECTURE.md. */
export function roomTableMarkdown(): string {
  const rows = ROOMS.map((room) => {
    const tier = `${room.tier}${room.isPure ? ' pure' : room.tier === 3 ? ' port' : ''}`;
    return `| ${tier} | \`${room.name}\` | ${room.holds} | ${allowanceText(room)} |`;
  });
  return ['| tier | room | holds | may import |', '|---|---|---|---|', ...rows].join('\n');
}
