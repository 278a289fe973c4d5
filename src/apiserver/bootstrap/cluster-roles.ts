import type { PolicyRule } from '#api/types/rbac-v1';
import { account, type BindingSpec, eventsRule, group, READ, READ_UPDATE, READ_WRITE, type RoleSpec, rule, urls, user, WRITE } from './rule.ts';

// The default ClusterRoles of Kubernetes 1.36 with its default feature gates; plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go.

const AUTHENTICATION = 'authentication.k8s.io';
const AUTHORIZATION = 'authorization.k8s.io';
const CERTIFICATES = 'certificates.k8s.io';
const COORDINATION = 'coordination.k8s.io';
const DISCOVERY = 'discovery.k8s.io';
const METRICS_URLS = '/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*';
const NETWORKING = 'networking.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';
const RESOURCE = 'resource.k8s.io';
const STORAGE = 'storage.k8s.io';

const toAdmin = 'rbac.authorization.k8s.io/aggregate-to-admin';
const toEdit = 'rbac.authorization.k8s.io/aggregate-to-edit';
const toView = 'rbac.authorization.k8s.io/aggregate-to-view';

/** What the Node authorizer grants to every node, and the rules of the role `system:node`. */
export function nodeRules(): PolicyRule[] {
  return [
    rule('create', AUTHENTICATION, 'tokenreviews'),
    rule('create', AUTHORIZATION, 'subjectaccessreviews localsubjectaccessreviews'),
    rule(READ, 'core', 'services'),
    rule('create get list watch', 'core', 'nodes'),
    rule('update patch', 'core', 'nodes/status'),
    rule('update patch', 'core', 'nodes'),
    rule('create update patch', 'core', 'events'),
    rule(READ, 'core', 'pods'),
    rule('create delete', 'core', 'pods'),
    rule('update patch', 'core', 'pods/status'),
    rule('create', 'core', 'pods/eviction'),
    rule(READ, 'core', 'secrets configmaps'),
    rule('get', 'core', 'persistentvolumeclaims persistentvolumes'),
    rule('get', 'core', 'endpoints'),
    rule('create get list watch', CERTIFICATES, 'certificatesigningrequests'),
    rule('get create update patch delete', COORDINATION, 'leases'),
    rule('get', STORAGE, 'volumeattachments'),
    rule('create', 'core', 'serviceaccounts/token'),
    rule('get update patch', 'core', 'persistentvolumeclaims/status'),
    rule(READ, STORAGE, 'csidrivers'),
    rule('get create update patch delete', STORAGE, 'csinodes'),
    rule(READ, 'node.k8s.io', 'runtimeclasses'),
    rule('get', RESOURCE, 'resourceclaims'),
    rule('deletecollection', RESOURCE, 'resourceslices'),
    rule('get', 'core', 'serviceaccounts'),
  ];
}

function schedulerRules(): PolicyRule[] {
  return [
    eventsRule(),
    rule('create', COORDINATION, 'leases'),
    rule('get list update watch', COORDINATION, 'leases', 'kube-scheduler'),
    rule(READ, 'core', 'nodes'),
    rule('get list watch delete', 'core', 'pods'),
    rule('create', 'core', 'pods/binding bindings'),
    rule('patch update', 'core', 'pods/status'),
    rule(READ, 'core', 'services replicationcontrollers'),
    rule(READ, 'apps extensions', 'replicasets'),
    rule(READ, 'apps', 'statefulsets'),
    rule(READ, 'policy', 'poddisruptionbudgets'),
    rule(READ, 'core', 'persistentvolumeclaims persistentvolumes'),
    rule('create', AUTHENTICATION, 'tokenreviews'),
    rule('create', AUTHORIZATION, 'subjectaccessreviews'),
    rule(READ, STORAGE, 'csinodes'),
    rule(READ, STORAGE, 'volumeattachments'),
    rule(READ, 'core', 'namespaces'),
    rule(READ, STORAGE, 'csidrivers'),
    rule(READ, STORAGE, 'csistoragecapacities'),
    rule(READ, RESOURCE, 'deviceclasses'),
    rule(READ_UPDATE, RESOURCE, 'resourceclaims'),
    rule(READ_UPDATE, RESOURCE, 'resourceclaims/status'),
    rule('update patch', RESOURCE, 'resourceclaims/binding'),
    rule(READ_UPDATE, 'core', 'pods/finalizers'),
    rule(READ, RESOURCE, 'resourceslices'),
  ];
}

