import { ingressClasses, type KubeObject, type ResourceType, storageClasses } from '#api';
import type { PersistentVolumeClaim } from '#api/types/core-v1';
import type { Ingress } from '#api/types/networking-v1';
import type { AdmissionPlugin, ObjectReader } from '../contract.ts';
import { isFor } from './refuse.ts';

/** Gives claims that name no storage class the default one. */
export function createDefaultStorageClass(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    admit(request) {
      if (!isFor(request, 'persistentvolumeclaims') || request.operation !== 'CREATE' || !request.object) return;
      const claim = request.object as PersistentVolumeClaim;
      // An empty name asks for no class.
      if (claim.spec.storageClassName !== undefined || claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return;
      const found = newestDefault(reader, storageClasses, ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']);
      if (found?.metadata.name) claim.spec.storageClassName = found.metadata.name;
    },
  };
}

/** Gives ingresses that name no class the default one. */
export function createDefaultIngressClass(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    admit(request) {
      if (!isFor(request, 'ingresses', 'networking.k8s.io') || request.operation !== 'CREATE' || !request.object) return;
      const ingress = request.object as Ingress;
      if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return;
      const found = newestDefault(reader, ingressClasses, ['ingressclass.kubernetes.io/is-default-class']);
      if (found?.metadata.name) ingress.spec = { ...ingress.spec, ingressClassName: found.metadata.name };
    },
  };
}

/** Of several defaults the newest, then the first by name, as upstream settles it. */
function newestDefault<T extends KubeObject>(reader: ObjectReader, type: ResourceType<T>, annotations: readonly string[]): T | undefined {
  let best: T | undefined;
  for (const candidate of reader.list(type)) {
    if (!annotations.some((annotation) => candidate.metadata.annotations?.[annotation] === 'true')) continue;
    if (!best || isBetter(candidate, best)) best = candidate;
  }
  return best;
}

function isBetter(a: KubeObject, b: KubeObject): boolean {
  const [createdA, createdB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  return createdA === createdB ? (a.metadata.name ?? '') < (b.metadata.name ?? '') : createdA > createdB;
}
