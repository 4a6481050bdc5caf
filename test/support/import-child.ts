/**
 * A process that imports files and kills itself (as `kill -9` would) right before the N-th call that changes the file system:
 * `node import-child.ts DATA_DIR FILE N`. With N = 0 it runs to its end and prints how many such calls there were.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [dataDir = '', file = '', killAt = '0'] = process.argv.slice(2);
let calls = 0;
for (const name of ['openSync', 'writeSync', 'fsyncSync', 'renameSync', 'rmSync', 'mkdirSync'] as const) {
  const original: unknown = fs[name];
  if (typeof original !== 'function') throw new TypeError(`fs.${name} is a function`);
  Reflect.set(fs, name, (...args: readonly unknown[]): unknown => {
    calls++;
    if (calls === Number(killAt)) process.kill(process.pid, 'SIGKILL');
    return Reflect.apply(original, fs, args);
  });
}
syncBuiltinESMExports();

const { runImport } = await import('./data-commands.ts');
await runImport(dataDir, [file], { venue: 'binance-usdm', symbol: 'BTCUSDT', kind: 'candles' });
process.stdout.write(String(calls));
