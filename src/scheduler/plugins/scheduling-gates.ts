import { definePlugin } from '../framework.ts';

/** Keeps pods out of the queue while they have gates. */
export const schedulingGates = definePlugin({
  name: 'SchedulingGates',
  wokenBy: [],
  preEnqueue({ pod }) {
    const gates = pod.spec?.schedulingGates ?? [];
    return gates.length > 0 ? `waiting for scheduling gates: [${gates.map((gate) => gate.name).join(' ')}]` : undefined;
  },
});
