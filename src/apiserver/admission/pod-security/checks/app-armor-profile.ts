import { type Check, type CheckPod, joinQuote, pluralize, securityFields, settersText, sortedSet } from '../check.ts';

const ANNOTATION_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';

function isAllowedType(type: string): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost';
}
function isAllowedAnnotation(value: string): boolean {
  return value === '' || value === 'runtime/default' || value.startsWith('localhost/');
}

const profileIsKept: CheckPod = ({ metadata, spec }) => {
  const types = securityFields(spec, ({ appArmorProfile }) => appArmorProfile?.type);
  const isPodBad = types.pod !== undefined && !isAllowedType(types.pod);
  const bad = types.containers.filter(({ value }) => value !== undefined && !isAllowedType(value));
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(ANNOTATION_PREFIX) && !isAllowedAnnotation(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  if (!isPodBad && bad.length === 0 && annotations.length === 0) return undefined;
  const values = [...sortedSet([...(isPodBad ? [types.pod as string] : []), ...bad.map(({ value }) => value as string)]), ...annotations];
  const setters = [
    settersText(
      isPodBad,
      bad.map(({ name }) => name),
    ),
    ...(annotations.length > 0 ? [pluralize(annotations.length, 'annotation')] : []),
  ].filter(Boolean);
  return {
    reason: pluralize(values.length, 'forbidden AppArmor profile'),
    detail: `${setters.join(' and ')} must not set AppArmor profile type to ${joinQuote(values)}`,
  };
};

/** AppArmor's default may not be switched off. */
export const appArmorProfile: Check = { id: 'appArmorProfile', level: 'baseline', versions: [{ since: 0, check: profileIsKept }] };
