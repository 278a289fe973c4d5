import { type Check, type CheckPod, containersText, exceptWindows, namesOf } from '../check.ts';

const escalationIsOff: CheckPod = ({ spec }) => {
  const bad = namesOf(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  return { reason: 'allowPrivilegeEscalation != false', detail: `${containersText(bad)} must set securityContext.allowPrivilegeEscalation=false` };
};

/** Set-user-id programs must not gain privileges. */
export const allowPrivilegeEscalation: Check = {
  id: 'allowPrivilegeEscalation',
  level: 'restricted',
  versions: [
    { since: 8, check: escalationIsOff },
    { since: 25, check: exceptWindows(escalationIsOff) },
  ],
};
