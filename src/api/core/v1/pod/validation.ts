import type { Pod, PodSpec, PodTemplateSpec } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isDns1123Label, isDns1123Subdomain, isQualifiedName } from '../../../machinery/names.ts';
import { validateAnnotations } from '../../../machinery/object-meta.ts';
import { validateLabels } from '../../../machinery/selector.ts';
import { inRange, invalidEach } from './checks.ts';
import { validatePodResources } from './container-resources.ts';
import { type ContainerContext, validateContainers, validateEphemeralContainers, validateHostNetworkPorts, validateInitContainers } from './containers.ts';
import { validateDnsConfig, validateDnsPolicy, validateHostAliases } from './dns.ts';
import { validateAffinity, validateTolerations, validateTopologySpread } from './scheduling.ts';
import { validatePodSecurityContext } from './security.ts';
import { validateVolumes } from './volumes.ts';

/** What is wrong with a Pod, whether new or changed (pkg/apis/core/validation: paths, texts and order). */
export function validatePod(pod: Pod): FieldError[] {
  return validatePodSpec(pod.spec, 'spec');
}

/** What is wrong with a Pod that is about to be. */
export function validateNewPod(pod: Pod): FieldError[] {
  const errors = validatePod(pod);
  if (pod.spec.ephemeralContainers?.length) errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (pod.spec.nodeName && pod.spec.schedulingGates?.length) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return errors;
}

/** What is wrong with a Pod template; `path` is the template's. */
export function validatePodTemplate(template: PodTemplateSpec, path: string): FieldError[] {
  const errors = [
    ...validateLabels(template.metadata?.labels, child(path, 'labels')),
    ...validateAnnotations(template.metadata?.annotations, child(path, 'annotations')),
    ...validatePodSpec(template.spec ?? { containers: [] }, child(path, 'spec')),
  ];
  if (template.spec?.ephemeralContainers?.length)
    errors.push(forbidden(child(path, 'spec', 'ephemeralContainers'), 'ephemeral containers not allowed in pod template'));
  return errors;
}

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const MAX_INT32 = 2 ** 31 - 1;

function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const at = (field: string) => child(path, field);
  const context: ContainerContext = {
    spec,
    volumes: new Map((spec.volumes ?? []).map((volume) => [volume.name, volume])),
    claims: new Set((spec.resourceClaims ?? []).map(({ name }) => name)),
    grace: spec.terminationGracePeriodSeconds ?? 0,
  };
  const errors: FieldError[] = [
    ...validateVolumes(spec.volumes, at('volumes')),
    ...validateClaims(spec, at('resourceClaims')),
    ...validateContainers(context, at('containers')),
    ...validateInitContainers(context, at('initContainers')),
    ...validateEphemeralContainers(context, at('ephemeralContainers')),
    ...validatePodResources(spec.resources, at('resources')),
    ...validateHostNetworkPorts(spec, at('containers')),
  ];
  if (!spec.restartPolicy) errors.push(required(at('restartPolicy')));
  else if (!RESTART_POLICIES.includes(spec.restartPolicy)) errors.push(notSupported(at('restartPolicy'), spec.restartPolicy, RESTART_POLICIES));
  errors.push(
    ...validateDnsPolicy(spec.dnsPolicy, at('dnsPolicy')),
    ...validateLabels(spec.nodeSelector, at('nodeSelector')),
    ...validatePodSecurityContext(spec, at('securityContext')),
    ...validateAffinity(spec.affinity, at('affinity')),
    ...validateDnsConfig(spec, at('dnsConfig')),
    ...validateGates(spec, path),
    ...validateTopologySpread(spec.topologySpreadConstraints, at('topologySpreadConstraints')),
    ...validateHostUsers(spec, path),
    ...validateNames(spec, path),
    ...validateTolerations(spec.tolerations, at('tolerations')),
    ...validateHostAliases(spec.hostAliases, at('hostAliases')),
    ...validateClasses(spec, path),
  );
  return errors;
}

function validateClaims({ resourceClaims }: PodSpec, path: string): FieldError[] {
  const names = new Set<string>();
  return (resourceClaims ?? []).flatMap((claim, i) => {
    const at = index(path, i);
    const errors: FieldError[] = [];
    if (!claim.name) errors.push(required(child(at, 'name')));
    else if (names.has(claim.name)) errors.push(duplicate(child(at, 'name'), claim.name));
    else errors.push(...invalidEach(child(at, 'name'), claim.name, isDns1123Label(claim.name)));
    names.add(claim.name);
    if (Boolean(claim.resourceClaimName) === Boolean(claim.resourceClaimTemplateName)) {
      const which = claim.resourceClaimName ? 'at most one of' : 'must specify one of:';
      errors.push(invalid(at, claim, `${which} \`resourceClaimName\`, \`resourceClaimTemplateName\`${claim.resourceClaimName ? ' may be specified' : ''}`));
    }
    return errors;
  });
}

function validateGates({ readinessGates, schedulingGates }: PodSpec, path: string): FieldError[] {
  const errors = (readinessGates ?? []).flatMap(({ conditionType }, i) => {
    return invalidEach(child(index(child(path, 'readinessGates'), i), 'conditionType'), conditionType, isQualifiedName(conditionType));
  });
  const names = new Set<string>();
  for (const [i, { name }] of (schedulingGates ?? []).entries()) {
    const at = index(child(path, 'schedulingGates'), i);
    errors.push(...invalidEach(at, name, isQualifiedName(name)));
    if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
  }
  return errors;
}

function validateHostUsers(spec: PodSpec, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  return (['hostNetwork', 'hostPID', 'hostIPC'] as const).flatMap((field) => (spec[field] ? [forbidden(child(path, field), 'when `hostUsers` is false')] : []));
}

function validateNames(spec: PodSpec, path: string): FieldError[] {
  const { serviceAccountName, nodeName, activeDeadlineSeconds, hostname, subdomain } = spec;
  const errors: FieldError[] = [];
  if (serviceAccountName) errors.push(...invalidEach(child(path, 'serviceAccountName'), serviceAccountName, isDns1123Subdomain(serviceAccountName)));
  if (nodeName) errors.push(...invalidEach(child(path, 'nodeName'), nodeName, isDns1123Subdomain(nodeName)));
  if (activeDeadlineSeconds !== undefined) errors.push(...inRange(child(path, 'activeDeadlineSeconds'), activeDeadlineSeconds, 1, MAX_INT32));
  if (hostname) errors.push(...invalidEach(child(path, 'hostname'), hostname, isDns1123Label(hostname)));
  if (subdomain) errors.push(...invalidEach(child(path, 'subdomain'), subdomain, isDns1123Label(subdomain)));
  return errors;
}

function validateClasses({ priorityClassName, runtimeClassName, preemptionPolicy, os }: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (priorityClassName) errors.push(...invalidEach(child(path, 'priorityClassName'), priorityClassName, isDns1123Subdomain(priorityClassName)));
  if (runtimeClassName !== undefined) errors.push(...invalidEach(child(path, 'runtimeClassName'), runtimeClassName, isDns1123Subdomain(runtimeClassName)));
  const policies = ['Never', 'PreemptLowerPriority'];
  if (preemptionPolicy !== undefined && !policies.includes(preemptionPolicy))
    errors.push(notSupported(child(path, 'preemptionPolicy'), preemptionPolicy, policies));
  if (os) {
    if (!os.name) errors.push(required(child(path, 'os', 'name'), 'cannot be empty'));
    else if (os.name !== 'linux' && os.name !== 'windows') errors.push(notSupported(child(path, 'os', 'name'), os.name, ['linux', 'windows']));
  }
  return errors;
}
