/** Door of `serving/worker`: the pool whose models live in a worker thread, and the worker's side of it. */
export type { ModelLink } from './model-link.ts';
export { serveModels } from './model-server.ts';
export type { StartModels } from './model-thread.ts';
export { type PoolHealth, WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';
