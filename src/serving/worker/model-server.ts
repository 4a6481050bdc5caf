/** The models' side of the link: builds the predictors, then answers one request after the other until its thread is ended. */
import { assert } from '#core';
import { type LatencyRule, timedAnswerOf } from '../answering.ts';
import type { Predictor } from '../port.ts';
import { CONTROL_DONE, CONTROL_READY, CONTROL_REPLY, CONTROL_REQUEST, type ModelLink } from './model-link.ts';
import { ReplyWriter } from './reply-codec.ts';
import { RequestReader } from './request-codec.ts';

/**
 * Serves models; never returns. The thread sleeps between requests and turns no event loop: it belongs to the models alone. Whatever
 * `build` throws ends the thread, which the other side sees.
 */
export function serveModels(link: ModelLink, latency: LatencyRule, build: () => readonly Predictor[]): never {
  const { control, modelCount } = link;
  const predictors = build();
  assert(predictors.length === modelCount, `${modelCount} models are served, were ${predictors.length}`);
  const requests = new RequestReader(link);
  const replies = new ReplyWriter(link);
  let answered = Atomics.load(control, CONTROL_REQUEST);
  Atomics.store(control, CONTROL_READY, 1);
  Atomics.notify(control, CONTROL_READY);
  for (;;) {
    // A wake-up that was meant for the request before may come late: only a counter that moved is a new request.
    while (Atomics.load(control, CONTROL_REQUEST) === answered)
      Atomics.wait(control, CONTROL_REQUEST, answered);
    answered = Atomics.load(control, CONTROL_REQUEST);
    const request = requests.read();
    for (let index = 0; index < modelCount; index++) {
      replies.write(index, timedAnswerOf(predictors[index]!, request, latency));
      Atomics.store(control, CONTROL_DONE + index, answered);
    }
    Atomics.store(control, CONTROL_REPLY, answered);
    Atomics.notify(control, CONTROL_REPLY);
  }
}
