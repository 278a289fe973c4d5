import { definePlugin, MAX_NODE_SCORE } from '../framework.ts';

/** Prefers nodes whose cpu and memory would be used to similar parts. */
export const nodeResourcesBalancedAllocation = definePlugin({
  name: 'NodeResourcesBalancedAllocation',
  wokenBy: [],
  weight: 1,
  preScore({ requests }) {
    // For pods that request nothing all nodes are alike.
    return { skip: requests.get('cpu') === 0 && requests.get('memory') === 0 };
  },
  score({ requests }, { allocatable, requested }) {
    const fractions = ['cpu', 'memory']
      .filter((name) => allocatable.get(name) > 0)
      .map((name) => Math.min(1, (requested.get(name) + requests.get(name)) / allocatable.get(name)));
    const [cpu, memory] = fractions;
    // The standard deviation of two numbers is half their distance.
    const deviation = cpu === undefined || memory === undefined ? 0 : Math.abs((cpu - memory) / 2);
    return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
  },
});
