import type { Pod, PodResourceClaim, PodSpec, PodTemplateSpec, Volume } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isDns1123Label, isDns1123Subdomain, isQualifiedName } from '../../../machinery/names.ts';
import { validateAnnotations } from '../../../machinery/object-meta.ts';
import { validateLabels } from '../../../machinery/selector.ts';
import { validatePodAnnotations, validateProfilesMatch } from './annotations.ts';
import { inRange, invalidEach } from './checks.ts';
import { validateContainerResources, validatePodResources } from './container-resources.ts';
import {
  type ContainerContext,
  validateContainers,
  validateEphemeralContainers,
  validateHostNetworkPorts,
  validateImages,
  validateInitContainers,
} from './containers.ts';
import { validateDnsConfig, validateDnsPolicy, validateHostAliases } from './dns.ts';
import { type PodRules, podRules, TEMPLATE_RULES } from './rules.ts';
import { validateAffinity, validateTolerations, validateTopologySpread } from './scheduling.ts';
import { validatePodSecurityContext } from './security.ts';
import { validateVolumes } from './volumes.ts';
import { validateHostProcess, validateOs } from './windows.ts';

/** What is wrong with a Pod, whether new or changed (pkg/apis/core/validation: paths, texts and order). The metadata is judged elsewhere. */
export function validatePod(pod: Pod, old?: Pod): FieldError[] {
  const { metadata, spec } = pod;
  const errors = [
    ...validatePodAnnotations(metadata.annotations, spec, 'metadata.annotations', old && (old.metadata.annotations ?? {})),
    ...validatePodSpec(spec, podRules(pod, old), 'spec'),
  ];
  if (!spec.serviceAccountName) errors.push(...tokenErrors(spec.volumes));
  return [...errors, ...validateImages(spec.containers, 'spec.containers'), ...validateImages(spec.initContainers, 'spec.initContainers')];
}

/** Tokens are some account's. */
function tokenErrors(volumes: readonly Volume[] | undefined): FieldError[] {
  return (volumes ?? []).flatMap(({ projected }, i) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, j) => {
      const path = child(index(child(index('spec.volumes', i), 'projected', 'sources'), j), 'serviceAccountToken');
      return serviceAccountToken ? [forbidden(path, 'must not be specified when serviceAccountName is not set')] : [];
    }),
  );
}

/** What is wrong with a Pod that is about to be. */
export function validateNewPod(pod: Pod): FieldError[] {
  const { metadata, spec } = pod;
  const errors = validatePod(pod);
  if (spec.ephemeralContainers?.length) errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec.nodeName && spec.schedulingGates?.length) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return [...errors, ...validateProfilesMatch(metadata.annotations, spec, 'spec')];
}

/** What is wrong with a Pod template; `path` is the template's, `old` the stored one. */
export function validatePodTemplate(template: PodTemplateSpec, path: string, old?: PodTemplateSpec): FieldError[] {
  const { metadata, spec = { containers: [] } } = template;
  const errors = [
    ...validateLabels(metadata?.labels, child(path, 'labels')),
    ...validateAnnotations(metadata?.annotations, child(path, 'annotations')),
    ...validatePodAnnotations(metadata?.annotations, spec, child(path, 'annotations'), old && (old.metadata?.annotations ?? {})),
    ...validatePodSpec(spec, old?.spec ? { ...TEMPLATE_RULES, old: old.spec } : TEMPLATE_RULES, child(path, 'spec')),
    ...validateProfilesMatch(metadata?.annotations, spec, child(path, 'spec')),
  ];
  if (spec.ephemeralContainers?.length) errors.push(forbidden(child(path, 'spec', 'ephemeralContainers'), 'ephemeral containers not allowed in pod template'));
  return errors;
}

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const MAX_INT32 = 2 ** 31 - 1;

function validatePodSpec(spec: PodSpec, rules: PodRules, path: string): FieldError[] {
  const at = (field: string) => child(path, field);
  const volumes = new Map<string, Volume>();
  const errors: FieldError[] = [];
  if (spec.terminationGracePeriodSeconds === undefined) errors.push(required(at('terminationGracePeriodSeconds')));
  if (spec.volumes) errors.push(...validateVolumes(spec.volumes, rules, at('volumes'), volumes));
  if (spec.resourceClaims) errors.push(...validateClaims(spec.resourceClaims, at('resourceClaims')));
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean));
  const context: ContainerContext = { spec, rules, volumes, claims, grace: spec.terminationGracePeriodSeconds };
  errors.push(...validateContainers(context, at('containers')));
  if (spec.initContainers) errors.push(...validateInitContainers(context, at('initContainers')));
  if (spec.ephemeralContainers) errors.push(...validateEphemeralContainers(context, at('ephemeralContainers')));
  if (spec.resources) errors.push(...validatePodResources(spec, at('resources'), rules));
  if (spec.hostNetwork) errors.push(...validateHostNetworkPorts(spec, rules, at('containers')));
  if (!spec.restartPolicy) errors.push(required(at('restartPolicy')));
  else if (!RESTART_POLICIES.includes(spec.restartPolicy)) errors.push(notSupported(at('restartPolicy'), spec.restartPolicy, RESTART_POLICIES));
  errors.push(...validateDnsPolicy(spec.dnsPolicy, at('dnsPolicy')));
  if (spec.nodeSelector) errors.push(...validateLabels(spec.nodeSelector, at('nodeSelector')));
  errors.push(...validatePodSecurityContext(spec, rules, at('securityContext')));
  if (spec.affinity) errors.push(...validateAffinity(spec.affinity, rules, at('affinity')));
  errors.push(...validateDnsConfig(spec, at('dnsConfig')), ...validateGates(spec, path));
  if (spec.topologySpreadConstraints) errors.push(...validateTopologySpread(spec.topologySpreadConstraints, rules, at('topologySpreadConstraints')));
  errors.push(...validateHostProcess(spec, path), ...validateHostUsers(spec, rules, path), ...validateNames(spec, path));
  if (spec.tolerations) errors.push(...validateTolerations(spec.tolerations, at('tolerations')));
  if (spec.hostAliases) errors.push(...validateHostAliases(spec.hostAliases, at('hostAliases')));
  errors.push(...validateClasses(spec, path));
  if (spec.overhead) errors.push(...validateContainerResources({ limits: spec.overhead }, new Set(), at('overhead'), rules));
  return [...errors, ...validateOs(spec, path)];
}

