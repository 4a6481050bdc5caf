/**
 * A program to be killed: the scripted trader at an exchange in another process. Goes on from the checkpoint in its file, writes one every so many
 * calls, acknowledges it once it is written, and says how it went when the market is over.
 * Arguments: port of the exchange, seed of the trader, file of the checkpoint, calls between checkpoints.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { LinkedWorld } from '#venues/link';
import { ScriptedTrader } from './scripted-trader.ts';

interface Saved {
  readonly worldSeq: number;
  readonly trader: string;
  readonly world: unknown;
}

const [port = '', seed = '', file = '', every = ''] = process.argv.slice(2);

const trader = new ScriptedTrader(Number(seed));
const world = await LinkedWorld.connect({
  address: { host: '127.0.0.1', port: Number(port) },
  sessionId: `trader-${seed}`,
});
if (existsSync(file)) {
  const saved = deserialize(readFileSync(file)) as Saved;
  trader.load(saved.trader);
  world.loadState(saved.world);
  await world.resumeAfter(saved.worldSeq);
}
while (!trader.isOver) {
  await trader.step(world);
  if (trader.story.steps % Number(every) !== 0) continue;
  const { worldSeq } = trader;
  writeWhole(serialize({ worldSeq, trader: trader.save(), world: world.saveState() } satisfies Saved));
  world.acknowledge(worldSeq);
}
await world.close();
console.log(JSON.stringify(trader.story));

/** The file is the old one or the new one, whenever this program dies. */
function writeWhole(bytes: Uint8Array): void {
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
}
