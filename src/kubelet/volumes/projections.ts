/** The files of configMap, secret, downwardAPI and projected volumes. Texts are upstream's. */
import { configMaps, secrets } from '#api';
import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Secret, VolumeProjection, VolumeSource } from '#api/types/core-v1';
import { containerNamed, fieldText, resourceText } from '../downward.ts';
import type { ProjectedFile } from './atomic-writer.ts';
import { type VolumeContext, VolumeError } from './contract.ts';

type Files = Map<string, ProjectedFile>;
const DEFAULT_MODE = 0o644;

/** Whether the volume's content is written by the kubelet from the API. */
export function isProjected(source: VolumeSource): boolean {
  return source.configMap !== undefined || source.secret !== undefined || source.downwardAPI !== undefined || source.projected !== undefined;
}

/** All files of such a volume. Throws VolumeError while something that it needs is missing. */
export async function projectedFiles(context: VolumeContext, source: VolumeSource): Promise<Files> {
  const files: Files = new Map();
  if (source.configMap) {
    const { name = '', items, optional, defaultMode } = source.configMap;
    await addConfigMap(context, files, { name, items, optional, mode: defaultMode ?? DEFAULT_MODE });
  } else if (source.secret) {
    const { secretName = '', items, optional, defaultMode } = source.secret;
    await addSecret(context, files, { name: secretName, items, optional, mode: defaultMode ?? DEFAULT_MODE });
  } else if (source.downwardAPI) {
    addDownward(context, files, source.downwardAPI.items ?? [], source.downwardAPI.defaultMode ?? DEFAULT_MODE);
  } else if (source.projected) {
    const mode = source.projected.defaultMode ?? DEFAULT_MODE;
    for (const projection of source.projected.sources ?? []) await addProjection(context, files, projection, mode);
  }
  return files;
}

async function addProjection(context: VolumeContext, files: Files, projection: VolumeProjection, mode: number): Promise<void> {
  if (projection.configMap) {
    const { name = '', items, optional } = projection.configMap;
    await addConfigMap(context, files, { name, items, optional, mode });
  } else if (projection.secret) {
    const { name = '', items, optional } = projection.secret;
    await addSecret(context, files, { name, items, optional, mode });
  } else if (projection.downwardAPI) {
    addDownward(context, files, projection.downwardAPI.items ?? [], mode);
  } else if (projection.serviceAccountToken) {
    const { audience, expirationSeconds = 3600, path } = projection.serviceAccountToken;
    const token = await context.token({ audience, expirationSeconds });
    files.set(path, { content: Buffer.from(token), ...tokenAccess(context, mode) });
  } else if (projection.clusterTrustBundle || projection.podCertificate) {
    throw new VolumeError('projected volumes of clusterTrustBundle and podCertificate are not supported by this node');
  }
}

/** A token is for its user only: the one that all containers run as, or root; a group of the volume may read it too. */
function tokenAccess({ pod }: VolumeContext, mode: number): { mode: number; uid?: number } {
  const users = new Set((pod.spec?.containers ?? []).map((container) => container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser));
  const [user] = users;
  if (users.size === 1 && user !== undefined) return { mode: 0o600, uid: user };
  return { mode: pod.spec?.securityContext?.fsGroup === undefined ? mode : 0o600 };
}

interface KeyedSource {
  readonly name: string;
  readonly items: readonly KeyToPath[] | undefined;
  readonly optional: boolean | undefined;
  readonly mode: number;
}

async function addConfigMap(context: VolumeContext, files: Files, source: KeyedSource): Promise<void> {
  const found = await context.object<ConfigMap>(configMaps, context.pod.metadata.namespace, source.name);
  if (!found && !source.optional) throw new VolumeError(`configmap "${source.name}" not found`);
  const data = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(found?.data ?? {})) data.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(found?.binaryData ?? {})) data.set(key, Buffer.from(value, 'base64'));
  addKeys(files, source, data, 'configmap');
}

async function addSecret(context: VolumeContext, files: Files, source: KeyedSource): Promise<void> {
  const found = await context.object<Secret>(secrets, context.pod.metadata.namespace, source.name);
  if (!found && !source.optional) throw new VolumeError(`secret "${source.name}" not found`);
  const data = new Map(Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
  addKeys(files, source, data, 'secret');
}

function addKeys(files: Files, source: KeyedSource, data: ReadonlyMap<string, Buffer>, kind: string): void {
  if (!source.items?.length) {
    for (const [key, content] of data) files.set(key, { content, mode: source.mode });
    return;
  }
  for (const item of source.items) {
    const content = data.get(item.key);
    if (content) files.set(item.path, { content, mode: item.mode ?? source.mode });
    else if (!source.optional) throw new VolumeError(`references non-existent ${kind === 'secret' ? 'secret' : 'config'} key: ${item.key}`);
  }
}

function addDownward(context: VolumeContext, files: Files, items: readonly DownwardAPIVolumeFile[], mode: number): void {
  for (const item of items) {
    let text = '';
    if (item.fieldRef) text = fieldText(context.downward, item.fieldRef);
    else if (item.resourceFieldRef) {
      text = resourceText(context.downward, containerNamed(context.pod, item.resourceFieldRef.containerName), item.resourceFieldRef);
    }
    files.set(item.path, { content: Buffer.from(text), mode: item.mode ?? mode });
  }
}
