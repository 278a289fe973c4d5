import { type Check, type CheckPod, containersOf, containersText, joinQuote, sortedSet } from '../check.ts';

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const addsDefaultsOnly: CheckPod = ({ spec }) => {
  const bad: string[] = [];
  const added: string[] = [];
  for (const { name, securityContext } of containersOf(spec)) {
    const beyond = securityContext?.capabilities?.add?.filter((capability) => !DEFAULT_CAPABILITIES.has(capability)) ?? [];
    if (beyond.length === 0) continue;
    bad.push(name);
    added.push(...beyond);
  }
  if (bad.length === 0) return undefined;
  return {
    reason: 'non-default capabilities',
    detail: `${containersText(bad)} must not include ${joinQuote(sortedSet(added))} in securityContext.capabilities.add`,
  };
};

/** Capabilities beyond the runtime's default set may not be added. */
export const capabilitiesBaseline: Check = { id: 'capabilities_baseline', level: 'baseline', versions: [{ since: 0, check: addsDefaultsOnly }] };
