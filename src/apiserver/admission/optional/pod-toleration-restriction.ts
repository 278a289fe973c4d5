import { jsonEqual, type JsonValue, namespaces, qosClassOf, StatusError } from '#api';
import type { Pod, Toleration } from '#api/types/core-v1';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../../contract.ts';
import { isFor } from '../refuse.ts';

const DEFAULTS = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const ALLOWED = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';
const MEMORY_PRESSURE: Toleration = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' };

export interface PodTolerationRestrictionOptions {
  readonly default?: readonly Toleration[] | undefined;
  readonly whitelist?: readonly Toleration[] | undefined;
}

/** Gives Pods their namespace's tolerations and refuses those it does not allow; follows plugin/pkg/admission/podtolerationrestriction. */
export function createPodTolerationRestriction(reader: ObjectReader, options: PodTolerationRestrictionOptions = {}): AdmissionPlugin {
  const annotated = ({ namespace }: AdmissionRequest, key: string): Toleration[] | undefined => {
    const text = reader.get(namespaces, { name: namespace })?.metadata.annotations?.[key];
    return text ? parseTolerations(text) : undefined;
  };
  const validate = (request: AdmissionRequest): void => {
    if (!isWrite(request)) return;
    const { tolerations = [] } = (request.object as Pod).spec;
    const own = annotated(request, ALLOWED);
    const allowed = own ?? options.whitelist ?? [];
    if (allowed.length === 0 || tolerations.every((toleration) => allowed.some((each) => covers(each, toleration)))) return;
    const scope = own ? 'namespace' : 'cluster';
    throw new StatusError('Unknown', `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`);
  };
  return {
    name: 'PodTolerationRestriction',
    admit(request) {
      if (!isWrite(request)) return;
      const pod = request.object as Pod;
      const extra = request.operation === 'CREATE' ? [...(annotated(request, DEFAULTS) ?? options.default ?? [])] : [];
      if (qosClassOf(pod) !== 'BestEffort') extra.push(MEMORY_PRESSURE);
      if (extra.length > 0) pod.spec.tolerations = mergeTolerations([...(pod.spec.tolerations ?? []), ...extra]);
      validate(request);
    },
    validate,
  };
}

function isWrite(request: AdmissionRequest): boolean {
  return isFor(request, 'pods') && (request.operation === 'CREATE' || request.operation === 'UPDATE') && request.object !== undefined;
}

function parseTolerations(text: string): Toleration[] {
  try {
    return JSON.parse(text) as Toleration[];
  } catch (error) {
    throw new StatusError('Unknown', (error as Error).message, { cause: error });
  }
}

/** Without those that others of the list cover. */
export function mergeTolerations(all: readonly Toleration[]): Toleration[] {
  const merged: Toleration[] = [];
  all.forEach((toleration, i) => {
    const isCovered =
      merged.some((each) => covers(each, toleration)) || all.slice(i + 1).some((later) => !isSame(later, toleration) && covers(later, toleration));
    if (!isCovered) merged.push(toleration);
  });
  return merged;
}

/** Whether `wide` tolerates everything that `narrow` does. */
function covers(wide: Toleration, narrow: Toleration): boolean {
  if (isSame(wide, narrow)) return true;
  const isForAllKeys = !wide.key && wide.operator === 'Exists';
  if ((narrow.key ?? '') !== (wide.key ?? '') && !isForAllKeys) return false;
  if (wide.effect && narrow.effect !== wide.effect) return false;
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (wide.operator === 'Exists') return true;
  return (!wide.operator || wide.operator === 'Equal') && narrow.operator === 'Equal' && (narrow.value ?? '') === (wide.value ?? '');
}
function isSame(a: Toleration, b: Toleration): boolean {
  return jsonEqual(a as unknown as JsonValue, b as unknown as JsonValue);
}
