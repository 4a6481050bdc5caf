/** Progress of long work, shown by whoever has a screen. */

/** Takes the state of a long piece of work; called as often as the worker likes, the sink thins it out. */
export interface Progress {
  /** `done` of `total` `unit`s are finished (`total` 0 = not known); `label` says what is being worked on. */
  update(state: {
    readonly label: string;
    readonly done: number;
    readonly total: number;
    readonly unit: string;
  }): void;
}

/** Progress that nobody watches. */
export const silentProgress: Progress = { update: () => undefined };
