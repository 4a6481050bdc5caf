/** For tests of `xylen live`: `xylen exchange` as a process behind a wire that can be cut, a folder with keys and configuration, and the exchange's own word. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { CuttingProxy } from './cutting-proxy.ts';
import { ROOT, RunningProgram } from './program.ts';
import { tempDir } from './temp-dir.ts';

/** What the exchange says of an account. */
export interface ExchangeWord {
  /** Wallet balance of USDT as decimal text. */
  readonly wallet: string;
  /** Amounts of open positions by symbol. */
  readonly positions: Readonly<Record<string, number>>;
  /** Client ids of all open orders, conditional ones too, sorted. */
  readonly orders: readonly string[];
}

/** What has stood in each test's `xylen.yaml`, besides where the exchange is. */
export const BUSY_CONFIG: readonly string[] = [
  'timeframes: [1m, 5m, 15m]',
  'monitoring: { metrics_port: 0, dashboard_port: 0 }',
  'risk: { consecutive_losses_max: 100, cooldown: 1m, cooldown_growth: 1 }',
];

/** A running exchange, and a folder in which `xylen live` finds it. */
export class LiveExchange {
  readonly folder: string;
  readonly proxy: CuttingProxy;
  /** Where it listens itself. */
  readonly port: number;
  readonly #restUrl: string;

  private constructor(folder: string, proxy: CuttingProxy, port: number, restUrl: string) {
    this.folder = folder;
    this.proxy = proxy;
    this.port = port;
    this.#restUrl = restUrl;
  }

  /** Starts it with one account of 10,000 USDT, and with what is to go wrong (`faults` as in a file of them); ends with the test. */
  static async start(
    test: TestContext,
    seed: number,
    faults: readonly Readonly<Record<string, unknown>>[] = [],
  ): Promise<LiveExchange> {
    const folder = tempDir(test);
    const faultsFile = join(folder, 'faults.json');
    if (faults.length > 0) writeFileSync(faultsFile, JSON.stringify(faults));
    const program = new RunningProgram(test, folder, [
      ...['exchange', '--accounts', '1', '--seed', String(seed), '--port', '0', '--json'],
      ...(faults.length > 0 ? ['--faults', faultsFile] : []),
    ]);
    const { port, restUrl } = JSON.parse(await program.line(/^\{/)) as { port: number; restUrl: string };
    const proxy = await CuttingProxy.start({ host: '127.0.0.1', port });
    test.after(() => proxy.close());
    const exchange = new LiveExchange(folder, proxy, port, restUrl);
    const { address } = proxy;
    assert.ok('port' in address);
    exchange.configure(`http://127.0.0.1:${address.port}`, `ws://127.0.0.1:${address.port}`);
    exchange.setKeys('xylen-demo-key', 'xylen-demo-secret');
    return exchange;
  }

  /** Writes where the exchange is to be found. */
  configure(restUrl: string, streamUrl: string, lines: readonly string[] = BUSY_CONFIG): void {
    const endpoint = `    - { venue: binance-usdm, rest_url: '${restUrl}', stream_url: '${streamUrl}' }`;
    const text = [...lines, 'feeds:', '  endpoints:', endpoint].join('\n');
    writeFileSync(join(this.folder, 'xylen.yaml'), `${text}\n`);
  }

  /** Writes the keys; `null` = there are none. */
  setKeys(apiKey: string | null, secret = ''): void {
    const text = apiKey === null ? '' : `BINANCE_API_KEY=${apiKey}\nBINANCE_API_SECRET=${secret}\n`;
    writeFileSync(join(this.folder, '.env'), text);
  }

  /** Arguments of `xylen live` with the busy strategy. */
  get busyArgs(): readonly string[] {
    const strategy = join(ROOT, 'test/fixtures/busy-trader.ts');
    return ['live', '--venue', 'binance-usdm', '--symbol', 'BTCUSDT', '--strategy', strategy];
  }

  /** Asks the exchange itself, not through the wire. */
  async word(): Promise<ExchangeWord> {
    const balances = await this.#ask<readonly { asset: string; balance: string }[]>('/fapi/v3/balance');
    const positions =
      await this.#ask<readonly { symbol: string; positionAmt: string }[]>('/fapi/v3/positionRisk');
    const orders = await this.#ask<readonly { clientOrderId: string }[]>('/fapi/v1/openOrders');
    const algos = await this.#ask<readonly { clientAlgoId: string }[]>('/fapi/v1/openAlgoOrders');
    return {
      wallet: balances.find(({ asset }) => asset === 'USDT')?.balance ?? '',
      positions: Object.fromEntries(
        positions
          .map(({ positionAmt, symbol }) => [symbol, Number(positionAmt)] as const)
          .filter(([, amount]) => amount !== 0),
      ),
      orders: [
        ...orders.map(({ clientOrderId }) => clientOrderId),
        ...algos.map(({ clientAlgoId }) => clientAlgoId),
      ].sort(),
    };
  }

  async #ask<T>(path: string): Promise<T> {
    const query = `timestamp=${Date.now()}`;
    const signature = createHmac('sha256', 'xylen-demo-secret').update(query).digest('hex');
    const answer = await fetch(`${this.#restUrl}${path}?${query}&signature=${signature}`, {
      headers: { 'X-MBX-APIKEY': 'xylen-demo-key' },
    });
    assert.equal(answer.status, 200, path);
    return (await answer.json()) as T;
  }
}
