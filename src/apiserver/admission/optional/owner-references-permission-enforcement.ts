import { jsonEqual, type JsonValue, type ResourceDefinition } from '#api';
import type { OwnerReference } from '#api/types/meta-v1';
import type { Authorization } from '../../authz/index.ts';
import type { AdmissionPlugin, AdmissionRequest, Attributes } from '../../contract.ts';
import { refuse } from '../refuse.ts';

/**
 * Who changes owners must be allowed to delete the object, since the garbage collector may do so then; and who holds an owner's deletion up must
 * be allowed to set its finalizers. Follows plugin/pkg/admission/gc.
 */
export function createOwnerReferencesPermissionEnforcement(authorization: Authorization, kinds: () => readonly ResourceDefinition[]): AdmissionPlugin {
  const reasonAgainst = async (attributes: Attributes): Promise<string | undefined> => {
    const { decision, reason } = await authorization.authorize(attributes);
    return decision === 'allow' ? undefined : `${reason}, <nil>`;
  };
  const check = async (request: AdmissionRequest): Promise<void> => {
    const { resource, subresource, name } = request;
    const deletion = { ...attributesFor(request, resource), verb: 'delete', subresource, name };
    const refused = await reasonAgainst(deletion);
    if (refused !== undefined) throw refuse(request, `cannot set an ownerRef on a resource you can't delete: ${refused}`);
    for (const owner of newlyBlocking(request)) {
      const types = typesOf(owner, kinds());
      if (types.length === 0) {
        const missing = `no matches for kind ${JSON.stringify(owner.kind)} in version ${JSON.stringify(owner.apiVersion)}`;
        throw refuse(
          request,
          `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${owner.apiVersion} Kind ${owner.kind}: ${missing}`,
        );
      }
      for (const type of types) {
        const against = await reasonAgainst({ ...attributesFor(request, type), verb: 'update', subresource: 'finalizers', name: owner.name });
        if (against === undefined) continue;
        throw refuse(request, `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${against}`);
      }
    }
  };
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    validate(request) {
      const { operation, resource, subresource } = request;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return undefined;
      // A kubelet's mirror Pods have owners; their status is written often.
      if (resource.group === '' && resource.plural === 'pods' && subresource === 'status') return undefined;
      return changesOwners(request) ? check(request) : undefined;
    },
  };
}

function attributesFor({ user, namespace }: AdmissionRequest, type: ResourceDefinition): Omit<Attributes, 'verb' | 'subresource' | 'name'> {
  return {
    user,
    isResourceRequest: true,
    apiGroup: type.group,
    apiVersion: type.version,
    resource: type.plural,
    namespace: type.namespaced ? namespace : '',
    path: '',
  };
}

function changesOwners({ object, oldObject }: AdmissionRequest): boolean {
  const owners = object?.metadata?.ownerReferences ?? [];
  const before = oldObject?.metadata.ownerReferences ?? [];
  return !jsonEqual(owners as unknown as JsonValue, before as unknown as JsonValue);
}

/** References that hold their owner up, and did not before. */
function newlyBlocking({ object, oldObject }: AdmissionRequest): OwnerReference[] {
  const blocking = object?.metadata.ownerReferences?.filter(({ blockOwnerDeletion }) => blockOwnerDeletion) ?? [];
  return blocking.filter(({ uid }) => !oldObject?.metadata.ownerReferences?.some((old) => old.uid === uid && old.blockOwnerDeletion));
}

function typesOf({ apiVersion, kind }: OwnerReference, all: readonly ResourceDefinition[]): ResourceDefinition[] {
  const slash = apiVersion.indexOf('/');
  const [group, version] = slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  return all.filter((type) => type.kind === kind && type.group === group && type.version === version);
}
