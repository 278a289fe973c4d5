import { isStatus, namespaces, newNotFound } from '#api';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../../contract.ts';

/** Makes the namespaces that are missing; follows plugin/pkg/admission/namespace/autoprovision. */
export function createNamespaceAutoProvision(reader: ObjectReader, createNamespace: (name: string) => Promise<unknown>): AdmissionPlugin {
  return {
    name: 'NamespaceAutoProvision',
    async admit(request) {
      const { operation, namespace, isDryRun } = request;
      if (operation !== 'CREATE' || isDryRun || !isInside(request) || request.resource.group === 'authorization.k8s.io') return;
      if (reader.get(namespaces, { name: namespace })) return;
      await createNamespace(namespace).catch((error: unknown) => {
        if (!isStatus(error, 'AlreadyExists')) throw error;
      });
    },
  };
}

/** Refuses every request into a namespace that does not exist, deletions too; follows plugin/pkg/admission/namespace/exists. */
export function createNamespaceExists(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'NamespaceExists',
    async validate(request) {
      const { operation, namespace } = request;
      if (operation === 'CONNECT' || !isInside(request) || reader.get(namespaces, { name: namespace })) return;
      await reader.settled(namespaces);
      if (!reader.get(namespaces, { name: namespace })) throw newNotFound(namespaces, namespace);
    },
  };
}

function isInside({ namespace, resource }: AdmissionRequest): boolean {
  return namespace !== '' && !(resource.group === '' && resource.plural === 'namespaces');
}
