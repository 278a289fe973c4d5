import type { WaitingReason } from './container-status.ts';

/** Why a container waits, and when to try again. */
export interface WaitingEntry extends WaitingReason {
  /** Wall time; before it nothing is tried, unless something that the pod depends on changes. */
  readonly retryAtMs: number;
}

/** Failures that have no back-off of their own are tried again at upstream's resync period. */
export const backoffNever = { retryMs: 10_000 } as const;