function validateClaims(resourceClaims: readonly PodResourceClaim[], path: string): FieldError[] {
  const names = new Set<string>();
  return resourceClaims.flatMap((claim, i) => {
    const at = index(path, i);
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(child(at, 'name')));
    else if (names.has(name)) errors.push(duplicate(child(at, 'name'), name));
    else errors.push(...invalidEach(child(at, 'name'), name, isDns1123Label(name)));
    names.add(name);
    // Upstream prints its internal struct, whose members have Go's names.
    const printed = { Name: name, ResourceClaimName: resourceClaimName ?? null, ResourceClaimTemplateName: resourceClaimTemplateName ?? null };
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined)
      errors.push(invalid(at, printed, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'));
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined)
      errors.push(invalid(at, printed, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    for (const [field, value] of Object.entries({ resourceClaimName, resourceClaimTemplateName }))
      if (value !== undefined) errors.push(...invalidEach(child(at, field), value, isDns1123Subdomain(value)));
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

/** With users of its own a Pod cannot share what belongs to its node. */
function validateHostUsers(spec: PodSpec, { old }: PodRules, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const text = 'when `hostUsers` is false';
  const errors = (['hostNetwork', 'hostPID', 'hostIPC'] as const).flatMap((field) => (spec[field] ? [forbidden(child(path, field), text)] : []));
  if (old?.hostUsers === false && [...(old.containers ?? []), ...(old.initContainers ?? [])].some(({ volumeDevices }) => volumeDevices?.length)) return errors;
  for (const field of ['containers', 'initContainers'] as const) {
    for (const [i, { volumeDevices }] of (spec[field] ?? []).entries())
      if (volumeDevices?.length) errors.push(forbidden(child(index(child(path, field), i), 'volumeDevices'), text));
  }
  return errors;
}

const MAX_HOSTNAME = 64;
function validateNames(spec: PodSpec, path: string): FieldError[] {
  const { serviceAccountName, nodeName, activeDeadlineSeconds, hostname, subdomain, hostnameOverride } = spec;
  const errors: FieldError[] = [];
  if (hostnameOverride !== undefined) errors.push(...hostnameErrors(spec, hostnameOverride, path));
  if (serviceAccountName) errors.push(...invalidEach(child(path, 'serviceAccountName'), serviceAccountName, isDns1123Subdomain(serviceAccountName)));
  if (nodeName) errors.push(...invalidEach(child(path, 'nodeName'), nodeName, isDns1123Subdomain(nodeName)));
  if (activeDeadlineSeconds !== undefined) errors.push(...inRange(child(path, 'activeDeadlineSeconds'), activeDeadlineSeconds, 1, MAX_INT32));
  if (hostname) errors.push(...invalidEach(child(path, 'hostname'), hostname, isDns1123Label(hostname)));
  if (subdomain) errors.push(...invalidEach(child(path, 'subdomain'), subdomain, isDns1123Label(subdomain)));
  return errors;
}
/** A name that the Pod has whatever else says (KEP-4762). */
function hostnameErrors({ hostNetwork, setHostnameAsFQDN }: PodSpec, name: string, path: string): FieldError[] {
  const at = child(path, 'hostnameOverride');
  const errors = invalidEach(at, name, isDns1123Subdomain(name));
  if (name.length > MAX_HOSTNAME) errors.push({ type: 'FieldValueTooLong', field: at, message: `Too long: may not be more than ${MAX_HOSTNAME} bytes` });
  if (setHostnameAsFQDN) errors.push(forbidden(at, 'may not be set when `setHostnameAsFQDN` is true'));
  if (hostNetwork) errors.push(forbidden(at, 'may not be set when `hostNetwork` is true'));
  return errors;
}

const PREEMPTION = ['PreemptLowerPriority', 'Never'];
function validateClasses({ priorityClassName, runtimeClassName, preemptionPolicy }: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (priorityClassName) errors.push(...invalidEach(child(path, 'priorityClassName'), priorityClassName, isDns1123Subdomain(priorityClassName)));
  if (runtimeClassName !== undefined) errors.push(...invalidEach(child(path, 'runtimeClassName'), runtimeClassName, isDns1123Subdomain(runtimeClassName)));
  if ((preemptionPolicy as string | undefined) === '') errors.push(required(child(path, 'preemptionPolicy')));
  else if (preemptionPolicy !== undefined && !PREEMPTION.includes(preemptionPolicy))
    errors.push(notSupported(child(path, 'preemptionPolicy'), preemptionPolicy, PREEMPTION));
  return errors;
}
