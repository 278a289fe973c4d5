import {
  type FieldError,
  forbidden,
  internalError,
  jsonEqual,
  type JsonValue,
  type KubeObject,
  namespaces,
  nameIsDnsSubdomain,
  newInvalid,
  newNotFound,
  type ResourceDefinition,
  resourceClaims,
  resourceClaimTemplates,
} from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { AllocationResult, DeviceClaim, ResourceClaim, ResourceClaimStatus, ResourceClaimTemplate } from '#api/types/resource-v1';
import type { Attributes, ObjectReader } from '../contract.ts';
import { newAccessDenied } from './access-denied.ts';
import type { Authorization } from './authorization.ts';

const ADMIN_LABEL = 'resource.kubernetes.io/admin-access';
const NODE_NAME = 'authentication.kubernetes.io/node-name';
const VERBS = ['update', 'patch'];

/** A claim or template that is written, or (`subresource`) a claim's status. */
export interface ClaimWrite {
  readonly type: ResourceDefinition;
  readonly subresource: string;
  readonly namespace: string;
  readonly object: KubeObject;
  readonly old: KubeObject | undefined;
  readonly user: UserInfo;
}
/** Who may have devices as an administrator, and who may say what in a claim's status: throws StatusError Invalid. Other kinds pass. */
export interface ClaimAccessCheck {
  check(write: ClaimWrite): Promise<void>;
}

/** Follows pkg/registry/resource/utils.go and the strategies of claims and templates. */
export function createClaimAccessCheck({ authorization, reader }: { authorization: Authorization; reader: ObjectReader }): ClaimAccessCheck {
  const adminErrors = (namespace: string, path: string | undefined): FieldError[] => {
    if (path === undefined) return [];
    const found = reader.get(namespaces, { name: namespace });
    if (!found) return [internalError(path, `could not retrieve namespace to verify admin access: ${newNotFound(namespaces, namespace).message}`)];
    if (found.metadata.labels?.[ADMIN_LABEL] === 'true') return [];
    return [forbidden(path, `admin access to devices requires the \`${ADMIN_LABEL}: true\` label on the containing namespace`)];
  };

  /** Why the user may not; undefined when one of the verbs is allowed. */
  const refusal = async (
    user: UserInfo,
    verbs: readonly string[],
    part: { subresource: string; namespace: string; name: string },
  ): Promise<string | undefined> => {
    let first: string | undefined;
    for (const verb of verbs) {
      const attributes: Attributes = {
        user,
        verb,
        isResourceRequest: true,
        apiGroup: resourceClaims.group,
        apiVersion: resourceClaims.version,
        resource: resourceClaims.plural,
        path: '',
        ...part,
      };
      const { decision, reason } = await authorization.authorize(attributes);
      if (decision === 'allow') return undefined;
      first ??= newAccessDenied(attributes, reason).message;
    }
    return first;
  };

  const bindingErrors = async (status: ResourceClaimStatus, old: ResourceClaimStatus, user: UserInfo): Promise<FieldError[]> => {
    if (isSame(status.allocation, old.allocation) && isSame(status.reservedFor, old.reservedFor)) return [];
    // The request may be either: which one it is, is not known here.
    const why = await refusal(user, VERBS, { subresource: 'binding', namespace: '', name: '' });
    if (why === undefined) return [];
    return [
      forbidden('status', `changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="update" permission: ${why}`),
    ];
  };

  const deviceErrors = async (status: ResourceClaimStatus, old: ResourceClaimStatus, namespace: string, user: UserInfo): Promise<FieldError[]> => {
    const prefixes = isOnNode(user, nodeOf(status.allocation)) ? ['associated-node:', 'arbitrary-node:'] : ['arbitrary-node:'];
    const verbs = prefixes.flatMap((prefix) => VERBS.map((verb) => prefix + verb));
    const errors: FieldError[] = [];
    for (const name of changedDrivers(status, old)) {
      const why = await refusal(user, verbs, { subresource: 'driver', namespace, name });
      const shown = prefixes.map((prefix) => `${prefix}update`).join(' ');
      const text = `changing status.devices requires resource="resourceclaims/driver", verb="[${shown}]" permission: ${why}`;
      if (why !== undefined) errors.push(forbidden('status.devices', text));
    }
    return errors;
  };

  const statusErrors = async (claim: ResourceClaim, before: ResourceClaim | undefined, namespace: string, user: UserInfo): Promise<FieldError[]> => {
    const status = claim.status ?? {};
    const old = before?.status ?? {};
    const wasGranted = adminResult(old.allocation) !== undefined;
    return [
      ...(wasGranted ? [] : adminErrors(namespace, adminResult(status.allocation))),
      ...(await bindingErrors(status, old, user)),
      ...(await deviceErrors(status, old, namespace, user)),
    ];
  };

  return {
    async check({ type, subresource, namespace, object, old, user }) {
      if (type.group !== resourceClaims.group) return;
      let errors: FieldError[] = [];
      if (type.plural === resourceClaims.plural && subresource === 'status') {
        errors = await statusErrors(object as ResourceClaim, old as ResourceClaim | undefined, namespace, user);
      } else if (!subresource && !old && type.plural === resourceClaims.plural)
        errors = adminErrors(namespace, adminRequest((object as ResourceClaim).spec?.devices));
      else if (!subresource && !old && type.plural === resourceClaimTemplates.plural) {
        errors = adminErrors(namespace, adminRequest((object as ResourceClaimTemplate).spec?.spec?.devices));
      }
      if (errors.length > 0) throw newInvalid(type, object.metadata.name ?? '', errors);
    },
  };
}

