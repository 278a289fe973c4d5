import { csiDrivers, type KubeObject, newNotFound, persistentVolumeClaims, persistentVolumes, pods } from '#api';
import type { TokenRequest } from '#api/types/authentication-v1';
import type { Pod, Volume } from '#api/types/core-v1';
import type { AdmissionRequest, ObjectReader } from '../../contract.ts';
import { type CheckContext, quote } from './check.ts';

/** Tokens are for Pods on the node, and for audiences that the Pods name. */
export async function checkToken(request: AdmissionRequest, node: string, context: CheckContext): Promise<string | undefined> {
  if (request.operation !== 'CREATE') return undefined;
  const spec = (request.object as (TokenRequest & KubeObject) | undefined)?.spec;
  const ref = spec?.boundObjectRef;
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) return 'node requested token not bound to a pod';
  if (!ref.uid) return 'node requested token with a pod binding without a uid';
  const pod = context.reader.get(pods, { namespace: request.namespace, name: ref.name });
  if (!pod) throw newNotFound(pods, ref.name);
  if (pod.metadata.uid !== ref.uid) {
    return `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  }
  if (pod.spec.nodeName !== node) return 'node requested token bound to a pod scheduled on a different node';
  return await audienceProblem(request, pod, spec?.audiences ?? [], context);
}

/** ServiceAccountNodeAudienceRestriction: an audience is one that the Pod uses, or one that the node is allowed to ask for. */
async function audienceProblem(request: AdmissionRequest, pod: Pod, audiences: readonly string[], context: CheckContext): Promise<string | undefined> {
  if (audiences.length > 1) return 'node may only request 0 or 1 audiences';
  const [audience = ''] = audiences;
  if (pod.spec.volumes?.some((volume) => usesAudience(volume, pod, audience, context.reader))) return undefined;
  const { user, namespace, name } = request;
  const { decision } = await context.authorization.authorize({
    user,
    verb: 'request-serviceaccounts-token-audience',
    isResourceRequest: true,
    apiGroup: '',
    apiVersion: 'v1',
    resource: audience,
    subresource: '',
    namespace,
    name,
    path: '',
  });
  if (decision === 'allow') return undefined;
  return `audience ${quote(audience)} not found in pod spec volume, ${user.username} is not authorized to request tokens for this audience`;
}

function usesAudience(volume: Volume, pod: Pod, audience: string, reader: ObjectReader): boolean {
  if (volume.projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken && (serviceAccountToken.audience ?? '') === audience)) return true;
  const driver = driverOf(volume, pod, reader);
  const requests = driver ? reader.get(csiDrivers, { name: driver })?.spec.tokenRequests : undefined;
  return requests?.some((each) => each.audience === audience) ?? false;
}

/** The CSI driver that mounts the volume. */
function driverOf(volume: Volume, pod: Pod, reader: ObjectReader): string | undefined {
  if (volume.csi) return volume.csi.driver;
  const claimName = volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : volume.persistentVolumeClaim?.claimName;
  const claim = claimName ? reader.get(persistentVolumeClaims, { namespace: pod.metadata.namespace, name: claimName }) : undefined;
  const name = claim?.spec.volumeName;
  return name ? reader.get(persistentVolumes, { name })?.spec?.csi?.driver : undefined;
}
