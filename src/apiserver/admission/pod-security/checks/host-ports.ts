import { type Check, type CheckPod, containersOf, containersText, namesOf, pluralize, sortedSet } from '../check.ts';

const usesNoHostPort: CheckPod = ({ spec }) => {
  const bad = namesOf(spec, ({ ports }) => ports?.some(({ hostPort }) => hostPort) ?? false);
  if (bad.length === 0) return undefined;
  // As texts: upstream sorts 8080 before 80443, and 443 before 80.
  const ports = sortedSet(containersOf(spec).flatMap(({ ports: each }) => (each ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []))));
  const uses = pluralize(bad.length, 'uses', 'use');
  return { reason: 'hostPort', detail: `${containersText(bad)} ${uses} ${pluralize(ports.length, 'hostPort')} ${ports.join(', ')}` };
};

/** The host's ports may not be taken. */
export const hostPorts: Check = { id: 'hostPorts', level: 'baseline', versions: [{ since: 0, check: usesNoHostPort }] };
