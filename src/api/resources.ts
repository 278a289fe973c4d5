import { mutatingAdmissionPolicies } from './admissionregistration/v1/mutating-admission-policies.ts';
import { mutatingAdmissionPolicyBindings } from './admissionregistration/v1/mutating-admission-policy-bindings.ts';
import { mutatingWebhookConfigurations } from './admissionregistration/v1/mutating-webhook-configurations.ts';
import { validatingAdmissionPolicies } from './admissionregistration/v1/validating-admission-policies.ts';
import { validatingAdmissionPolicyBindings } from './admissionregistration/v1/validating-admission-policy-bindings.ts';
import { validatingWebhookConfigurations } from './admissionregistration/v1/validating-webhook-configurations.ts';
import { customResourceDefinitions } from './apiextensions/v1/custom-resource-definitions.ts';
import { apiServices } from './apiregistration/v1/api-services.ts';
import { controllerRevisions } from './apps/v1/controller-revisions.ts';
import { daemonSets } from './apps/v1/daemon-sets.ts';
import { deployments } from './apps/v1/deployments.ts';
import { replicaSets } from './apps/v1/replica-sets.ts';
import { statefulSets } from './apps/v1/stateful-sets.ts';
import { selfSubjectReviews, tokenReviews } from './authentication/v1/reviews.ts';
import { localSubjectAccessReviews, selfSubjectAccessReviews, selfSubjectRulesReviews, subjectAccessReviews } from './authorization/v1/reviews.ts';
import { horizontalPodAutoscalers } from './autoscaling/horizontal-pod-autoscalers.ts';
import { cronJobs } from './batch/v1/cron-jobs.ts';
import { jobs } from './batch/v1/jobs.ts';
import { certificateSigningRequests } from './certificates/v1/certificate-signing-requests.ts';
import { leases } from './coordination/v1/leases.ts';
import { bindings } from './core/v1/bindings.ts';
import { componentStatuses } from './core/v1/component-statuses.ts';
import { configMaps } from './core/v1/config-maps.ts';
import { endpoints } from './core/v1/endpoints.ts';
import { events } from './core/v1/events.ts';
import { limitRanges } from './core/v1/limit-ranges.ts';
import { namespaces } from './core/v1/namespaces.ts';
import { nodes } from './core/v1/nodes.ts';
import { persistentVolumeClaims } from './core/v1/persistent-volume-claims.ts';
import { persistentVolumes } from './core/v1/persistent-volumes.ts';
import { podTemplates } from './core/v1/pod-templates.ts';
import { pods } from './core/v1/pod/definition.ts';
import { replicationControllers } from './core/v1/replication-controllers.ts';
import { resourceQuotas } from './core/v1/resource-quotas.ts';
import { secrets } from './core/v1/secrets.ts';
import { serviceAccounts } from './core/v1/service-accounts.ts';
import { services } from './core/v1/services.ts';
import { endpointSlices } from './discovery/v1/endpoint-slices.ts';
import { flowSchemas } from './flowcontrol/v1/flow-schemas.ts';
import { priorityLevelConfigurations } from './flowcontrol/v1/priority-level-configurations.ts';
import { ingressClasses } from './networking/v1/ingress-classes.ts';
import { ingresses } from './networking/v1/ingresses.ts';
import { ipAddresses } from './networking/v1/ip-addresses.ts';
import { networkPolicies } from './networking/v1/network-policies.ts';
import { serviceCidrs } from './networking/v1/service-cidrs.ts';
import { runtimeClasses } from './node/v1/runtime-classes.ts';
import { podDisruptionBudgets } from './policy/v1/pod-disruption-budgets.ts';
import { clusterRoleBindings } from './rbac/v1/cluster-role-bindings.ts';
import { clusterRoles } from './rbac/v1/cluster-roles.ts';
import { roleBindings } from './rbac/v1/role-bindings.ts';
import { roles } from './rbac/v1/roles.ts';
import { deviceClasses } from './resource/v1/device-classes.ts';
import { resourceClaimTemplates } from './resource/v1/resource-claim-templates.ts';
import { resourceClaims } from './resource/v1/resource-claims.ts';
import { resourceSlices } from './resource/v1/resource-slices.ts';
import { priorityClasses } from './scheduling/v1/priority-classes.ts';
import { csiDrivers } from './storage/v1/csi-drivers.ts';
import { csiNodes } from './storage/v1/csi-nodes.ts';
import { csiStorageCapacities } from './storage/v1/csi-storage-capacities.ts';
import { storageClasses } from './storage/v1/storage-classes.ts';
import { volumeAttachments } from './storage/v1/volume-attachments.ts';
import { volumeAttributesClasses } from './storage/v1/volume-attributes-classes.ts';
import type { ResourceDefinition } from './machinery/resource.ts';

/** Every built-in kind, in the order in which discovery lists groups (by upstream's group priority) and, within a group, resources (by plural). */
export const allResources: readonly ResourceDefinition[] = [
  bindings,
  componentStatuses,
  configMaps,
  endpoints,
  events,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  podTemplates,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
  apiServices,
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
  selfSubjectReviews,
  tokenReviews,
  localSubjectAccessReviews,
  selfSubjectAccessReviews,
  selfSubjectRulesReviews,
  subjectAccessReviews,
  horizontalPodAutoscalers,
  cronJobs,
  jobs,
  certificateSigningRequests,
  ingressClasses,
  ingresses,
  ipAddresses,
  networkPolicies,
  serviceCidrs,
  podDisruptionBudgets,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
  customResourceDefinitions,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  mutatingWebhookConfigurations,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
  priorityClasses,
  leases,
  runtimeClasses,
  endpointSlices,
  deviceClasses,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
  flowSchemas,
  priorityLevelConfigurations,
];

const byKey = new Map<string, ResourceDefinition>();
for (const resource of allResources) {
  byKey.set(keyOfType(resource), resource);
  for (const { group, version } of resource.alsoServedAs ?? []) byKey.set(keyOfType({ group, version, plural: resource.plural }), resource);
}

/** The definition that serves a group, version and plural; for a version it is only also served as, the definition of the stored one. */
export function findResource(type: { group: string; version: string; plural: string }): ResourceDefinition | undefined {
  return byKey.get(keyOfType(type));
}

function keyOfType(type: { group: string; version: string; plural: string }): string {
  return `${type.group}/${type.version}/${type.plural}`;
}