function adminRequest(devices: DeviceClaim | undefined): string | undefined {
  const i = (devices?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess);
  return i < 0 ? undefined : `spec.devices.requests[${i}].adminAccess`;
}
function adminResult(allocation: AllocationResult | undefined): string | undefined {
  const i = (allocation?.devices?.results ?? []).findIndex(({ adminAccess }) => adminAccess);
  return i < 0 ? undefined : `status.allocation.devices.results[${i}].adminAccess`;
}

/** The drivers of which something else is said than before, in order. */
function changedDrivers(status: ResourceClaimStatus, old: ResourceClaimStatus): string[] {
  const idOf = ({ driver, pool, device, shareID = '' }: { driver: string; pool: string; device: string; shareID?: string | undefined }): string =>
    JSON.stringify([driver, pool, device, shareID]);
  const before = new Map((old.devices ?? []).map((device) => [idOf(device), device]));
  const changed = new Set<string>();
  for (const device of status.devices ?? []) {
    const known = before.get(idOf(device));
    before.delete(idOf(device));
    if (!known || !isSame(known, device)) changed.add(device.driver);
  }
  for (const { driver } of before.values()) changed.add(driver);
  return [...changed].sort();
}

/** The one node that an allocation is for. */
function nodeOf(allocation: AllocationResult | undefined): string {
  const terms = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  const [term] = terms;
  const [field] = term?.matchFields ?? [];
  const isOne = terms.length === 1 && !term?.matchExpressions?.length && term?.matchFields?.length === 1;
  if (!isOne || field?.key !== 'metadata.name' || field.operator !== 'In' || field.values?.length !== 1) return '';
  return field.values[0] ?? '';
}
/** Whether the user is a service account whose token says that it runs on the node. */
function isOnNode({ username = '', extra }: UserInfo, node: string): boolean {
  const names = extra?.[NODE_NAME] ?? [];
  if (!node || !/^system:serviceaccount:[^:]+:[^:]+$/.test(username) || names.length !== 1) return false;
  return nameIsDnsSubdomain(node, false).length === 0 && names[0] === node;
}

function isSame(a: unknown, b: unknown): boolean {
  return jsonEqual((a ?? null) as JsonValue, (b ?? null) as JsonValue);
}
