import {
  type FieldError,
  forbidden,
  jsonEqual,
  type JsonValue,
  type KubeObject,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  newInvalid,
  type ResourceDefinition,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from '#api';
import type { ParamKind, ParamRef } from '#api/types/admissionregistration-v1';
import type { UserInfo } from '#api/types/authentication-v1';
import type { Attributes, ObjectReader } from '../contract.ts';
import type { Authorization } from './authorization.ts';

/** Keeps users from reading through policies what they may not read: throws StatusError Invalid. Kinds that are no policies or bindings pass. */
export interface PolicyParamCheck {
  check(type: ResourceDefinition, object: KubeObject, old: KubeObject | undefined, user: UserInfo): Promise<void>;
}
export interface PolicyParamCheckParts {
  readonly authorization: Authorization;
  readonly reader: ObjectReader;
  readonly kinds: () => readonly ResourceDefinition[];
}

interface Policy extends KubeObject {
  readonly spec: { readonly paramKind?: ParamKind | undefined };
}
interface Binding extends KubeObject {
  readonly spec: { readonly policyName?: string | undefined; readonly paramRef?: ParamRef | undefined };
}
/** The resource of a kind of parameters, as far as it is known. */
interface Resolved {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Why it is not known. */
  readonly problem?: 'parse' | 'resolve';
}

const ANYTHING = { group: '*', version: '*', resource: '*' };
const EVERYTHING = 'permission for all groups, versions and resources';

/** Follows authz.go of pkg/registry/admissionregistration/{validating,mutating}admissionpolicy and …binding. */
export function createPolicyParamCheck({ authorization, reader, kinds }: PolicyParamCheckParts): PolicyParamCheck {
  const resolve = ({ apiVersion = '', kind = '' }: ParamKind): Resolved => {
    const [first = '', second, ...more] = apiVersion.split('/');
    if (more.length > 0) return { ...ANYTHING, problem: 'parse' };
    const [group, version] = second === undefined ? ['', first] : [first, second];
    const found = kinds().find((type) => type.kind === kind && type.group === group && type.version === version);
    return found ? { group, version, resource: found.plural } : { group, version, resource: '*', problem: 'resolve' };
  };
  const isAllowed = async (user: UserInfo, verb: string, { group, version, resource }: Resolved, namespace: string, name: string): Promise<boolean> => {
    const attributes: Attributes = {
      user,
      verb,
      isResourceRequest: true,
      apiGroup: group,
      apiVersion: version,
      resource,
      subresource: '',
      namespace,
      name,
      path: '',
    };
    return (await authorization.authorize(attributes)).decision === 'allow';
  };

  const policyErrors = async ({ spec: { paramKind } }: Policy, old: Policy | undefined, user: UserInfo): Promise<FieldError[]> => {
    if (!paramKind || (old?.spec.paramKind && isSame(old.spec.paramKind, paramKind))) return [];
    if (await isAllowed(user, 'get', resolve(paramKind), '*', '*')) return [];
    const what = `the referenced paramKind (kind=${paramKind.kind ?? ''}, apiVersion=${paramKind.apiVersion ?? ''})`;
    return [forbidden('spec.paramKind', `user ${goUser(user)} must have "get" permission on all objects of ${what}`)];
  };

  const bindingErrors = async (binding: Binding, old: Binding | undefined, policy: Policy | undefined, user: UserInfo): Promise<FieldError[]> => {
    const { paramRef, policyName = '' } = binding.spec;
    if (!paramRef || (old?.spec.paramRef && isSame(old.spec.paramRef, paramRef) && old.spec.policyName === policyName)) return [];
    const paramKind = policy?.spec.paramKind;
    const resolved: Resolved = paramKind ? resolve(paramKind) : ANYTHING;
    const verb = paramRef.name ? 'get' : 'list';
    if (await isAllowed(user, verb, resolved, paramRef.namespace ?? '', paramRef.name ?? '')) return [];
    const lacks = `user ${goUser(user)} does not have "${verb}" permission`;
    const cannot = (what: string): string =>
      `unable to ${what} to determine minimum required permissions and ${lacks.replace(/ permission$/, '')} ${EVERYTHING}`;
    const kindText = `paramKind &{${paramKind?.apiVersion ?? ''} ${paramKind?.kind ?? ''}}`;
    if (!policy) return [forbidden('spec.paramRef', cannot(`get policy ${policyName}`))];
    if (resolved.problem) return [forbidden('spec.paramRef', cannot(`${resolved.problem} ${kindText}`))];
    return [forbidden('spec.paramRef', `${lacks} on the object referenced by paramRef`)];
  };

  return {
    async check(type, object, old, user) {
      if (type.group !== validatingAdmissionPolicies.group || user.groups?.includes('system:masters')) return;
      const isPolicy = type.plural === validatingAdmissionPolicies.plural || type.plural === mutatingAdmissionPolicies.plural;
      const policies = {
        [validatingAdmissionPolicyBindings.plural]: validatingAdmissionPolicies,
        [mutatingAdmissionPolicyBindings.plural]: mutatingAdmissionPolicies,
      }[type.plural];
      if (!isPolicy && !policies) return;
      const name = (object as Binding).spec.policyName ?? '';
      const errors = policies
        ? await bindingErrors(object as Binding, old as Binding | undefined, reader.get<Policy>(policies as never, { name }), user)
        : await policyErrors(object as Policy, old as Policy | undefined, user);
      if (errors.length > 0) throw newInvalid(type, object.metadata.name ?? '', errors);
    },
  };
}

/** As Go prints the user. */
function goUser({ username = '', uid = '', groups, extra }: UserInfo): string {
  const more = Object.entries(extra ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, values]) => `${key}:[${(values as string[]).join(' ')}]`);
  return `&{${username} ${uid} [${(groups ?? []).join(' ')}] map[${more.join(' ')}]}`;
}

function isSame(a: object, b: object): boolean {
  return jsonEqual(a as JsonValue, b as JsonValue);
}
