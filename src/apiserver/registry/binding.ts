import { type KubeObject, newBadRequest, newConflict, podCondition, pods, StatusError } from '#api';
import type { Binding, Pod, PodCondition } from '#api/types/core-v1';
import { rfc3339 } from '#lib';
import type { Call } from './call.ts';
import { admitAndValidate, type Registry } from './registry.ts';
import { guaranteedUpdate } from './update.ts';

const RESOURCE = { group: '', plural: 'pods/binding' };

/** Puts a Pod on a node, once; throws StatusError Conflict when it is on one already or is being deleted. */
export async function bindPod(registry: Registry, call: Call, urlName: string, body: KubeObject): Promise<void> {
  const binding = body as KubeObject & Binding;
  const name = urlName || binding.metadata.name || '';
  if (urlName && binding.metadata.name !== urlName) throw newBadRequest('name in URL does not match name in Binding object');
  checkTarget(binding);
  const cache = registry.caches.cacheOf(pods);
  if (!cache) throw new StatusError('NotFound', 'the server could not find the requested resource');
  const podCall: Call = { ...call, definition: pods, cache, served: { ...pods }, subresource: 'binding' };
  await admitAndValidate(registry, podCall, { operation: 'CREATE', name, object: binding });
  if (!name) throw newBadRequest('Name parameter required.');
  const change = (live: KubeObject | undefined): KubeObject => assigned(live as Pod, binding, registry.clock.now());
  await guaranteedUpdate(registry, podCall, name, change, {
    mayCreate: false,
    isTracked: true,
    skipsAdmission: true,
    strategy: {},
    uid: binding.metadata.uid,
    resourceVersion: binding.metadata.resourceVersion,
  });
}

function checkTarget({ target }: Binding): void {
  const mistakes: string[] = [];
  if (target.kind && target.kind !== 'Node')
    mistakes.push(`target.kind: Unsupported value: ${JSON.stringify(target.kind)}: supported values: "Node", "<empty>"`);
  if (!target.name) mistakes.push('target.name: Required value');
  // Upstream reports these as bare errors, which become 500.
  const [first, second] = mistakes;
  if (first) throw new StatusError('Unknown', second ? `[${mistakes.join(', ')}]` : first);
}

function assigned(live: Pod, binding: KubeObject & Binding, nowMs: number): Pod {
  const name = live.metadata.name ?? '';
  const refuse = (cause: string): StatusError => newConflict(RESOURCE, name, cause);
  if (live.metadata.deletionTimestamp !== undefined) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (live.spec.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(live.spec.nodeName)}`);
  if (live.spec.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  const { labels, annotations } = binding.metadata;
  return {
    ...live,
    metadata: {
      ...live.metadata,
      resourceVersion: undefined,
      ...(labels ? { labels: { ...live.metadata.labels, ...labels } } : {}),
      ...(annotations ? { annotations: { ...live.metadata.annotations, ...annotations } } : {}),
    },
    spec: { ...live.spec, nodeName: binding.target.name ?? '' },
    status: {
      ...live.status,
      // It is on its node now: where it might go is no longer a question.
      nominatedNodeName: undefined,
      conditions: withScheduled(live.status?.conditions ?? [], rfc3339(nowMs)),
    },
  };
}

/** The condition as new, with nothing of what was said while the Pod waited. */
function withScheduled(conditions: readonly PodCondition[], now: string): PodCondition[] {
  const before = conditions.find(({ type }) => type === 'PodScheduled');
  const lastTransitionTime = before?.status === 'True' ? before.lastTransitionTime : now;
  const scheduled = podCondition({ type: 'PodScheduled', status: 'True', lastTransitionTime });
  return before ? conditions.map((each) => (each === before ? scheduled : each)) : [...conditions, scheduled];
}
