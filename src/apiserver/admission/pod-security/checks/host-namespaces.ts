import type { Check, CheckPod } from '../check.ts';

const FIELDS = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

const isApart: CheckPod = ({ spec }) => {
  const shared = FIELDS.filter((field) => spec[field]);
  return shared.length > 0 ? { reason: 'host namespaces', detail: shared.map((field) => `${field}=true`).join(', ') } : undefined;
};

/** The host's network, processes and IPC may not be shared. */
export const hostNamespaces: Check = { id: 'hostNamespaces', level: 'baseline', versions: [{ since: 0, check: isApart }] };
