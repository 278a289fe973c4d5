/**
 * What the expressions of policies and webhooks may use. Follows k8s.io/apiserver/pkg/admission/plugin/cel/compile.go and pkg/cel/mutation.
 * Import it by a dynamic import only: it needs CEL.
 */
import {
  AUTHORIZER_TYPE,
  boolType,
  CelMap,
  type CelEnvironment,
  type CelLibrary,
  type CelMessage,
  type CelType,
  type CelValue,
  dynType,
  intType,
  JSON_PATCH,
  kubernetesEnvironment,
  listOf,
  mapOf,
  object,
  RESOURCE_CHECK_TYPE,
  stringType,
  timestampType,
} from '../../cel/index.ts';

const GROUP_KIND = object({ name: 'kubernetes.GroupVersionKind', fields: { group: stringType, version: stringType, kind: stringType } });
const GROUP_RESOURCE = object({ name: 'kubernetes.GroupVersionResource', fields: { group: stringType, version: stringType, resource: stringType } });
const STRINGS = listOf(stringType);
const USER = object({
  name: 'kubernetes.UserInfo',
  fields: { username: stringType, uid: stringType, groups: STRINGS, extra: mapOf(stringType, STRINGS) },
});

/** The type of the variable `request`. */
export const REQUEST_TYPE: CelType = object({
  name: 'kubernetes.AdmissionRequest',
  fields: {
    kind: GROUP_KIND,
    resource: GROUP_RESOURCE,
    subResource: stringType,
    requestKind: GROUP_KIND,
    requestResource: GROUP_RESOURCE,
    requestSubResource: stringType,
    name: stringType,
    namespace: stringType,
    operation: stringType,
    userInfo: USER,
    dryRun: boolType,
    options: dynType,
  },
});

const CONDITION = object({
  name: 'kubernetes.NamespaceCondition',
  fields: { status: stringType, type: stringType, lastTransitionTime: timestampType, message: stringType, reason: stringType },
});
const METADATA = object({
  name: 'kubernetes.NamespaceMetadata',
  fields: {
    name: stringType,
    generateName: stringType,
    namespace: stringType,
    labels: mapOf(stringType, stringType),
    annotations: mapOf(stringType, stringType),
    UID: stringType,
    creationTimestamp: timestampType,
    deletionGracePeriodSeconds: intType,
    deletionTimestamp: timestampType,
    generation: intType,
    resourceVersion: stringType,
    finalizers: STRINGS,
  },
});
/** The type of the variable `namespaceObject`. */
export const NAMESPACE_TYPE: CelType = object({
  name: 'kubernetes.Namespace',
  fields: {
    metadata: METADATA,
    spec: object({ name: 'kubernetes.NamespaceSpec', fields: { finalizers: STRINGS } }),
    status: object({ name: 'kubernetes.NamespaceStatus', fields: { conditions: listOf(CONDITION), phase: stringType } }),
  },
});

/** What an expression may name. */
export interface PolicyVariables {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** The types of the policy's own variables; absent where there cannot be any. */
  readonly own?: Readonly<Record<string, CelType>> | undefined;
}

/** The variables of an expression, with their types. */
export function policyVariables({ hasParams, hasAuthorizer, own }: PolicyVariables): Record<string, CelType> {
  return {
    ...(hasParams ? { params: dynType } : {}),
    ...(hasAuthorizer ? { authorizer: AUTHORIZER_TYPE, 'authorizer.requestResource': RESOURCE_CHECK_TYPE } : {}),
    object: dynType,
    oldObject: dynType,
    namespaceObject: NAMESPACE_TYPE,
    request: REQUEST_TYPE,
    ...(own ? { variables: object({ name: 'kubernetes.variables', fields: own }) } : {}),
  };
}

/** An object that a mutating policy makes: `Object.spec{…}`. Its fields are whatever they are given. */
export class PatchValue extends CelMap {
  readonly fields: ReadonlyMap<string, CelValue>;

  constructor(type: CelType, fields: ReadonlyMap<string, CelValue>) {
    super(type);
    this.fields = fields;
  }

  get size(): number {
    return this.fields.size;
  }

  find(key: CelValue): CelValue | undefined {
    return typeof key === 'string' ? this.fields.get(key) : undefined;
  }

  keys(): Iterable<CelValue> {
    return this.fields.keys();
  }
}

/** The type of what a configuration to apply is made of. */
export const OBJECT_TYPE: CelType = objectTypeOf('Object');
/** The type of one step of a JSON patch. */
export const JSON_PATCH_TYPE: CelType = object({ name: 'JSONPatch', fields: { op: stringType, path: stringType, from: stringType, value: dynType } });

function objectTypeOf(name: string): CelType {
  return object({ name, fields: () => ({ type: dynType }) });
}
function messageOf(type: CelType): CelMessage {
  return { type, make: (fields) => new PatchValue(type, fields) };
}

/** `Object`, `Object.spec` and so on, whatever they are called: nothing is known of the object's schema. */
const PATCH_TYPES: CelLibrary = {
  name: 'kubernetes.mutation',
  findMessage: (name) => {
    if (name === JSON_PATCH_TYPE.name) return messageOf(JSON_PATCH_TYPE);
    return name === 'Object' || name.startsWith('Object.') ? messageOf(objectTypeOf(name)) : undefined;
  },
};

/** Where mutations are evaluated. */
export const patchEnvironment: CelEnvironment = kubernetesEnvironment.extend(JSON_PATCH, PATCH_TYPES);
