import { definePlugin, type HostPort } from '../framework.ts';

/** Keeps two pods from wanting the same port of a node. */
export const nodePorts = definePlugin({
  name: 'NodePorts',
  wokenBy: ['node-added', 'pod-removed'],
  preFilter({ hostPorts }) {
    return { skip: hostPorts.length === 0 };
  },
  filter({ hostPorts }, { pods }) {
    for (const other of pods.values()) {
      if (other.hostPorts.some((taken) => hostPorts.some((wanted) => conflicts(wanted, taken)))) {
        return { reasons: ["node(s) didn't have free ports for the requested pod ports"], isResolvable: true };
      }
    }
    return undefined;
  },
});

/** 0.0.0.0 is every address. */
function conflicts(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0');
}
