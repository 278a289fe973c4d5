import { limitRanges } from '#api';
import type { LimitRange, PersistentVolumeClaim, Pod } from '#api/types/core-v1';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../../contract.ts';
import { aggregateText, isFor, refuse } from '../refuse.ts';
import { claimProblems, podProblems } from './constraints.ts';
import { setDefaultResources } from './defaults.ts';

/** Holds Pods and claims to the namespace's limit ranges; follows plugin/pkg/admission/limitranger/admission.go. */
export function createLimitRanger(reader: ObjectReader): AdmissionPlugin {
  const rangesFor = (request: AdmissionRequest): Iterable<LimitRange> =>
    isLimited(request) && request.oldObject?.metadata.deletionTimestamp === undefined ? reader.list(limitRanges, request.namespace) : [];
  return {
    name: 'LimitRanger',
    admit(request) {
      if (request.resource.plural !== 'pods') return;
      for (const range of rangesFor(request)) setDefaultResources(range, request.object as Pod);
    },
    validate(request) {
      for (const range of rangesFor(request)) {
        const problems =
          request.resource.plural === 'pods' ? podProblems(range, request.object as Pod) : claimProblems(range, request.object as PersistentVolumeClaim);
        if (problems.length > 0) throw refuse(request, aggregateText(problems));
      }
    },
  };
}

/** The resources of a Pod change by a resize only; those of a claim by any update. */
function isLimited(request: AdmissionRequest): boolean {
  const { operation, resource, subresource } = request;
  if (!request.object || resource.group !== '') return false;
  if (resource.plural === 'pods') return subresource === 'resize' ? operation === 'UPDATE' : isFor(request, 'pods') && operation === 'CREATE';
  return isFor(request, 'persistentvolumeclaims') && (operation === 'CREATE' || operation === 'UPDATE');
}
