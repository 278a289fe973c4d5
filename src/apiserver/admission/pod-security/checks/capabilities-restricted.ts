import { type Check, type CheckPod, containersOf, containersText, exceptWindows, joinQuote, namesOf, sortedSet } from '../check.ts';

const ONLY_ADDITION = 'NET_BIND_SERVICE';

const dropsAll: CheckPod = ({ spec }) => {
  const keeping = namesOf(spec, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
  const adding: string[] = [];
  const added: string[] = [];
  for (const { name, securityContext } of containersOf(spec)) {
    const beyond = securityContext?.capabilities?.add?.filter((capability) => capability !== ONLY_ADDITION) ?? [];
    if (beyond.length === 0) continue;
    adding.push(name);
    added.push(...beyond);
  }
  const details: string[] = [];
  if (keeping.length > 0) details.push(`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) details.push(`${containersText(adding)} must not include ${joinQuote(sortedSet(added))} in securityContext.capabilities.add`);
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
};

const overrides = ['capabilities_baseline'];

/** All capabilities must be dropped; only low ports may be asked for. */
export const capabilitiesRestricted: Check = {
  id: 'capabilities_restricted',
  level: 'restricted',
  versions: [
    { since: 22, check: dropsAll, overrides },
    { since: 25, check: exceptWindows(dropsAll), overrides },
  ],
};
