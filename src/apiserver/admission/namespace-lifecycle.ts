import { namespaces, newForbidden, newNotFound, StatusError } from '#api';
import type { Namespace } from '#api/types/core-v1';
import type { Clock } from '#lib';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contract.ts';
import { refuse } from './refuse.ts';

const IMMORTAL: readonly string[] = ['default', 'kube-system', 'kube-public'];

/** For so long after a namespace was asked to go the cache is not believed when it shows it as active. */
const DOUBT_MS = 30_000;

/** Keeps objects out of namespaces that do not exist or are going away, and the system's namespaces alive; follows k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle. */
export function createNamespaceLifecycle(reader: ObjectReader, clock: Clock): AdmissionPlugin {
  /** Namespaces asked to go → until when that is remembered. */
  const doubted = new Map<string, number>();
  const isDoubted = (name: string): boolean => {
    const untilMs = doubted.get(name);
    if (untilMs !== undefined && untilMs < clock.monotonic()) doubted.delete(name);
    return doubted.has(name);
  };
  const checkFresh = async (request: AdmissionRequest): Promise<void> => {
    await reader.settled(namespaces);
    const found = reader.get(namespaces, { name: request.namespace });
    if (!found) throw newNotFound(namespaces, request.namespace);
    if (isTerminating(found)) refuseCreate(request);
  };
  return {
    name: 'NamespaceLifecycle',
    admit(request) {
      const { operation, resource, namespace, name } = request;
      if (resource.plural === namespaces.plural && resource.group === '') {
        if (operation === 'DELETE' && IMMORTAL.includes(name)) throw newForbidden(resource, name, 'this namespace may not be deleted');
        if (operation === 'DELETE') doubted.set(name, clock.monotonic() + DOUBT_MS);
        return undefined;
      }
      if (!namespace || operation === 'DELETE' || operation === 'CONNECT' || isAccessReview(request)) return undefined;
      const found = reader.get(namespaces, { name: namespace });
      // It may have been made, or marked, a moment ago.
      if (!found || (!isTerminating(found) && doubted.size > 0 && isDoubted(namespace))) return checkFresh(request);
      if (isTerminating(found)) refuseCreate(request);
      return undefined;
    },
  };
}

function isTerminating({ status, metadata }: Namespace): boolean {
  return status?.phase === 'Terminating' || metadata.deletionTimestamp !== undefined;
}

/** Access reviews must not tell who asks whether a namespace exists. */
function isAccessReview({ resource }: AdmissionRequest): boolean {
  return resource.group === 'authorization.k8s.io' && resource.plural === 'localsubjectaccessreviews';
}

function refuseCreate(request: AdmissionRequest): void {
  const { namespace, operation } = request;
  if (operation !== 'CREATE') return;
  const error = refuse(request, `unable to create new content in namespace ${namespace} because it is being terminated`);
  const cause = { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' };
  throw new StatusError('Forbidden', error.message, { details: { ...error.details, causes: [cause] } });
}
