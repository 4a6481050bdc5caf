/** What passes between the main thread and the server's thread. */
import type { ErrorCode, ErrorFields } from '#core';
import type { FeedMessage } from './feed.ts';
import type { ServerOptions } from './server.ts';

/** What the worker is started with. */
export interface ServerWorkerData {
  readonly options: ServerOptions;
  /** The repository; the dashboard is built from it when it is stale. `null` = the build is somebody else's affair and taken as it is. */
  readonly buildRoot: string | null;
  /** Shared counter of `CONTROL_WORDS` words. */
  readonly control: Int32Array;
}

/** To the worker. */
export type ToServerWorker =
  | { readonly kind: 'feed'; readonly message: FeedMessage }
  | { readonly kind: 'close' };

/** What became of the dashboard's build. */
export type WebNotice =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'built'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly message: string };

/** From the worker. */
export type FromServerWorker =
  | { readonly kind: 'ready'; readonly dashboardUrl: string; readonly metricsUrl: string }
  | {
      readonly kind: 'refused';
      /** `null` for an error that is not operational. */
      readonly code: ErrorCode | null;
      readonly message: string;
      readonly fields: ErrorFields;
    }
  | { readonly kind: 'web'; readonly notice: WebNotice };
