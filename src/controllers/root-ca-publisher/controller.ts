import { configMaps, isStatus, keyOf, namespaces } from '#api';
import type { ConfigMap } from '#api/types/core-v1';
import type { Controller } from '../controller.ts';
import { isNamespaceEnding } from '../refusals.ts';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION_KEY = 'kubernetes.io/description';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Keeps the ConfigMap `kube-root-ca.crt` in every namespace. Follows pkg/controller/certificates/rootcacertpublisher/publisher.go. */
export function rootCaPublisherController(rootCaPem: string): Controller {
  return {
    name: 'root-ca-publisher',
    account: 'root-ca-cert-publisher',
    connect({ client, informers, enqueue }) {
      const namespaceInformer = informers.informer(namespaces);
      const mapInformer = informers.informer(configMaps);
      const enqueueNamespaceOf = ({ metadata }: ConfigMap): void => {
        if (metadata.name === NAME && metadata.namespace) enqueue(metadata.namespace);
      };
      namespaceInformer.on({ added: (ns) => enqueue(keyOf(ns)), updated: (ns) => enqueue(keyOf(ns)) });
      mapInformer.on({ updated: enqueueNamespaceOf, deleted: enqueueNamespaceOf });
      return async (namespace) => {
        const owner = namespaceInformer.store.get(namespace);
        if (!owner || owner.metadata.deletionTimestamp !== undefined || owner.status?.phase === 'Terminating') return 'done';
        const present = mapInformer.store.get(keyOf({ namespace, name: NAME }));
        if (present && isRight(present, rootCaPem)) return 'done';
        try {
          if (present) await client.update(configMaps, published(present, rootCaPem));
          else await client.create(configMaps, published({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: NAME } }, rootCaPem));
        } catch (error) {
          // Made meanwhile (and then checked when it is seen), or the namespace ends.
          if (!isStatus(error, 'AlreadyExists') && !isNamespaceEnding(error)) throw error;
        }
        return 'done';
      };
    },
  };
}

function isRight(map: ConfigMap, rootCaPem: string): boolean {
  const keys = Object.keys(map.data ?? {});
  return keys.length === 1 && map.data?.['ca.crt'] === rootCaPem && (map.metadata.annotations?.[DESCRIPTION_KEY] ?? '') !== '';
}

function published(map: ConfigMap, rootCaPem: string): ConfigMap {
  const annotations = { ...map.metadata.annotations, [DESCRIPTION_KEY]: DESCRIPTION };
  return { ...map, metadata: { ...map.metadata, annotations }, data: { 'ca.crt': rootCaPem } };
}
