import { runtimeClasses } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { AdmissionPlugin, ObjectReader } from '../contract.ts';
import { isFor, refuse } from './refuse.ts';

/** Puts what a runtime class costs and where it runs into the Pods that use it; follows plugin/pkg/admission/runtimeclass/admission.go. */
export function createRuntimeClassPlugin(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'RuntimeClass',
    async admit(request) {
      if (!isFor(request, 'pods') || request.operation !== 'CREATE' || !request.object) return;
      const { spec } = request.object as Pod;
      const name = spec.runtimeClassName;
      if (name === undefined) {
        if (spec.overhead) throw refuse(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
        return;
      }
      await reader.settled(runtimeClasses);
      const found = reader.get(runtimeClasses, { name });
      if (!found) throw refuse(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
      if (found.overhead?.podFixed) {
        if (spec.overhead && JSON.stringify(spec.overhead) !== JSON.stringify(found.overhead.podFixed)) {
          throw refuse(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        }
        spec.overhead = { ...found.overhead.podFixed };
      } else if (spec.overhead) {
        throw refuse(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
      }
      for (const [key, value] of Object.entries(found.scheduling?.nodeSelector ?? {})) {
        if ((spec.nodeSelector?.[key] ?? value) !== value)
          throw refuse(
            request,
            `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${spec.nodeSelector?.[key]}`,
          );
        spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
      }
      const added = (found.scheduling?.tolerations ?? []).filter(
        (toleration) => !spec.tolerations?.some((own) => JSON.stringify(own) === JSON.stringify(toleration)),
      );
      if (added.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...added];
    },
  };
}
