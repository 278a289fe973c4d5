import type { PodSpec, SeccompProfile } from '#api/types/core-v1';
import type { ObjectMeta } from '#api/types/meta-v1';
import { child, type FieldError, forbidden, invalid, key } from '../../../machinery/field-error.ts';
import { descendingPath } from './checks.ts';
import { visitContainers } from './windows.ts';

export const APP_ARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';
const MIRROR = 'kubernetes.io/config.mirror';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

type Annotations = Readonly<Record<string, string>> | undefined;

/** Whether a Pod is the image of one that its node runs by itself. */
export function isMirrorPod(annotations: Annotations): boolean {
  return annotations?.[MIRROR] !== undefined;
}

/** Annotations that mean something for Pods; `path` is that of the annotations. */
export function validatePodAnnotations(annotations: Annotations, spec: PodSpec, path: string, old?: Annotations): FieldError[] {
  if (!annotations) return [];
  const errors: FieldError[] = [];
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && !spec.nodeName) errors.push(invalid(key(path, MIRROR), mirror, 'must set spec.nodeName if mirror pod annotation is set'));
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost) && (old === undefined || isInt32(old[DELETION_COST] ?? '0')))
    errors.push(invalid(key(path, DELETION_COST), cost, 'must be a 32bit integer'));
  for (const [name, value] of Object.entries(annotations)) {
    if (name === SECCOMP_POD || name.startsWith(SECCOMP_PREFIX)) errors.push(...seccompErrors(value, child(path, name)));
    else if (name.startsWith(APP_ARMOR_PREFIX)) errors.push(...appArmorErrors(name, value, spec, path));
  }
  return errors;
}

// Neither a plus nor leading zeros.
function isInt32(text: string): boolean {
  return /^(0|-[0-9]+|[1-9][0-9]*)$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31;
}

function seccompErrors(value: string, path: string): FieldError[] {
  if (value === 'runtime/default' || value === 'docker/default' || value === 'unconfined') return [];
  if (value.startsWith('localhost/')) return descendingPath(path, value.slice('localhost/'.length));
  return [invalid(path, value, 'must be a valid seccomp profile')];
}

function appArmorErrors(name: string, value: string, spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const container = name.slice(APP_ARMOR_PREFIX.length);
  let isThere = false;
  visitContainers(spec, '', (each) => {
    if (each.name === container) isThere = true;
  });
  if (!isThere) errors.push(invalid(key(path, name), container, 'container not found'));
  const isKnown = value === '' || value === 'runtime/default' || value === 'unconfined' || value.startsWith('localhost/');
  if (!isKnown) errors.push(invalid(key(path, name), value, `invalid AppArmor profile name: ${JSON.stringify(value)}`));
  return errors;
}

/** Annotations of a Pod that may not change, and what is wrong with those that may. */
export function validatePodAnnotationUpdate(metadata: ObjectMeta, old: ObjectMeta, spec: PodSpec, path: string): FieldError[] {
  const [annotations = {}, before = {}] = [metadata.annotations, old.annotations];
  const errors: FieldError[] = [];
  for (const [name, value] of Object.entries(before)) {
    if (annotations[name] === value) continue;
    if (name.startsWith(APP_ARMOR_PREFIX)) errors.push(forbidden(key(path, name), 'may not remove or update AppArmor annotations'));
    if (name === MIRROR) errors.push(forbidden(key(path, name), 'may not remove or update mirror pod annotation'));
  }
  for (const name of Object.keys(annotations)) {
    if (before[name] !== undefined) continue;
    if (name.startsWith(APP_ARMOR_PREFIX)) errors.push(forbidden(key(path, name), 'may not add AppArmor annotations'));
    if (name === MIRROR) errors.push(forbidden(key(path, name), 'may not add mirror pod annotation'));
  }
  return [...errors, ...validatePodAnnotations(annotations, spec, path, before)];
}

/** Where profiles are given in annotations and in fields, both say the same. `path` is the spec's. */
export function validateProfilesMatch(annotations: Annotations, spec: PodSpec, path: string): FieldError[] {
  if (!annotations || Object.keys(annotations).length === 0) return [];
  const errors: FieldError[] = [];
  const ofPod = annotations[SECCOMP_POD];
  if (ofPod !== undefined) errors.push(...mismatch('seccomp', ofPod, spec.securityContext?.seccompProfile, child(path, 'securityContext', 'seccompProfile')));
  visitContainers(spec, path, ({ name, securityContext }, at) => {
    const annotation = annotations[SECCOMP_PREFIX + name];
    if (annotation === undefined) return;
    errors.push(...mismatch('seccomp', annotation, securityContext?.seccompProfile, child(at, 'securityContext', 'seccompProfile')));
  });
  if (spec.os?.name === 'windows') return errors;
  visitContainers(spec, path, ({ name, securityContext }, at) => {
    const annotation = annotations[APP_ARMOR_PREFIX + name];
    if (annotation === undefined) return;
    const profile = securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
    errors.push(...mismatch('apparmor', annotation, profile, child(at, 'securityContext', 'appArmorProfile')));
  });
  return errors;
}

function mismatch(sort: 'seccomp' | 'apparmor', annotation: string, profile: SeccompProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const otherType = [forbidden(child(path, 'type'), `${sort} type in annotation and field must match`)];
  switch (profile.type) {
    case 'Unconfined':
      return annotation === 'unconfined' ? [] : otherType;
    case 'RuntimeDefault':
      return annotation === 'runtime/default' || (sort === 'seccomp' && annotation === 'docker/default') ? [] : otherType;
    case 'Localhost':
      if (!annotation.startsWith('localhost/')) return otherType;
      if (annotation.slice('localhost/'.length) === profile.localhostProfile) return [];
      return [forbidden(child(path, 'localhostProfile'), `${sort} profile in annotation and field must match`)];
    default:
      return [];
  }
}
