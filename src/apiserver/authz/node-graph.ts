import { persistentVolumes, pods } from '#api';
import type { PersistentVolume, Pod } from '#api/types/core-v1';
import type { ObjectReader } from '../contract.ts';
import { podReferences } from './pod-references.ts';
import { volumeSecrets } from './volume-secrets.ts';

/** What a pod names, in its own namespace. */
export type Referenced = 'secret' | 'configMap' | 'claim' | 'serviceAccount' | 'resourceClaim';

/** What the graph knows of one pod: enough to see that a change of it means nothing here. */
interface Known {
  readonly node: string;
  readonly uid: string | undefined;
  readonly ephemeralCount: number;
  readonly claims: string;
  readonly vertices: readonly string[];
}

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/**
 * Which objects the pods of a node name, directly or by a volume. Follows plugin/pkg/auth/authorizer/node/graph.go; kept up to date by the changes of
 * pods and volumes, nearly all of which (a pod's status) change nothing here.
 */
export class NodeGraph {
  readonly #reader: ObjectReader;
  readonly #pods = new Map<string, Known>();
  /** By what is named: the nodes whose pods name it, and how often they do. */
  readonly #nodes = new Map<string, Map<string, number>>();
  /** By secret: the volumes that are mounted with it. */
  readonly #volumes = new Map<string, Set<string>>();

  constructor(reader: ObjectReader) {
    this.#reader = reader;
    for (const pod of reader.list(pods)) this.#put(pod);
    reader.onChange(pods, (pod, _old, isDeleted) => {
      if (isDeleted) this.#remove(keyOf(pod));
      else this.#put(pod);
    });
    for (const volume of reader.list(persistentVolumes)) this.#putVolume(volume);
    reader.onChange(persistentVolumes, (volume, old, isDeleted) => {
      if (old) this.#removeVolume(old);
      if (!isDeleted) this.#putVolume(volume);
    });
  }

  /** Whether a pod of the node names the object. */
  isNamed(node: string, kind: Referenced, namespace: string, name: string): boolean {
    return this.#nodes.get(vertex(kind, namespace, name))?.has(node) ?? false;
  }
  /** Whether a pod of the node names the secret, or has a volume that is mounted with it. */
  isSecretNeeded(node: string, namespace: string, name: string): boolean {
    if (this.isNamed(node, 'secret', namespace, name)) return true;
    for (const volume of this.#volumes.get(`${namespace}/${name}`) ?? []) if (this.isVolumeNeeded(node, volume)) return true;
    return false;
  }
  /** Whether a pod of the node names the claim that the volume is bound to. */
  isVolumeNeeded(node: string, name: string): boolean {
    const claim = this.#reader.get(persistentVolumes, { name })?.spec?.claimRef;
    return claim !== undefined && this.isNamed(node, 'claim', claim.namespace ?? '', claim.name ?? '');
  }

  #put(pod: Pod): void {
    const node = pod.spec?.nodeName;
    if (!node) return;
    const key = keyOf(pod);
    const known = this.#pods.get(key);
    const ephemeralCount = pod.spec?.ephemeralContainers?.length ?? 0;
    const claims = claimsOf(pod);
    // All else that a bound pod names is immutable.
    if (known && known.node === node && known.uid === pod.metadata.uid && known.ephemeralCount === ephemeralCount && known.claims === claims) return;
    this.#remove(key);
    const vertices = verticesOf(pod);
    this.#pods.set(key, { node, uid: pod.metadata.uid, ephemeralCount, claims, vertices });
    for (const each of vertices) this.#count(each, node);
  }
  #remove(key: string): void {
    const known = this.#pods.get(key);
    if (!known) return;
    this.#pods.delete(key);
    for (const each of known.vertices) this.#discount(each, known.node);
  }

  #count(named: string, node: string): void {
    let nodes = this.#nodes.get(named);
    if (!nodes) this.#nodes.set(named, (nodes = new Map()));
    nodes.set(node, (nodes.get(node) ?? 0) + 1);
  }
  #discount(named: string, node: string): void {
    const nodes = this.#nodes.get(named);
    const count = nodes?.get(node);
    if (!nodes || count === undefined) return;
    if (count > 1) nodes.set(node, count - 1);
    else nodes.delete(node);
    if (nodes.size === 0) this.#nodes.delete(named);
  }

  #putVolume(volume: PersistentVolume): void {
    for (const secret of volumeSecrets(volume)) {
      const volumes = this.#volumes.get(secret);
      if (volumes) volumes.add(volume.metadata.name ?? '');
      else this.#volumes.set(secret, new Set([volume.metadata.name ?? '']));
    }
  }
  #removeVolume(volume: PersistentVolume): void {
    for (const secret of volumeSecrets(volume)) {
      const volumes = this.#volumes.get(secret);
      volumes?.delete(volume.metadata.name ?? '');
      if (volumes?.size === 0) this.#volumes.delete(secret);
    }
  }
}

function keyOf({ metadata: { namespace = '', name = '' } }: Pod): string {
  return `${namespace}/${name}`;
}
function vertex(kind: Referenced, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** The resource claims of a pod's status, which come after it was bound. */
function claimsOf({ status }: Pod): string {
  const { resourceClaimStatuses, extendedResourceClaimStatus } = status ?? {};
  if (!resourceClaimStatuses && !extendedResourceClaimStatus) return '';
  const names = resourceClaimStatuses?.map(({ name, resourceClaimName = '' }) => `${name}=${resourceClaimName}`) ?? [];
  return [...names, extendedResourceClaimStatus?.resourceClaimName ?? ''].join(',');
}

function verticesOf(pod: Pod): string[] {
  // A node makes mirror pods itself: they must not lend it anything.
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return [];
  const references = podReferences(pod);
  const { namespace = '' } = pod.metadata;
  const found = new Set<string>();
  for (const kind of ['secret', 'configMap', 'claim', 'serviceAccount', 'resourceClaim'] as const)
    for (const name of references[kind]) found.add(vertex(kind, namespace, name));
  return [...found];
}