function controllerManagerRules(): PolicyRule[] {
  return [
    eventsRule(),
    rule('create', COORDINATION, 'leases'),
    rule('get update', COORDINATION, 'leases', 'kube-controller-manager'),
    rule('create', 'core', 'secrets serviceaccounts'),
    rule('delete', 'core', 'secrets'),
    rule('get', 'core', 'namespaces secrets serviceaccounts configmaps'),
    rule('update', 'core', 'secrets serviceaccounts'),
    rule('create', AUTHENTICATION, 'tokenreviews'),
    rule('create', AUTHORIZATION, 'subjectaccessreviews'),
    rule('list watch', '*', '*'),
    rule('create', 'core', 'serviceaccounts/token'),
  ];
}

const WORKLOADS = 'daemonsets deployments deployments/scale replicasets replicasets/scale';

function editRules(): PolicyRule[] {
  return [
    rule(READ, 'core', 'pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy'),
    rule('impersonate', 'core', 'serviceaccounts'),
    rule(WRITE, 'core', 'pods pods/attach pods/proxy pods/exec pods/portforward'),
    rule('create', 'core', 'pods/eviction'),
    rule(
      WRITE,
      'core',
      'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
    ),
    rule('create', 'core', 'serviceaccounts/token'),
    rule(WRITE, 'apps', `${WORKLOADS} deployments/rollback statefulsets statefulsets/scale`),
    rule(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
    rule(WRITE, 'batch', 'jobs cronjobs'),
    rule(WRITE, 'extensions', `${WORKLOADS} deployments/rollback ingresses networkpolicies replicationcontrollers/scale`),
    rule(WRITE, 'policy', 'poddisruptionbudgets'),
    rule(WRITE, NETWORKING, 'networkpolicies ingresses'),
    rule(READ_WRITE, COORDINATION, 'leases'),
    rule(WRITE, RESOURCE, 'resourceclaims resourceclaimtemplates'),
  ];
}

const WORKLOAD_STATUS = 'daemonsets/status deployments/status replicasets/status';

function viewRules(): PolicyRule[] {
  return [
    rule(
      READ,
      'core',
      'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
    ),
    rule(READ, 'core', 'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status'),
    // Inside a namespace this shows that namespace only.
    rule(READ, 'core', 'namespaces'),
    rule(READ, DISCOVERY, 'endpointslices'),
    rule(READ, 'apps', `controllerrevisions ${WORKLOADS} ${WORKLOAD_STATUS} statefulsets statefulsets/scale statefulsets/status`),
    rule(READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
    rule(READ, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
    rule(READ, 'extensions', `${WORKLOADS} ${WORKLOAD_STATUS} ingresses ingresses/status networkpolicies replicationcontrollers/scale`),
    rule(READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
    rule(READ, NETWORKING, 'ingresses ingresses/status networkpolicies'),
    rule(READ, RESOURCE, 'resourceclaims resourceclaims/status resourceclaimtemplates'),
  ];
}

function approver(name: string, signer: string): RoleSpec {
  return { name: `system:certificates.k8s.io:${name}`, rules: [rule('approve', CERTIFICATES, 'signers', signer)] };
}

/** The roles for people and for all components but the controllers. */
export function clusterRoleSpecs(): RoleSpec[] {
  return [
    { name: 'cluster-admin', rules: [rule('*', '*', '*'), urls('*', '*')] },
    {
      name: 'system:discovery',
      rules: [urls('get', '/livez /readyz /healthz /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*')],
    },
    { name: 'system:monitoring', rules: [urls('get', METRICS_URLS), urls('get', '/flagz'), urls('get', '/statusz')] },
    {
      name: 'system:basic-user',
      rules: [rule('create', AUTHORIZATION, 'selfsubjectaccessreviews selfsubjectrulesreviews'), rule('create', AUTHENTICATION, 'selfsubjectreviews')],
    },
    { name: 'system:public-info-viewer', rules: [urls('get', '/livez /readyz /healthz /version /version/')] },
    { name: 'admin', rules: [], aggregates: toAdmin },
    { name: 'edit', rules: [], aggregates: toEdit, labels: { [toAdmin]: 'true' } },
    { name: 'view', rules: [], aggregates: toView, labels: { [toEdit]: 'true' } },
    {
      name: 'system:aggregate-to-admin',
      labels: { [toAdmin]: 'true' },
      rules: [rule('create', AUTHORIZATION, 'localsubjectaccessreviews'), rule(READ_WRITE, RBAC, 'roles rolebindings')],
    },
    { name: 'system:aggregate-to-edit', labels: { [toEdit]: 'true' }, rules: editRules() },
    { name: 'system:aggregate-to-view', labels: { [toView]: 'true' }, rules: viewRules() },
    { name: 'system:heapster', rules: [rule(READ, 'core', 'events pods nodes namespaces'), rule(READ, 'extensions', 'deployments')] },
    { name: 'system:node', rules: nodeRules() },
    { name: 'system:node-problem-detector', rules: [rule('get', 'core', 'nodes'), rule('patch', 'core', 'nodes/status'), eventsRule()] },
    {
      name: 'system:kubelet-api-admin',
      rules: [
        rule(READ, 'core', 'nodes'),
        rule('proxy', 'core', 'nodes'),
        rule('*', 'core', 'nodes/log nodes/metrics nodes/proxy nodes/stats'),
        rule('*', 'core', 'nodes/configz nodes/healthz nodes/pods'),
      ],
    },
    { name: 'system:node-bootstrapper', rules: [rule('create get list watch', CERTIFICATES, 'certificatesigningrequests')] },
    {
      name: 'system:auth-delegator',
      rules: [rule('create', AUTHENTICATION, 'tokenreviews'), rule('create', AUTHORIZATION, 'subjectaccessreviews')],
    },
    { name: 'system:kube-aggregator', rules: [rule(READ, 'core', 'services endpoints')] },
    { name: 'system:kube-controller-manager', rules: controllerManagerRules() },
    { name: 'system:kube-dns', rules: [rule('list watch', 'core', 'endpoints services')] },
    {
      name: 'system:persistent-volume-provisioner',
      rules: [
        rule('get list watch create delete', 'core', 'persistentvolumes'),
        rule('get list watch update', 'core', 'persistentvolumeclaims'),
        rule(READ, STORAGE, 'storageclasses'),
        rule('watch', 'core', 'events'),
        eventsRule(),
      ],
    },
    { name: `system:${CERTIFICATES}:certificatesigningrequests:nodeclient`, rules: [rule('create', CERTIFICATES, 'certificatesigningrequests/nodeclient')] },
    {
      name: `system:${CERTIFICATES}:certificatesigningrequests:selfnodeclient`,
      rules: [rule('create', CERTIFICATES, 'certificatesigningrequests/selfnodeclient')],
    },
    {
      name: 'system:volume-scheduler',
      rules: [rule(READ_UPDATE, 'core', 'persistentvolumes'), rule(READ, STORAGE, 'storageclasses'), rule(READ_UPDATE, 'core', 'persistentvolumeclaims')],
    },
    approver('legacy-unknown-approver', 'kubernetes.io/legacy-unknown'),
    approver('kubelet-serving-approver', 'kubernetes.io/kubelet-serving'),
    approver('kube-apiserver-client-approver', 'kubernetes.io/kube-apiserver-client'),
    approver('kube-apiserver-client-kubelet-approver', 'kubernetes.io/kube-apiserver-client-kubelet'),
    {
      name: 'system:service-account-issuer-discovery',
      rules: [urls('get', '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/')],
    },
    {
      name: 'system:node-proxier',
      rules: [
        rule('list watch', 'core', 'services endpoints'),
        rule(READ, 'core', 'nodes'),
        eventsRule(),
        rule('list watch', NETWORKING, 'servicecidrs'),
        rule('list watch', DISCOVERY, 'endpointslices'),
      ],
    },
    { name: 'system:kube-scheduler', rules: schedulerRules() },
    // k3s' own: the tunnel and the network policy controller of its agents.
    {
      name: 'system:k3s-controller',
      rules: [
        rule('get', 'core', 'nodes'),
        rule('list watch', 'core', 'namespaces'),
        rule('list watch', NETWORKING, 'networkpolicies'),
        rule(READ, 'core', 'endpoints pods'),
      ],
    },
  ];
}

/** The bindings of those roles. */
export function clusterRoleBindingSpecs(): BindingSpec[] {
  const authenticated = group('system:authenticated');
  const controllerManager = user('system:kube-controller-manager');
  const scheduler = user('system:kube-scheduler');
  return [
    { name: 'cluster-admin', subjects: [group('system:masters')] },
    { name: 'system:monitoring', subjects: [group('system:monitoring')] },
    { name: 'system:discovery', subjects: [authenticated] },
    { name: 'system:basic-user', subjects: [authenticated] },
    { name: 'system:public-info-viewer', subjects: [authenticated, group('system:unauthenticated')] },
    { name: 'system:node-proxier', subjects: [user('system:kube-proxy')] },
    { name: 'system:kube-controller-manager', subjects: [controllerManager] },
    { name: 'system:kube-dns', subjects: [account('kube-dns')] },
    { name: 'system:kube-scheduler', subjects: [scheduler] },
    { name: 'system:volume-scheduler', subjects: [scheduler] },
    // Empty on purpose: the Node authorizer does this work.
    { name: 'system:node', subjects: [] },
    { name: 'system:service-account-issuer-discovery', subjects: [group('system:serviceaccounts')] },
    { name: 'kube-apiserver-kubelet-admin', role: 'system:kubelet-api-admin', subjects: [user('kube-apiserver')] },
    { name: 'system:k3s-controller', subjects: [user('system:k3s-controller')] },
  ];
}
