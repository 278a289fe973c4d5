/** One small valid object of every kind that is stored, by plural; the name and the namespace are the test's. */
const POD_SPEC = { containers: [{ name: 'c', image: 'i' }] };
const TEMPLATE = { metadata: { labels: { app: 'a' } }, spec: POD_SPEC };
const SELECTOR = { matchLabels: { app: 'a' } };
const RULES = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
const CLUSTER_ROLE = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
const CLAIM_SPEC = { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } };
const JOB_SPEC = { suspend: true, template: { spec: { ...POD_SPEC, restartPolicy: 'Never' } } };
const WEBHOOK = { name: 'a.b.c', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: { url: 'https://x.test/y' } };
const POLICY_MATCH = { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }] };
const CRD_VERSION = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };

/** What differs from kind to kind; `name` where a kind wants names of its own form. */
export interface Sample {
  readonly name?: string;
  readonly body: object;
}

/** A certificate signing request that anyone could have made: an EC key, CN=sample. */
const CSR = [
  '-----BEGIN CERTIFICATE REQUEST-----',
  'MIHLMHMCAQAwETEPMA0GA1UEAwwGc2FtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0D',
  'AQcDQgAE2Qa30ePxIRlNsjI5wOPRrj9MlYZsOkny6cfuaZWwEuVvVRPiW66G77xx',
  'qSQ+ufLbIjy9LSW5FgUqaOblcykBrKAAMAoGCCqGSM49BAMCA0gAMEUCIDUpIYAh',
  'ebPAphZMTQMCtQ3FJ85g+vdvZkllbGOyMlzmAiEAhPp0w6awJlDBvrCS+k/irqrY',
  'i4PsedPnyXMwK/wtHRI=',
  '-----END CERTIFICATE REQUEST-----',
  '',
].join('\n');

export const SAMPLES: Readonly<Record<string, Sample>> = {
  configmaps: { body: { data: { a: '1' } } },
  endpoints: { body: { subsets: [{ addresses: [{ ip: '10.9.9.9' }], ports: [{ port: 80 }] }] } },
  events: { body: { involvedObject: { kind: 'Pod', name: 'p', namespace: 'all-kinds' }, reason: 'R', type: 'Normal' } },
  limitranges: { body: { spec: { limits: [{ type: 'Pod', max: { cpu: '1' } }] } } },
  namespaces: { body: {} },
  nodes: { body: {} },
  persistentvolumeclaims: { body: { spec: CLAIM_SPEC } },
  persistentvolumes: { body: { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } } },
  pods: { body: { spec: { ...POD_SPEC, schedulerName: 'none' } } },
  podtemplates: { body: { template: TEMPLATE } },
  replicationcontrollers: { body: { spec: { replicas: 0, selector: { app: 'a' }, template: TEMPLATE } } },
  resourcequotas: { body: { spec: { hard: { pods: '9' } } } },
  secrets: { body: { stringData: { a: 'b' } } },
  serviceaccounts: { body: {} },
  services: { body: { spec: { ports: [{ port: 80 }] } } },
  apiservices: {
    name: 'v1.all-kinds.test',
    body: { spec: { group: 'all-kinds.test', version: 'v1', groupPriorityMinimum: 10, versionPriority: 10, service: { name: 's', namespace: 'default' } } },
  },
  controllerrevisions: { body: { revision: 1, data: { a: 1 } } },
  daemonsets: { body: { spec: { selector: SELECTOR, template: TEMPLATE } } },
  deployments: { body: { spec: { replicas: 0, selector: SELECTOR, template: TEMPLATE } } },
  replicasets: { body: { spec: { replicas: 0, selector: SELECTOR, template: TEMPLATE } } },
  statefulsets: { body: { spec: { replicas: 0, serviceName: 's', selector: SELECTOR, template: TEMPLATE } } },
  horizontalpodautoscalers: { body: { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } } } },
  cronjobs: { body: { spec: { schedule: '@yearly', suspend: true, jobTemplate: { spec: JOB_SPEC } } } },
  jobs: { body: { spec: JOB_SPEC } },
  certificatesigningrequests: {
    body: { spec: { request: Buffer.from(CSR).toString('base64'), signerName: 'x.test/y', usages: ['client auth'] } },
  },
  ingressclasses: { body: { spec: { controller: 'x.test/y' } } },
  ingresses: { body: { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } } },
  ipaddresses: { name: '10.43.200.200', body: { spec: { parentRef: { resource: 'services', namespace: 'default', name: 'x' } } } },
  networkpolicies: { body: { spec: { podSelector: {} } } },
  servicecidrs: { body: { spec: { cidrs: ['10.99.0.0/24'] } } },
  poddisruptionbudgets: { body: { spec: { minAvailable: 1, selector: SELECTOR } } },
  clusterrolebindings: { body: { roleRef: CLUSTER_ROLE } },
  clusterroles: { body: { rules: RULES } },
  rolebindings: { body: { roleRef: CLUSTER_ROLE } },
  roles: { body: { rules: RULES } },
  csidrivers: { body: { spec: { attachRequired: false } } },
  csinodes: { body: { spec: { drivers: [] } } },
  csistoragecapacities: { body: { storageClassName: 'c', capacity: '1Gi' } },
  storageclasses: { body: { provisioner: 'x.test/y' } },
  volumeattachments: { body: { spec: { attacher: 'x.test', nodeName: 'n', source: { persistentVolumeName: 'v' } } } },
  volumeattributesclasses: { body: { driverName: 'x.test', parameters: { a: 'b' } } },
  customresourcedefinitions: {
    name: 'samples.all-kinds.test',
    body: { spec: { group: 'all-kinds.test', scope: 'Namespaced', names: { plural: 'samples', kind: 'Sample' }, versions: [CRD_VERSION] } },
  },
  mutatingadmissionpolicies: {
    body: {
      spec: {
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'Never',
        matchConstraints: POLICY_MATCH,
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "remove", path: "/spec/x"}]' } }],
      },
    },
  },
  mutatingadmissionpolicybindings: { body: { spec: { policyName: 'none' } } },
  mutatingwebhookconfigurations: { body: { webhooks: [WEBHOOK] } },
  validatingadmissionpolicies: { body: { spec: { failurePolicy: 'Ignore', matchConstraints: POLICY_MATCH, validations: [{ expression: 'true' }] } } },
  validatingadmissionpolicybindings: { body: { spec: { policyName: 'none', validationActions: ['Audit'] } } },
  validatingwebhookconfigurations: { body: { webhooks: [WEBHOOK] } },
  priorityclasses: { body: { value: 5 } },
  leases: { body: { spec: { holderIdentity: 'me' } } },
  runtimeclasses: { body: { handler: 'h' } },
  endpointslices: { body: { addressType: 'IPv4', endpoints: [], ports: [] } },
  deviceclasses: { body: { spec: {} } },
  resourceclaims: { body: { spec: {} } },
  resourceclaimtemplates: { body: { spec: { spec: {} } } },
  resourceslices: { body: { spec: { driver: 'x.test', nodeName: 'n', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, devices: [] } } },
  flowschemas: {
    body: {
      spec: {
        priorityLevelConfiguration: { name: 'global-default' },
        rules: [
          {
            subjects: [{ kind: 'Group', group: { name: 'g' } }],
            resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['*'] }],
          },
        ],
      },
    },
  },
  prioritylevelconfigurations: { body: { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } } } },
};
