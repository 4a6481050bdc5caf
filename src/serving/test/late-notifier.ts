/** A thread that wakes both ends of a models' link without reason, until its word of shared memory says stop. */
import { workerData } from 'node:worker_threads';
import { CONTROL_REPLY, CONTROL_REQUEST, type ModelLink } from '../worker/model-link.ts';

const { link, stop } = workerData as {
  readonly link: ModelLink;
  readonly stop: Int32Array<SharedArrayBuffer>;
};

while (Atomics.load(stop, 0) === 0) {
  Atomics.notify(link.control, CONTROL_REPLY);
  Atomics.notify(link.control, CONTROL_REQUEST);
}
