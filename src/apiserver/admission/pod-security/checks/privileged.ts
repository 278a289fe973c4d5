import { type Check, type CheckPod, containersText, namesOf } from '../check.ts';

const isUnprivileged: CheckPod = ({ spec }) => {
  const bad = namesOf(spec, ({ securityContext }) => securityContext?.privileged === true);
  return bad.length > 0 ? { reason: 'privileged', detail: `${containersText(bad)} must not set securityContext.privileged=true` } : undefined;
};

/** Privileged containers switch most protections off. */
export const privileged: Check = { id: 'privileged', level: 'baseline', versions: [{ since: 0, check: isUnprivileged }] };
