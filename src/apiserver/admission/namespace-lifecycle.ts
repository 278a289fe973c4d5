import { namespaces, newForbidden, newNotFound, StatusError } from '#api';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contract.ts';
import { refuse } from './refuse.ts';

const IMMORTAL: readonly string[] = ['default', 'kube-system', 'kube-public'];

/** Keeps objects out of namespaces that do not exist or are going away, and the system's namespaces alive. */
export function createNamespaceLifecycle(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    async admit(request) {
      const { operation, resource, namespace, name } = request;
      if (resource.plural === namespaces.plural && resource.group === '') {
        if (operation === 'DELETE' && IMMORTAL.includes(name)) throw newForbidden(resource, name, 'this namespace may not be deleted');
        return;
      }
      if (!namespace || operation === 'DELETE' || isAccessReview(request)) return;
      let found = reader.get(namespaces, { name: namespace });
      if (!found) {
        // It may have been made a moment ago.
        await reader.settled(namespaces);
        found = reader.get(namespaces, { name: namespace });
      }
      if (!found) throw newNotFound(namespaces, namespace);
      const isTerminating = found.status?.phase === 'Terminating' || found.metadata.deletionTimestamp !== undefined;
      if (operation === 'CREATE' && isTerminating) throw terminating(request);
    },
  };
}

/** Access reviews must not tell who asks whether a namespace exists. */
function isAccessReview({ resource }: AdmissionRequest): boolean {
  return resource.group === 'authorization.k8s.io' && resource.plural === 'localsubjectaccessreviews';
}

function terminating(request: AdmissionRequest): StatusError {
  const { namespace } = request;
  const error = refuse(request, `unable to create new content in namespace ${namespace} because it is being terminated`);
  const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' };
  return new StatusError('Forbidden', error.message, { details: { ...error.details, causes: [cause] } });
}
