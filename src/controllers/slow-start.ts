/** How a batch ended: how many calls succeeded, how many were never made, and the first failure. */
export interface SlowStartResult {
  readonly succeeded: number;
  readonly skipped: number;
  readonly error: unknown;
}

/** Makes `count` calls in batches of 1, 2, 4, … and stops after the first batch with a failure, so that a quota that refuses one Pod is not asked for 500. */
export async function slowStart(count: number, call: () => Promise<void>): Promise<SlowStartResult> {
  let succeeded = 0;
  let remaining = count;
  for (let batch = 1; remaining > 0; batch = Math.min(2 * batch, remaining)) {
    const results = await Promise.allSettled(Array.from({ length: batch }, call));
    const failures = results.filter((r) => r.status === 'rejected');
    succeeded += batch - failures.length;
    remaining -= batch;
    const first = failures[0];
    if (first) return { succeeded, skipped: remaining, error: first.reason };
  }
  return { succeeded, skipped: 0, error: undefined };
}
