import { caseOf } from './venue-case.ts';
import { writeScript, checkOutcome } from './venue-script.ts';
import { FeedRun } from './feed-run.ts';
const only = process.argv[2] ?? 'binance-usdm';
const s = writeScript(caseOf(only as never), Number(process.argv[3] ?? 5000), 7);
const rates: number[] = []; const keep: unknown[] = [];
for (let r = 0; r < Number(process.argv[4] ?? 60); r++) {
  const run = new FeedRun(s.venueCase, 7); keep[r & 1] = run; const d = run.start();
  const c0 = process.threadCpuUsage(); const t0 = performance.now();
  for (const f of s.frames) d(f);
  const c = process.threadCpuUsage(c0); const ms = performance.now() - t0;
  if (r % 10 === 9) console.log(r, 'wall', Math.round(s.frames.length / ms * 1e3), 'cpu', Math.round(s.frames.length / (c.user + c.system) * 1e6));
  checkOutcome(run.finish(s.frames.length), s);
}
