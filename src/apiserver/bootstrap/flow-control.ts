import { flowSchemas, jsonEqual, type JsonValue, type KubeObject, mandatoryFlowSchemas, mandatoryPriorityLevels, priorityLevelConfigurations } from '#api';
import type {
  FlowSchema,
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
  ResourcePolicyRule,
  Subject,
} from '#api/types/flowcontrol-v1';
import type { ExpectedObjects } from './objects.ts';
import type { Reconciliation } from './reconcile.ts';

// Flow control's first objects; k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap.

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';

function limited(shares: number, lendablePercent: number, queuing: Partial<QueuingConfiguration> = {}): PriorityLevelConfigurationSpec {
  const limitResponse = { type: 'Queue', queuing: { queues: 64, handSize: 6, queueLengthLimit: 50, ...queuing } };
  return { type: 'Limited', limited: { nominalConcurrencyShares: shares, limitResponse, lendablePercent } };
}

const SUGGESTED_LEVELS: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  system: limited(30, 33),
  'node-high': limited(40, 25),
  'leader-election': limited(10, 0, { queues: 16, handSize: 4 }),
  'workload-high': limited(40, 50, { queues: 128 }),
  'workload-low': limited(100, 90, { queues: 128 }),
  'global-default': limited(20, 50, { queues: 128 }),
};

const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const account = (name: string): Subject => ({ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name } });
const [NODES, ANYONE] = [[group('system:nodes')], [group('system:unauthenticated'), group('system:authenticated')]];
const [CONTROLLER_MANAGER, SCHEDULER] = [user('system:kube-controller-manager'), user('system:kube-scheduler')];

function resources(verbs: string, apiGroup: string, names: string, clusterScope = false): ResourcePolicyRule {
  return { verbs: verbs.split(' '), apiGroups: [apiGroup], resources: names.split(' '), ...(clusterScope ? { clusterScope } : {}), namespaces: ['*'] };
}
function everything(subjects: readonly Subject[]): PolicyRulesWithSubjects {
  return { subjects: [...subjects], resourceRules: [resources('*', '*', '*', true)], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] };
}
function schema(level: string, precedence: number, method: 'ByUser' | 'ByNamespace' | '', rule: PolicyRulesWithSubjects): FlowSchemaSpec {
  const distinguisherMethod = method ? { distinguisherMethod: { type: method } } : {};
  return { priorityLevelConfiguration: { name: level }, matchingPrecedence: precedence, ...distinguisherMethod, rules: [rule] };
}

const WRITES = 'get create update';
const LEASES = resources(WRITES, 'coordination.k8s.io', 'leases');
const NODE_RULES = [resources('*', '', 'nodes nodes/status', true), resources('*', 'coordination.k8s.io', 'leases')];
const LEADER_RULES = [resources(WRITES, '', 'endpoints configmaps'), LEASES];
const ENDPOINT_CONTROLLERS = [CONTROLLER_MANAGER, account('endpoint-controller'), account('endpointslicemirroring-controller')];
const PROBES = [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }];

const SUGGESTED_SCHEMAS: Readonly<Record<string, FlowSchemaSpec>> = {
  'system-nodes': schema('system', 500, 'ByUser', everything(NODES)),
  'system-node-high': schema('node-high', 400, 'ByUser', { subjects: NODES, resourceRules: NODE_RULES }),
  probes: schema('exempt', 2, '', { subjects: ANYONE, nonResourceRules: PROBES }),
  'system-leader-election': schema('leader-election', 100, 'ByUser', { subjects: [CONTROLLER_MANAGER, SCHEDULER, account('*')], resourceRules: [LEASES] }),
  // Before the next one, which would take these writes for leader election.
  'endpoint-controller': schema('workload-high', 150, 'ByUser', { subjects: ENDPOINT_CONTROLLERS, resourceRules: [resources(WRITES, '', 'endpoints')] }),
  'workload-leader-election': schema('leader-election', 200, 'ByUser', { subjects: [account('*')], resourceRules: LEADER_RULES }),
  'kube-controller-manager': schema('workload-high', 800, 'ByNamespace', everything([CONTROLLER_MANAGER])),
  'kube-scheduler': schema('workload-high', 800, 'ByNamespace', everything([SCHEDULER])),
  'kube-system-service-accounts': schema('workload-high', 900, 'ByNamespace', everything([account('*')])),
  'service-accounts': schema('workload-low', 9000, 'ByUser', everything([group('system:serviceaccounts')])),
  'global-default': schema('global-default', 9900, 'ByUser', everything(ANYONE)),
};

export function expectedPriorityLevels(): ExpectedObjects<PriorityLevelConfiguration> {
  const objects = objectsOf<PriorityLevelConfiguration>('PriorityLevelConfiguration', { ...mandatoryPriorityLevels, ...SUGGESTED_LEVELS });
  return { type: priorityLevelConfigurations, objects, reconcile: reconcileFlowControl };
}

export function expectedFlowSchemas(): ExpectedObjects<FlowSchema> {
  return {
    type: flowSchemas,
    objects: objectsOf<FlowSchema>('FlowSchema', { ...mandatoryFlowSchemas, ...SUGGESTED_SCHEMAS }),
    reconcile: reconcileFlowControl,
  };
}

function objectsOf<T extends KubeObject>(kind: string, specs: Readonly<Record<string, object>>): T[] {
  return Object.entries(specs).map(
    ([name, spec]) =>
      ({ apiVersion: API_VERSION, kind, metadata: { name, annotations: { [AUTO_UPDATE]: 'true' } }, spec: structuredClone(spec) }) as unknown as T,
  );
}

/** Mandatory objects are always as they should be, suggested ones unless an administrator took them over; what `exempt` lends is never changed. */
export function reconcileFlowControl(expected: KubeObject, existing: KubeObject | undefined): Reconciliation {
  if (!existing) return { action: 'create', object: expected };
  const { name = '', annotations, generation = 0 } = existing.metadata;
  const isMandatory = Object.hasOwn(mandatoryPriorityLevels, name);
  const isOurs = isMandatory || (annotations?.[AUTO_UPDATE] === undefined ? generation <= 1 : annotations[AUTO_UPDATE] === 'true');
  if (!isOurs) return { action: 'none' };
  const [wanted, found] = [expected, existing].map((object) => (object as KubeObject & { spec: { exempt?: unknown } }).spec);
  const spec = name === 'exempt' && found?.exempt ? { ...wanted, exempt: found.exempt } : wanted;
  const isSame = jsonEqual(spec as JsonValue, found as JsonValue) && annotations?.[AUTO_UPDATE] === 'true';
  if (isSame) return { action: 'none' };
  const metadata = { ...existing.metadata, annotations: { ...annotations, [AUTO_UPDATE]: 'true' } };
  return { action: 'update', object: { ...existing, metadata, spec } as KubeObject };
}
