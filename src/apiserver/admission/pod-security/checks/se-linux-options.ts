import type { SELinuxOptions } from '#api/types/core-v1';
import { type Check, type CheckPod, joinQuote, pluralize, securityFields, settersText, sortedSet } from '../check.ts';

const TYPES_OF_1_0 = ['', 'container_t', 'container_init_t', 'container_kvm_t'];
const TYPES_OF_1_31 = [...TYPES_OF_1_0, 'container_engine_t'];

/** Only these types, and no user or role. */
function labelsAre(allowed: readonly string[]): CheckPod {
  const isBad = (options: SELinuxOptions | undefined): options is SELinuxOptions =>
    options !== undefined && (!allowed.includes(options.type ?? '') || Boolean(options.user) || Boolean(options.role));
  return ({ spec }) => {
    const { pod, containers } = securityFields(spec, ({ seLinuxOptions: value }) => value);
    const bad = containers.filter(({ value }) => isBad(value));
    const isPodBad = isBad(pod);
    if (!isPodBad && bad.length === 0) return undefined;
    const options = [...(isPodBad ? [pod] : []), ...bad.map(({ value }) => value as SELinuxOptions)];
    const types = sortedSet(options.map(({ type = '' }) => type).filter((type) => !allowed.includes(type)));
    const problems: string[] = [];
    if (types.length > 0) problems.push(`${pluralize(types.length, 'type')} ${joinQuote(types)}`);
    if (options.some(({ user }) => user)) problems.push('user may not be set');
    if (options.some(({ role }) => role)) problems.push('role may not be set');
    const names = bad.map(({ name }) => name);
    return { reason: 'seLinuxOptions', detail: `${settersText(isPodBad, names)} set forbidden securityContext.seLinuxOptions: ${problems.join('; ')}` };
  };
}

/** SELinux labels stay those of containers. */
export const seLinuxOptions: Check = {
  id: 'seLinuxOptions',
  level: 'baseline',
  versions: [
    { since: 0, check: labelsAre(TYPES_OF_1_0) },
    { since: 31, check: labelsAre(TYPES_OF_1_31) },
  ],
};
