import { definePlugin, MAX_NODE_SCORE, type NodeInfo, type PodInfo } from '../framework.ts';

/** The resources that scores look at, each with weight 1. */
const SCORED = ['cpu', 'memory'] as const;

/** Keeps pods off nodes that lack what they request, and prefers those with the most left (LeastAllocated). */
export const nodeResourcesFit = definePlugin({
  name: 'NodeResourcesFit',
  wokenBy: ['node-added', 'node-allocatable', 'pod-removed'],
  filter(pod, node) {
    const missing = insufficient(pod, node);
    if (missing.length === 0) return undefined;
    return { reasons: missing.map(({ reason }) => reason), isResolvable: missing.every(({ isResolvable }) => isResolvable) };
  },
  weight: 1,
  score(pod, node) {
    let sum = 0;
    let weights = 0;
    for (const name of SCORED) {
      const capacity = node.allocatable.get(name);
      if (capacity === 0) continue;
      const requested = node.nonZeroRequested.get(name) + pod.nonZeroRequests.get(name);
      sum += requested > capacity ? 0 : Math.floor(((capacity - requested) * MAX_NODE_SCORE) / capacity);
      weights++;
    }
    return weights === 0 ? 0 : Math.floor(sum / weights);
  },
});

/** What the node lacks, in upstream's order: pods, cpu, memory, ephemeral-storage, all else. More than the whole node has is not resolvable. */
function insufficient({ requests }: PodInfo, { pods, allocatable, requested }: NodeInfo): { reason: string; isResolvable: boolean }[] {
  const missing: { reason: string; isResolvable: boolean }[] = [];
  if (pods.size + 1 > allocatable.get('pods')) missing.push({ reason: 'Too many pods', isResolvable: allocatable.get('pods') > 0 });
  const others = [...requests.names()].filter((name) => !FIRST.includes(name));
  for (const name of [...FIRST, ...others]) {
    const wanted = requests.get(name);
    if (wanted > 0 && wanted > allocatable.get(name) - requested.get(name)) {
      missing.push({ reason: `Insufficient ${name}`, isResolvable: wanted <= allocatable.get(name) });
    }
  }
  return missing;
}
const FIRST: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];
