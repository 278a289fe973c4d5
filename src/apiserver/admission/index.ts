import type { KubeObject, ResourceDefinition, ResourceType } from '#api';
import type { ResourceQuota } from '#api/types/core-v1';
import type { Clock, Random } from '#lib';
import { type Authorization, createClaimAccessCheck, createEscalationCheck, createPolicyParamCheck } from '../authz/index.ts';
import type { AdmissionPlugin, ObjectReader } from '../contract.ts';
import { certificateSubjectRestriction, createCertificateApproval, createCertificateSigning } from './certificates.ts';
import type { AdmissionConfiguration } from './configuration.ts';
import { createDefaultIngressClass, createDefaultStorageClass } from './default-classes.ts';
import { createDefaultTolerationSeconds } from './default-toleration-seconds.ts';
import { createLimitRanger } from './limit-ranger/limit-ranger.ts';
import { createNamespaceLifecycle } from './namespace-lifecycle.ts';
import { createNodeRestriction } from './node-restriction/node-restriction.ts';
import { type AdmissionObserver, observed } from './observe.ts';
import { alwaysAdmit, alwaysDeny } from './optional/always.ts';
import { alwaysPullImages } from './optional/always-pull-images.ts';
import { denyServiceExternalIps } from './optional/deny-service-external-ips.ts';
import { createEventRateLimit } from './optional/event-rate-limit.ts';
import { extendedResourceToleration } from './optional/extended-resource-toleration.ts';
import { limitPodHardAntiAffinityTopology } from './optional/limit-pod-hard-anti-affinity-topology.ts';
import { createNamespaceAutoProvision, createNamespaceExists } from './optional/namespaces.ts';
import { createOwnerReferencesPermissionEnforcement } from './optional/owner-references-permission-enforcement.ts';
import { createPodNodeSelector } from './optional/pod-node-selector.ts';
import { createPodTolerationRestriction } from './optional/pod-toleration-restriction.ts';
import { createPersistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { createPodResizeValidator } from './pod-resize-validator.ts';
import { createPodSecurity } from './pod-security/pod-security.ts';
import { createPodTopologyLabels } from './pod-topology-labels.ts';
import { createPriority } from './priority.ts';
import { createResourceQuota } from './resource-quota/resource-quota.ts';
import { createRuntimeClassPlugin } from './runtime-class.ts';
import { type PluginSelection, selectPlugins } from './selection.ts';
import { createServiceAccountPlugin } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

export { type AdmissionConfiguration, parseAdmissionConfiguration } from './configuration.ts';
export type { AdmissionObserver, AdmissionStep } from './observe.ts';
export type { PluginSelection } from './selection.ts';

/** What plugins work with. */
export interface AdmissionParts {
  readonly reader: ObjectReader;
  readonly authorization: Authorization;
  readonly clock: Clock;
  readonly random: Random;
  /** Stores a quota's new status; throws Conflict when the quota is not as it was, NotFound when it is gone. */
  readonly updateQuota: (quota: ResourceQuota & KubeObject) => Promise<ResourceQuota & KubeObject>;
  readonly createNamespace: (name: string) => Promise<unknown>;
  /** Whether there is such a kind, built in or custom. */
  readonly isServed: (type: ResourceType) => boolean;
  /** All kinds that are served now, built in and custom. */
  readonly kinds: () => readonly ResourceDefinition[];
}
export interface AdmissionOptions extends AdmissionParts {
  /** Default: k3s' own, which is upstream's with NodeRestriction. */
  readonly selection?: PluginSelection | undefined;
  /** What `--admission-control-config-file` says. */
  readonly configuration?: AdmissionConfiguration | undefined;
  readonly observer?: AdmissionObserver | undefined;
}

interface Entry {
  readonly name: string;
  /** Runs where nothing is said. */
  readonly isDefault?: boolean;
  /** Absent: the name is known and has its place, but nothing runs there yet. */
  readonly create?: (parts: AdmissionParts, configuration: AdmissionConfiguration) => AdmissionPlugin;
}
const on = (name: string, create: NonNullable<Entry['create']>): Entry => ({ name, isDefault: true, create });
const off = (name: string, create: NonNullable<Entry['create']>): Entry => ({ name, create });
const place = (name: string): Entry => ({ name });

/** In upstream's order (AllOrderedPlugins of pkg/kubeapiserver/options/plugins.go): what adds things runs before what looks at the result, quota last. */
const ORDERED: readonly Entry[] = [
  off('AlwaysAdmit', () => alwaysAdmit),
  off('NamespaceAutoProvision', ({ reader, createNamespace }) => createNamespaceAutoProvision(reader, createNamespace)),
  on('NamespaceLifecycle', ({ reader, clock }) => createNamespaceLifecycle(reader, clock)),
  off('NamespaceExists', ({ reader }) => createNamespaceExists(reader)),
  off('LimitPodHardAntiAffinityTopology', () => limitPodHardAntiAffinityTopology),
  on('LimitRanger', ({ reader }) => createLimitRanger(reader)),
  on('ServiceAccount', (parts) => createServiceAccountPlugin(parts)),
  off('NodeRestriction', ({ reader, authorization }) => createNodeRestriction(reader, authorization)),
  on('TaintNodesByCondition', () => taintNodesByCondition),
  off('AlwaysPullImages', () => alwaysPullImages),
  place('ImagePolicyWebhook'),
  on('PodSecurity', ({ reader, clock }, { podSecurity }) => createPodSecurity(reader, clock, podSecurity)),
  off('PodNodeSelector', ({ reader }, { podNodeSelector }) => createPodNodeSelector(reader, podNodeSelector)),
  on('Priority', ({ reader }) => createPriority(reader)),
  on('DefaultTolerationSeconds', (_parts, { tolerationSeconds }) => createDefaultTolerationSeconds(tolerationSeconds)),
  off('PodTolerationRestriction', ({ reader }, { podTolerationRestriction }) => createPodTolerationRestriction(reader, podTolerationRestriction)),
  off('EventRateLimit', ({ clock }, { eventLimits = [] }) => createEventRateLimit(eventLimits, clock)),
  off('ExtendedResourceToleration', () => extendedResourceToleration),
  on('DefaultStorageClass', ({ reader }) => createDefaultStorageClass(reader)),
  on('StorageObjectInUseProtection', () => storageObjectInUseProtection),
  // Its kind is alpha.
  place('PodGroupProtection'),
  off('OwnerReferencesPermissionEnforcement', ({ authorization, kinds }) => createOwnerReferencesPermissionEnforcement(authorization, kinds)),
  on('PersistentVolumeClaimResize', ({ reader }) => createPersistentVolumeClaimResize(reader)),
  on('RuntimeClass', ({ reader }) => createRuntimeClassPlugin(reader)),
  on('CertificateApproval', ({ authorization }) => createCertificateApproval(authorization)),
  on('CertificateSigning', ({ authorization }) => createCertificateSigning(authorization)),
  // Cluster trust bundles are not served by default.
  place('ClusterTrustBundleAttest'),
  on('CertificateSubjectRestriction', () => certificateSubjectRestriction),
  on('DefaultIngressClass', ({ reader }) => createDefaultIngressClass(reader)),
  off('DenyServiceExternalIPs', () => denyServiceExternalIps),
  on('PodTopologyLabels', ({ reader }) => createPodTopologyLabels(reader)),
  // Behind feature gates that are off by default.
  place('PodGroupWorkloadExists'),
  place('NodeDeclaredFeatureValidator'),
  place('JobValidation'),
  on('PodResizeValidator', ({ reader }) => createPodResizeValidator(reader)),
  // The place of policies and webhooks, which come later.
  place('MutatingAdmissionPolicy'),
  place('MutatingAdmissionWebhook'),
  place('ValidatingAdmissionPolicy'),
  place('ValidatingAdmissionWebhook'),
  on('ResourceQuota', ({ updateQuota, ...parts }) => createResourceQuota({ ...parts, updateStatus: updateQuota })),
  off('AlwaysDeny', () => alwaysDeny),
];
/** As k3s starts kube-apiserver. */
const DEFAULT_SELECTION: PluginSelection = { enable: ['NodeRestriction'] };

/** The plugins that run, in upstream's order; throws an Error for a selection that makes no sense. */
export function createAdmission(options: AdmissionOptions): readonly AdmissionPlugin[] {
  const { selection = DEFAULT_SELECTION, configuration = {}, observer, clock, authorization } = options;
  const selected = selectPlugins(ORDERED, selection).flatMap(({ create }) => create?.(options, configuration) ?? []);
  // What upstream's storage does rather than a plugin is not measured as one.
  const guards = [createPolicyParamGuard(options), createClaimAccessGuard(options)];
  const plugins = observer ? [observed(selected, observer, () => clock.monotonic())] : selected;
  return [...guards, ...plugins, createEscalationGuard(authorization)];
}

/** Upstream checks escalation in the storage of roles and bindings, before they are validated; here it comes after all that changes them. */
function createEscalationGuard(authorization: Authorization): AdmissionPlugin {
  const escalation = createEscalationCheck(authorization);
  return {
    name: 'RBACEscalation',
    admit({ operation, resource, object, oldObject, user, subresource }) {
      if (!object || subresource || resource.group !== 'rbac.authorization.k8s.io' || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
      return escalation.check(resource, object, oldObject, user);
    },
  };
}

/** Upstream checks in the storage of policies and bindings that their authors may read what they refer to. */
function createPolicyParamGuard(parts: AdmissionParts): AdmissionPlugin {
  const params = createPolicyParamCheck(parts);
  return {
    name: 'PolicyParams',
    validate({ operation, resource, object, oldObject, user, subresource }) {
      if (!object || subresource || resource.group !== 'admissionregistration.k8s.io' || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
      return params.check(resource, object, oldObject, user);
    },
  };
}

/** Upstream checks in the storage of claims who may have devices as an administrator, and who may say what in a status. */
function createClaimAccessGuard(parts: AdmissionParts): AdmissionPlugin {
  const access = createClaimAccessCheck(parts);
  return {
    name: 'ClaimAccess',
    validate({ operation, resource: type, object, oldObject: old, user, subresource, namespace }) {
      if (!object || type.group !== 'resource.k8s.io' || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
      return access.check({ type, subresource, namespace, object, old, user });
    },
  };
}
