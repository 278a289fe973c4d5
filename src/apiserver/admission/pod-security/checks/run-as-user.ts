import { type Check, type CheckPod, exceptUserNamespaces, securityFields, settersText } from '../check.ts';

const userIsNotRoot: CheckPod = ({ spec }) => {
  const { pod, containers } = securityFields(spec, ({ runAsUser: value }) => value);
  const bad = containers.filter(({ value }) => value === 0).map(({ name }) => name);
  if (pod !== 0 && bad.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${settersText(pod === 0, bad)} must not set runAsUser=0` };
};

/** Nobody may ask to run as root. */
export const runAsUser: Check = {
  id: 'runAsUser',
  level: 'restricted',
  versions: [
    { since: 23, check: userIsNotRoot },
    { since: 35, check: exceptUserNamespaces(userIsNotRoot) },
  ],
};
