import { type Check, type CheckPod, containersOf, containersText, exceptUserNamespaces, joinQuote, sortedSet } from '../check.ts';

const procIsMasked: CheckPod = ({ spec }) => {
  const bad = containersOf(spec).filter(({ securityContext }) => securityContext?.procMount !== undefined && securityContext.procMount !== 'Default');
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map(({ securityContext }) => securityContext?.procMount ?? ''));
  return { reason: 'procMount', detail: `${containersText(bad.map(({ name }) => name))} must not set securityContext.procMount to ${joinQuote(types)}` };
};

/** /proc keeps its masks, except in user namespaces (1.35). */
export const procMountBaseline: Check = {
  id: 'procMount',
  level: 'baseline',
  versions: [
    { since: 0, check: procIsMasked },
    { since: 35, check: exceptUserNamespaces(procIsMasked) },
  ],
};

/** /proc keeps its masks in restricted namespaces, in user namespaces too. */
export const procMountRestricted: Check = {
  id: 'procMount_restricted',
  level: 'restricted',
  versions: [{ since: 35, check: procIsMasked, overrides: ['procMount'] }],
};
