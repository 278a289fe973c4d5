import { type Check, type CheckPod, containersText, exceptUserNamespaces, securityFields, settersText } from '../check.ts';

const isNotRoot: CheckPod = ({ spec }) => {
  const { pod, containers } = securityFields(spec, ({ runAsNonRoot: value }) => value);
  const refusing = containers.filter(({ value }) => value === false).map(({ name }) => name);
  const reason = 'runAsNonRoot != true';
  if (pod === false || refusing.length > 0)
    return { reason, detail: `${settersText(pod === false, refusing)} must not set securityContext.runAsNonRoot=false` };
  const silent = pod ? [] : containers.filter(({ value }) => value === undefined).map(({ name }) => name);
  return silent.length > 0 ? { reason, detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true` } : undefined;
};

/** Containers must say that they do not run as root. */
export const runAsNonRoot: Check = {
  id: 'runAsNonRoot',
  level: 'restricted',
  versions: [
    { since: 0, check: isNotRoot },
    { since: 35, check: exceptUserNamespaces(isNotRoot) },
  ],
};
