import type { Pod } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../../machinery/resource.ts';
import { podColumns } from './columns.ts';
import { defaultPod } from './defaults.ts';
import { validatePodStatus } from './status-validation.ts';
import { podGracePeriod, preparePod, preparePodStatus, preparePodUpdate } from './strategy.ts';
import { validatePodUpdate } from './update-validation.ts';
import { validateNewPod } from './validation.ts';
import { podStatusWarnings, podWarnings } from './warnings.ts';

/** The Pod: containers that share a node, a network and volumes. */
export const pods: ResourceDefinition<Pod> = defineResource<Pod>({
  group: '',
  version: 'v1',
  plural: 'pods',
  singular: 'pod',
  kind: 'Pod',
  listKind: 'PodList',
  namespaced: true,
  shortNames: ['po'],
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'pods',
  schema: { groupVersion: 'core/v1', struct: 'Pod' },
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    // What the first clients called it.
    'spec.host': ({ spec }) => spec.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork ?? false),
    'status.phase': ({ status }) => status?.phase ?? '',
    'status.podIP': ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    // Taken, but never filled in by upstream.
    'status.podIPs': () => '',
    'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
  },
  prepareForCreate: preparePod,
  prepareForUpdate: preparePodUpdate,
  validate: validateNewPod,
  validateUpdate: validatePodUpdate,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  // Updates are mostly programs': nobody would read.
  warnings: (pod, old) => (old ? [] : podWarnings(pod)),
  gracePeriodSeconds: podGracePeriod,
  columns: podColumns,
  defaults: defaultPod,
  subresources: {
    status: { prepareForUpdate: preparePodStatus, validateUpdate: validatePodStatus, warnings: podStatusWarnings },
    special: {
      attach: { kind: 'PodAttachOptions', verbs: ['create', 'get'] },
      binding: { kind: 'Binding', verbs: ['create'] },
      ephemeralcontainers: { kind: 'Pod', verbs: ['get', 'patch', 'update'] },
      eviction: { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
      exec: { kind: 'PodExecOptions', verbs: ['create', 'get'] },
      log: { kind: 'Pod', verbs: ['get'] },
      portforward: { kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
      proxy: { kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
      resize: { kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    },
  },
});
