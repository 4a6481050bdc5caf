import { Session } from 'node:inspector';
import { caseOf } from './venue-case.ts';
import { writeScript, checkOutcome } from './venue-script.ts';
import { FeedRun } from './feed-run.ts';
const [, , only = 'binance-usdm', mode = 'heap', reps = '40'] = process.argv;
const c = caseOf(only as never);
const s = writeScript(c, c.messageCount, 7);
const pass = (): (() => void) => { const run = new FeedRun(c, 7); const take = run.start(); return () => { for (const f of s.frames) take(f); checkOutcome(run.finish(s.frames.length), s); }; };
for (let i = 0; i < 20; i++) pass()();
const session = new Session(); session.connect();
const post = (m: string, p: object = {}): any => { let out: unknown; session.post(m, p, (e, r) => { if (e) throw e; out = r; }); return out; };
const self = new Map<string, number>(); let total = 0;
if (mode === 'cpu') { post('Profiler.enable'); post('Profiler.setSamplingInterval', { interval: 100 }); }
for (let i = 0; i < Number(reps); i++) {
  const run = new FeedRun(c, 7); const take = run.start();
  if (mode === 'cpu') post('Profiler.start'); else post('HeapProfiler.startSampling', { samplingInterval: 1024, includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true });
  for (const f of s.frames) take(f);
  if (mode === 'cpu') {
    const { profile: p } = post('Profiler.stop');
    const byId = new Map<number, any>(p.nodes.map((n: any) => [n.id, n]));
    p.samples.forEach((id: number, at: number) => { const n = byId.get(id); const k = `${n.callFrame.functionName} ${n.callFrame.url.split('/').slice(-2).join('/')}:${n.callFrame.lineNumber + 1}`; self.set(k, (self.get(k) ?? 0) + p.timeDeltas[at]); total += p.timeDeltas[at]; });
  } else {
    const { profile } = post('HeapProfiler.stopSampling');
    const walk = (n: any, path: string): void => { const k = `${n.callFrame.functionName} ${n.callFrame.url.split('/').slice(-2).join('/')}:${n.callFrame.lineNumber + 1}`; if (n.selfSize > 0) { self.set(k, (self.get(k) ?? 0) + n.selfSize); total += n.selfSize; } for (const ch of n.children) walk(ch, k); };
    walk(profile.head, '');
  }
}
const n = s.frames.length * Number(reps);
console.log(only, mode, mode === 'cpu' ? `${(total / n).toFixed(2)} us/msg` : `${(total / n).toFixed(0)} bytes/msg`);
for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, mode === 'cpu' ? 30 : 12)) console.log('  ', (v / n).toFixed(3), (100 * v / total).toFixed(1) + '%', k);
