/** How late the newest messages of each kind were. */
import type { StreamKind } from '#domain';
import type { LagStatus } from '../feed/index.ts';

const KEPT = 512;

/** Keeps the lags of the newest messages of each kind. */
export class RecentLags {
  readonly #byStream = new Map<StreamKind, { readonly lagsUs: Float64Array; count: number }>();

  /** Notes how much later a message came than the venue says that it happened. */
  note(stream: StreamKind, lagUs: number): void {
    const kept = this.#byStream.get(stream) ?? { lagsUs: new Float64Array(KEPT), count: 0 };
    this.#byStream.set(stream, kept);
    kept.lagsUs[kept.count % KEPT] = lagUs;
    kept.count++;
  }

  get status(): readonly LagStatus[] {
    return Array.from(this.#byStream, ([stream, { count, lagsUs }]) => {
      const sorted = lagsUs.slice(0, Math.min(count, KEPT)).sort();
      const at = (share: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
      return { stream, count: sorted.length, p50Us: at(0.5), p99Us: at(0.99) };
    });
  }
}
