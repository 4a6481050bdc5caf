import { VENUE_CASES, caseOf } from './venue-case.ts';
import { writeScript, checkOutcome } from './venue-script.ts';
import { FeedRun } from './feed-run.ts';
import { loadPeer } from './peer-book.ts';
import { timeInTurns, ratioOf, type Way } from './rounds.ts';
const peer = await loadPeer();
const only = process.argv[2] ?? 'binance-usdm';
const s = writeScript(caseOf(only as never), Number(process.argv[3] ?? 5000), 7);
const keep: unknown[] = [];
let sum = 0;
const ways: Way[] = [
  { name: 'parse', count: s.texts.length, prepare: () => () => { for (const t of s.texts) sum += JSON.parse(t) ? 1 : 0; return undefined; } },
  { name: 'bytes', count: s.texts.length, prepare: () => () => { for (const t of s.frames) sum += JSON.parse(t.toString()) ? 1 : 0; return undefined; } },
  { name: 'full', count: s.texts.length, prepare: () => { const run = new FeedRun(s.venueCase, 7); keep[0] = run; const d = run.start(); return () => { for (const f of s.frames) d(f); return () => checkOutcome(run.finish(s.frames.length), s); }; } },
  ...(process.argv[4] ? [] : [{ name: 'ccxt', count: s.texts.length, prepare: () => { const b = peer.openBook(s)!; return () => { for (const f of s.texts) b.take(f); return undefined; }; } }]),
];
const r = timeInTurns(ways, { rounds: 11, warmUps: 3 });
for (const [n, t] of r) console.log(n, Math.round(t.perS), Math.round(t.slowestPerS), Math.round(t.fastestPerS));
console.log('x parse', ratioOf(r.get('full')!, r.get('parse')!), r.has('ccxt') ? ratioOf(r.get('full')!, r.get('ccxt')!) : 0);
