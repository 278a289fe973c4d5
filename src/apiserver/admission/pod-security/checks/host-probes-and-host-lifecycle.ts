import { type AnyContainer, type Check, type CheckPod, containersOf, containersText, joinQuote, pluralize, sortedSet } from '../check.ts';

/** The hosts that probes and hooks are sent to. */
function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: AnyContainer): string[] {
  return [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) =>
    [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host) => host !== undefined && host !== ''),
  ) as string[];
}

const staysAtHome: CheckPod = ({ spec }) => {
  const bad = containersOf(spec).filter((container) => hostsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const names = sortedSet(bad.map(({ name }) => name));
  const hosts = sortedSet(bad.flatMap(hostsOf));
  const uses = pluralize(names.length, 'uses', 'use');
  const what = pluralize(hosts.length, 'probe or lifecycle host');
  return { reason: 'probe or lifecycle host', detail: `${containersText(names)} ${uses} ${what} ${joinQuote(hosts)}` };
};

/** Kubelets may not be sent to other hosts by probes and hooks. */
export const hostProbesAndHostLifecycle: Check = {
  id: 'hostProbesAndHostLifecycle',
  level: 'baseline',
  versions: [{ since: 34, check: staysAtHome }],
};
