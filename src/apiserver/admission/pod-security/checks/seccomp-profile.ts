import {
  type Check,
  type CheckPod,
  containersOf,
  containersText,
  exceptWindows,
  joinQuote,
  type PodLike,
  pluralize,
  securityFields,
  settersText,
  sortedSet,
  type Violation,
} from '../check.ts';

const POD_ANNOTATION = 'seccomp.security.alpha.kubernetes.io/pod';
const CONTAINER_ANNOTATION = 'container.seccomp.security.alpha.kubernetes.io/';

function isAllowedType(type: string): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost';
}
function isAllowedAnnotation(value: string): boolean {
  return value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');
}

/** Before 1.19 profiles were annotations. */
const annotationsAreAllowed: CheckPod = ({ metadata, spec }) => {
  const keys = [POD_ANNOTATION, ...containersOf(spec).map(({ name }) => CONTAINER_ANNOTATION + name)];
  const bad = sortedSet(
    keys.flatMap((key) => {
      const value = metadata.annotations?.[key];
      return value === undefined || isAllowedAnnotation(value) ? [] : [`${key}=${JSON.stringify(value)}`];
    }),
  );
  return bad.length > 0 ? { reason: 'seccompProfile', detail: `forbidden ${pluralize(bad.length, 'annotation')} ${bad.join(', ')}` } : undefined;
};

/** Profiles that are given switch nothing off. */
const profilesAreAllowed: CheckPod = ({ spec }) => {
  const { pod, containers } = securityFields(spec, ({ seccompProfile }) => seccompProfile?.type as string | undefined);
  const bad = containers.filter(({ value }) => value !== undefined && !isAllowedType(value));
  const isPodBad = pod !== undefined && !isAllowedType(pod);
  if (!isPodBad && bad.length === 0) return undefined;
  const values = sortedSet([...(isPodBad ? [pod] : []), ...bad.map(({ value }) => value as string)]);
  const names = bad.map(({ name }) => name);
  return { reason: 'seccompProfile', detail: `${settersText(isPodBad, names)} must not set securityContext.seccompProfile.type to ${joinQuote(values)}` };
};

/** Profiles are given, by the Pod or by every container. */
function profilesAreSet(pod: PodLike): Violation | undefined {
  const wrong = profilesAreAllowed(pod);
  if (wrong) return wrong;
  const { pod: ofPod, containers } = securityFields(pod.spec, ({ seccompProfile }) => seccompProfile?.type);
  const silent = ofPod ? [] : containers.filter(({ value }) => value === undefined).map(({ name }) => name);
  if (silent.length === 0) return undefined;
  const detail = `pod or ${containersText(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: 'seccompProfile', detail };
}

/** Seccomp may not be switched off. */
export const seccompProfileBaseline: Check = {
  id: 'seccompProfile_baseline',
  level: 'baseline',
  versions: [
    { since: 0, check: annotationsAreAllowed },
    { since: 19, check: profilesAreAllowed },
  ],
};

const overrides = ['seccompProfile_baseline'];

/** Seccomp must be switched on. */
export const seccompProfileRestricted: Check = {
  id: 'seccompProfile_restricted',
  level: 'restricted',
  versions: [
    { since: 19, check: profilesAreSet, overrides },
    { since: 25, check: exceptWindows(profilesAreSet), overrides },
  ],
};
