import { jsonEqual, type JsonValue, runtimeClasses } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { RuntimeClass } from '#api/types/node-v1';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contract.ts';
import { mergeTolerations } from './optional/pod-toleration-restriction.ts';
import { isFor, refuse } from './refuse.ts';

/** Puts what a runtime class costs and where it runs into the Pods that use it; follows plugin/pkg/admission/runtimeclass/admission.go. */
export function createRuntimeClassPlugin(reader: ObjectReader): AdmissionPlugin {
  /** The class that was made a moment ago. */
  const freshClass = async (request: AdmissionRequest, name: string): Promise<RuntimeClass> => {
    await reader.settled(runtimeClasses);
    const found = reader.get(runtimeClasses, { name });
    if (!found) throw refuse(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    return found;
  };
  return {
    name: 'RuntimeClass',
    admit(request) {
      if (!isFor(request, 'pods') || request.operation !== 'CREATE' || !request.object) return undefined;
      const { runtimeClassName: name } = (request.object as Pod).spec;
      const found = name === undefined ? undefined : reader.get(runtimeClasses, { name });
      if (name !== undefined && !found) return freshClass(request, name).then((fresh) => applyClass(request, fresh));
      applyClass(request, found);
      return undefined;
    },
  };
}

function applyClass(request: AdmissionRequest, found: RuntimeClass | undefined): void {
  const { spec } = request.object as Pod;
  const fixed = found?.overhead?.podFixed;
  if (fixed) {
    if (spec.overhead && !jsonEqual(spec.overhead as JsonValue, fixed as JsonValue)) {
      throw refuse(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    spec.overhead = { ...fixed };
  } else if (Object.keys(spec.overhead ?? {}).length > 0) {
    throw refuse(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
  }
  const { nodeSelector = {}, tolerations = [] } = found?.scheduling ?? {};
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key] ?? value;
    if (own !== value) throw refuse(request, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`);
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  if (tolerations.length > 0) spec.tolerations = mergeTolerations([...(spec.tolerations ?? []), ...tolerations]);
}
