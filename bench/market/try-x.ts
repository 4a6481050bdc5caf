import { VENUE_CASES, caseOf } from './venue-case.ts';
import { writeScript } from './venue-script.ts';
import { loadPeer } from './peer-book.ts';
import { timeInTurns, ratioOf } from './rounds.ts';
import { venueWays, feedTaker } from './venue-ways.ts';
import { heapGrowthOf } from './heap-growth.ts';
const peer = await loadPeer();
for (const only of process.argv[2]!.split(',')) {
const s = writeScript(caseOf(only as never), caseOf(only as never).messageCount, 7);
const ways = venueWays(s, peer).filter((w) => !w.name.includes('text of'));
const r = timeInTurns(ways, { rounds: Number(process.argv[3] ?? 11), warmUpMs: 300 });
for (const [n, t] of r) console.log(n, Math.round(t.perS), Math.round(t.slowestPerS), Math.round(t.fastestPerS));
const get = (x: string) => [...r].find(([n]) => n.endsWith(x))![1];
console.log('x parse', ratioOf(get('full path'), get('alone')).toFixed(2), 'x ccxt', ratioOf(get('full path'), get('ccxt')).toFixed(2));
console.log(heapGrowthOf({ warmUps: 1500, count: 500, tries: 5 }, () => feedTaker(s)));
}
