import type { PolicyRule } from '#api/types/rbac-v1';
import { account, type BindingSpec, eventsRule, READ, type RoleSpec, rule } from './rule.ts';

// One role per controller, bound to the service account of the same name in kube-system;
// plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go.

const PREFIX = 'system:controller:';
const CERTIFICATES = 'certificates.k8s.io';
const RESOURCE = 'resource.k8s.io';
const STORAGE = 'storage.k8s.io';
const NETWORKING = 'networking.k8s.io';
const READ_EDIT = 'get list watch create update delete';
const APPS = 'apps extensions';

const SIGNERS = 'kubernetes.io/legacy-unknown kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving';

/** The rules of each controller that writes events, which most do; `eventsRule` is added to all of these, as the last one. */
function reportingControllers(): Readonly<Record<string, PolicyRule[]>> {
  return {
    'certificate-controller': [
      rule('get list watch delete', CERTIFICATES, 'certificatesigningrequests'),
      rule('update', CERTIFICATES, 'certificatesigningrequests/status certificatesigningrequests/approval'),
      rule('approve', CERTIFICATES, 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
      rule('sign', CERTIFICATES, 'signers', SIGNERS),
      rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    ],
    'cronjob-controller': [
      rule('get list watch update', 'batch', 'cronjobs'),
      rule('get list watch create update delete patch', 'batch', 'jobs'),
      rule('update', 'batch', 'cronjobs/status'),
      rule('update', 'batch', 'cronjobs/finalizers'),
      rule('list watch delete', 'core', 'pods'),
    ],
    'daemon-set-controller': [
      rule(READ, APPS, 'daemonsets'),
      rule('update', APPS, 'daemonsets/status'),
      rule('update', APPS, 'daemonsets/finalizers'),
      rule('list watch', 'core', 'nodes'),
      rule('list watch create delete patch', 'core', 'pods'),
      rule('create', 'core', 'pods/binding'),
      rule('get list watch create delete update patch', 'apps', 'controllerrevisions'),
    ],
    'deployment-controller': [
      rule('get list watch update', APPS, 'deployments'),
      rule('update', APPS, 'deployments/status'),
      rule('update', APPS, 'deployments/finalizers'),
      rule('get list watch create update patch delete', APPS, 'replicasets'),
      rule('get list watch update', 'core', 'pods'),
    ],
    'device-taint-eviction-controller': [
      rule('get list watch delete', 'core', 'pods'),
      rule('update patch', 'core', 'pods/status'),
      rule(READ, RESOURCE, 'resourceclaims'),
      rule(READ, RESOURCE, 'resourceslices'),
      rule(READ, RESOURCE, 'deviceclasses'),
      rule(READ, RESOURCE, 'devicetaintrules'),
    ],
    'disruption-controller': [
      rule(READ, APPS, 'deployments'),
      rule(READ, APPS, 'replicasets'),
      rule(READ, 'core', 'replicationcontrollers'),
      rule(READ, 'policy', 'poddisruptionbudgets'),
      rule(READ, 'apps', 'statefulsets'),
      rule('update', 'policy', 'poddisruptionbudgets/status'),
      rule('patch update', 'core', 'pods/status'),
      rule('get', '*', '*/scale'),
    ],
    'endpoint-controller': [rule(READ, 'core', 'services pods'), rule(READ_EDIT, 'core', 'endpoints'), rule('create', 'core', 'endpoints/restricted')],
    'endpointslice-controller': [
      rule(READ, 'core', 'services pods nodes'),
      rule('update', 'core', 'services/finalizers'),
      rule(READ_EDIT, 'discovery.k8s.io', 'endpointslices'),
    ],
    'endpointslicemirroring-controller': [
      rule(READ, 'core', 'services endpoints'),
      rule('update', 'core', 'services/finalizers'),
      rule('update', 'core', 'endpoints/finalizers'),
      rule(READ_EDIT, 'discovery.k8s.io', 'endpointslices'),
    ],
    'ephemeral-volume-controller': [
      rule(READ, 'core', 'pods'),
      rule('update', 'core', 'pods/finalizers'),
      rule('get list watch create', 'core', 'persistentvolumeclaims'),
    ],
    'generic-garbage-collector': [rule('get list watch patch update delete', '*', '*')],
    'horizontal-pod-autoscaler': [
      rule(READ, 'autoscaling', 'horizontalpodautoscalers'),
      rule('update', 'autoscaling', 'horizontalpodautoscalers/status'),
      rule('get update', '*', '*/scale'),
      rule('list watch', 'core', 'pods'),
      rule('list watch', 'metrics.k8s.io', 'pods'),
      rule(READ, 'custom.metrics.k8s.io', '*'),
      rule(READ, 'external.metrics.k8s.io', '*'),
    ],
    'job-controller': [
      rule('get list watch update patch', 'batch', 'jobs'),
      rule('update', 'batch', 'jobs/status'),
      rule('update', 'batch', 'jobs/finalizers'),
      rule('list watch create delete patch', 'core', 'pods'),
    ],
    'node-controller': [
      rule('get list watch update delete patch', 'core', 'nodes'),
      rule('patch update', 'core', 'nodes/status'),
      rule('patch update', 'core', 'pods/status'),
      rule('list watch get delete', 'core', 'pods'),
    ],
    'pv-protection-controller': [rule('get list watch update', 'core', 'persistentvolumes')],
    'pvc-protection-controller': [rule('get list watch update', 'core', 'persistentvolumeclaims'), rule(READ, 'core', 'pods')],
    'replicaset-controller': [
      rule('get list watch update', APPS, 'replicasets'),
      rule('update', APPS, 'replicasets/status'),
      rule('update', APPS, 'replicasets/finalizers'),
      rule('list watch patch create delete', 'core', 'pods'),
    ],
    'replication-controller': [
      rule('get list watch update', 'core', 'replicationcontrollers'),
      rule('update', 'core', 'replicationcontrollers/status'),
      rule('update', 'core', 'replicationcontrollers/finalizers'),
      rule('list watch patch create delete', 'core', 'pods'),
    ],
    'resource-claim-controller': [
      rule(READ, 'core', 'pods'),
      rule('update', 'core', 'pods/finalizers'),
      rule('get list watch create delete', RESOURCE, 'resourceclaims'),
      rule('update patch', RESOURCE, 'resourceclaims resourceclaims/status'),
      rule('update patch', RESOURCE, 'resourceclaims/binding'),
      rule('update patch', 'core', 'pods/status'),
    ],
    'resourcequota-controller': [rule('list watch', '*', '*'), rule('update', 'core', 'resourcequotas/status')],
    'root-ca-cert-publisher': [rule('create update', 'core', 'configmaps')],
    'route-controller': [rule('list watch', 'core', 'nodes'), rule('patch', 'core', 'nodes/status')],
    'selinux-warning-controller': [
      rule(READ, 'core', 'persistentvolumes'),
      rule(READ, 'core', 'persistentvolumeclaims'),
      rule(READ, 'core', 'pods'),
      rule(READ, STORAGE, 'csidrivers'),
    ],
    'service-account-controller': [rule('create', 'core', 'serviceaccounts')],
    'service-cidrs-controller': [
      rule('get list watch patch update', NETWORKING, 'servicecidrs'),
      rule('patch update', NETWORKING, 'servicecidrs/finalizers'),
      rule('patch update', NETWORKING, 'servicecidrs/status'),
      rule(READ, NETWORKING, 'ipaddresses'),
    ],
    'service-controller': [rule(READ, 'core', 'services'), rule('patch update', 'core', 'services/status'), rule('list watch', 'core', 'nodes')],
    'ttl-after-finished-controller': [rule('get list watch delete', 'batch', 'jobs')],
    'ttl-controller': [rule('update patch list watch', 'core', 'nodes')],
    'validatingadmissionpolicy-status-controller': [
      rule(READ, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
      rule('get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
    ],
    'volumeattributesclass-protection-controller': [
      rule(READ, 'core', 'persistentvolumeclaims'),
      rule(READ, 'core', 'persistentvolumes'),
      rule('get list watch update', STORAGE, 'volumeattributesclasses'),
    ],
  };
}

/** The controllers that write no events, or whose rule for that is not the last one. */
function otherControllers(): Readonly<Record<string, PolicyRule[]>> {
  return {
    'attachdetach-controller': [
      rule('list watch', 'core', 'persistentvolumes persistentvolumeclaims'),
      rule(READ, 'core', 'nodes'),
      rule('patch update', 'core', 'nodes/status'),
      rule('list watch', 'core', 'pods'),
      eventsRule(),
      rule('get create delete list watch', STORAGE, 'volumeattachments'),
      rule(READ, STORAGE, 'csidrivers'),
      rule(READ, STORAGE, 'csinodes'),
    ],
    // It must be able to write any rule into a ClusterRole.
    'clusterrole-aggregation-controller': [rule('escalate get list watch update patch', 'rbac.authorization.k8s.io', 'clusterroles')],
    'expand-controller': [
      rule('get list watch update patch', 'core', 'persistentvolumes'),
      rule('update patch', 'core', 'persistentvolumeclaims/status'),
      rule(READ, 'core', 'persistentvolumeclaims'),
      eventsRule(),
      rule('get', 'core', 'services'),
    ],
    'legacy-service-account-token-cleaner': [
      rule('get', 'core', 'configmaps', 'kube-apiserver-legacy-service-account-token-tracking'),
      rule('patch delete', 'core', 'secrets'),
    ],
    'namespace-controller': [
      rule('get list watch delete', 'core', 'namespaces'),
      rule('update', 'core', 'namespaces/finalize namespaces/status'),
      rule('get list watch delete deletecollection', '*', '*'),
    ],
    'persistent-volume-binder': [
      rule('get list watch update create delete', 'core', 'persistentvolumes'),
      rule('update', 'core', 'persistentvolumes/status'),
      rule('get list watch update', 'core', 'persistentvolumeclaims'),
      rule('update', 'core', 'persistentvolumeclaims/status'),
      rule('list watch get create delete', 'core', 'pods'),
      rule(READ, STORAGE, 'storageclasses'),
      rule('list watch', 'core', 'nodes'),
      eventsRule(),
      rule('watch', 'core', 'events'),
      rule('get', 'core', 'services'),
    ],
    'pod-garbage-collector': [rule('list watch delete', 'core', 'pods'), rule(READ, 'core', 'nodes'), rule('patch', 'core', 'pods/status')],
    'statefulset-controller': [
      rule('list watch', 'core', 'pods'),
      rule(READ, 'apps', 'statefulsets'),
      rule('update', 'apps', 'statefulsets/status'),
      rule('update', 'apps', 'statefulsets/finalizers'),
      rule('get create delete update patch', 'core', 'pods'),
      rule('get create delete update patch list watch', 'apps', 'controllerrevisions'),
      rule('get create list watch', 'core', 'persistentvolumeclaims'),
      eventsRule(),
      rule('update delete', 'core', 'persistentvolumeclaims'),
      rule('update', 'core', 'pods/finalizers'),
    ],
  };
}

export function controllerRoleSpecs(): RoleSpec[] {
  const reporting = Object.entries(reportingControllers()).map(([name, rules]) => ({ name: PREFIX + name, rules: [...rules, eventsRule()] }));
  const others = Object.entries(otherControllers()).map(([name, rules]) => ({ name: PREFIX + name, rules }));
  return [...reporting, ...others];
}

export function controllerBindingSpecs(): BindingSpec[] {
  return controllerRoleSpecs().map(({ name }) => ({ name, subjects: [account(name.slice(PREFIX.length))] }));
}
