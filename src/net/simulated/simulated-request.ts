/** A request in the simulated network: on its way, at the server, and back; the outcome is told once or, when cancelled, never. */
import type { Prng } from '#core';
import type { Cancel, HttpAnswer, HttpFailure, HttpRequest, ServedAnswer } from '#net';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** What a request is made of. */
export interface SimulatedRequestParts {
  readonly time: SimulatedTime;
  /** `undefined` = nobody has that name. */
  readonly host: SimulatedHost | undefined;
  readonly url: URL;
  readonly request: HttpRequest;
  readonly prng: Prng;
  readonly onOutcome: (outcome: HttpAnswer | HttpFailure) => void;
  /** Told once, when nothing more will be called. */
  readonly onGone: () => void;
}

/** Sends a request; the returned function forgets it. */
export function sendSimulated(parts: SimulatedRequestParts): Cancel {
  const { host, prng, request, time } = parts;
  let isOver = false;
  const finish = (outcome: HttpAnswer | HttpFailure | undefined): void => {
    if (isOver) return;
    isOver = true;
    cancelTimer();
    parts.onGone();
    if (outcome !== undefined) parts.onOutcome(outcome);
  };
  const fail = (reason: string): void => finish({ kind: 'failure', reason });
  const travel = (extraUs: number, call: () => void): void => {
    time.after(extraUs + (host?.travelUs(time.nowUs(), prng) ?? 0), call);
  };
  const cancelTimer = time.after(request.timeoutUs, () => fail(`no answer within ${request.timeoutUs} us`));
  travel(0, () => {
    const reach = host?.reach(time.nowUs()) ?? 'refused';
    if (reach === 'lost') return;
    if (host === undefined) fail(`no host ${parts.url.host}`);
    else if (reach === 'refused') travel(0, () => fail('connection refused'));
    else {
      const served = host.server.onRequest(servedRequest(parts));
      if (served !== 'no-answer') travel(served.delayUs, () => finish(outcomeOf(served, request)));
    }
  });
  return () => finish(undefined);
}

function servedRequest({ request, url }: SimulatedRequestParts) {
  return {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: lowerCased(request.headers),
    body: request.body ?? '',
  };
}

function outcomeOf(served: ServedAnswer, request: HttpRequest): HttpAnswer | HttpFailure {
  const body = new TextEncoder().encode(served.body);
  if (body.length > request.bodyBytesMax) {
    return { kind: 'failure', reason: `an answer of more than ${request.bodyBytesMax} bytes` };
  }
  return { kind: 'answer', status: served.status, headers: lowerCased(served.headers), body };
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
