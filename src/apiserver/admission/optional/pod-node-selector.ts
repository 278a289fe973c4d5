import { namespaces } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../../contract.ts';
import { isFor, refuse } from '../refuse.ts';

const ANNOTATION = 'scheduler.alpha.kubernetes.io/node-selector';

type Labels = Readonly<Record<string, string>>;

/** What PodNodeSelector's configuration says: a selector for namespaces that have none, and what each namespace may select. */
export interface PodNodeSelectorOptions {
  readonly clusterDefaultNodeSelector?: string | undefined;
  readonly [namespace: string]: string | undefined;
}

/** Keeps a namespace's Pods on the nodes that its annotation selects; follows plugin/pkg/admission/podnodeselector. */
export function createPodNodeSelector(reader: ObjectReader, options: PodNodeSelectorOptions = {}): AdmissionPlugin {
  const selectorFor = ({ namespace }: AdmissionRequest): Labels =>
    parseLabels(reader.get(namespaces, { name: namespace })?.metadata.annotations?.[ANNOTATION] ?? options.clusterDefaultNodeSelector ?? '');
  const isNewPod = (request: AdmissionRequest): boolean => isFor(request, 'pods') && request.operation === 'CREATE' && request.object !== undefined;
  return {
    name: 'PodNodeSelector',
    admit(request) {
      if (!isNewPod(request)) return;
      const { spec } = request.object as Pod;
      const selector = selectorFor(request);
      refuseConflict(request, selector, spec.nodeSelector);
      if (Object.keys(selector).length > 0) spec.nodeSelector = { ...selector, ...spec.nodeSelector };
    },
    validate(request) {
      if (!isNewPod(request)) return;
      const { nodeSelector = {} } = (request.object as Pod).spec;
      refuseConflict(request, selectorFor(request), nodeSelector);
      const allowed = parseLabels(options[request.namespace] ?? '');
      const isAllowed = Object.keys(allowed).length === 0 || Object.entries(nodeSelector).every(([key, value]) => allowed[key] === value);
      if (!isAllowed) throw refuse(request, 'pod node label selector labels conflict with its namespace whitelist');
    },
  };
}

function refuseConflict(request: AdmissionRequest, selector: Labels, own: Labels = {}): void {
  if (Object.entries(selector).some(([key, value]) => own[key] !== undefined && own[key] !== value)) {
    throw refuse(request, 'pod node label selector conflicts with its namespace node label selector');
  }
}

/** `a=b,c=d` */
function parseLabels(text: string): Labels {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(pairs.map((pair) => [pair.split('=')[0]?.trim() ?? '', pair.slice(pair.indexOf('=') + 1).trim()]));
}
