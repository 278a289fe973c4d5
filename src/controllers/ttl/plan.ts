/** A class of clusters by their number of nodes. Neighbours overlap, so that one node more or less does not change it to and fro. */
export interface ClusterSize {
  readonly min: number;
  readonly max: number;
  readonly ttlSeconds: number;
}

export const SIZES: readonly [ClusterSize, ...ClusterSize[]] = [
  { min: 0, max: 100, ttlSeconds: 0 },
  { min: 90, max: 500, ttlSeconds: 15 },
  { min: 450, max: 1000, ttlSeconds: 30 },
  { min: 900, max: 2000, ttlSeconds: 60 },
  { min: 1800, max: Number.POSITIVE_INFINITY, ttlSeconds: 300 },
];

/** The size of a cluster that has `count` nodes now and was of size `current`. */
export function nextSize(current: ClusterSize, count: number): ClusterSize {
  let at = SIZES.indexOf(current);
  while (count > (SIZES[at] ?? current).max) at++;
  while (count < (SIZES[at] ?? current).min) at--;
  return SIZES[at] ?? current;
}
