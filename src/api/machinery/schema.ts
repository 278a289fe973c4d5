/**
 * A view over the facts: what fields, lists, maps and scalars an API type is made of, and how they merge.
 * Schemas are built on first use and shared; they may refer to themselves, so fields are resolved lazily.
 */
import { type ApiFacts, apiFacts, type FieldFact, resolveGoType } from './facts.ts';
import type { JsonValue } from './json.ts';

/** Names a struct of the facts: `{ groupVersion: 'apps/v1', struct: 'Deployment' }`. */
export interface SchemaRef {
  readonly groupVersion: string;
  readonly struct: string;
}
export type ScalarKind =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'uint16'
  | 'float64'
  | 'bytes'
  | 'quantity'
  | 'time'
  | 'microTime'
  | 'duration'
  | 'intOrString'
  /** Any JSON: RawExtension, FieldsV1, JSON. */
  | 'raw';
export type TypeSchema = ScalarSchema | ObjectSchema | ListSchema | MapSchema;
export interface ScalarSchema {
  readonly kind: 'scalar';
  readonly scalar: ScalarKind;
  /** As Go prints the type in decode errors: `int32`, `v1.PullPolicy`. */
  readonly goType: string;
  /** Present where the type is a closed set. */
  readonly enum?: readonly string[];
  /** Anything, which server-side apply takes for what it looks like: objects have members of their own. */
  readonly isDeduced?: boolean;
}
export interface ListSchema {
  readonly kind: 'list';
  readonly goType: string;
  readonly element: TypeSchema;
  readonly listType: 'atomic' | 'set' | 'map';
  /** Sorted, for listType `map`. */
  readonly keys: readonly string[];
}
export interface MapSchema {
  readonly kind: 'map';
  readonly goType: string;
  readonly value: TypeSchema;
  readonly isAtomic: boolean;
}
export interface FieldSchema {
  readonly name: string;
  readonly type: TypeSchema;
  readonly isPointer: boolean;
  readonly omitEmpty: boolean;
  /** Zero values are left out even of struct type (Go's omitzero): metadata.creationTimestamp. */
  readonly omitZero: boolean;
  readonly isRequired: boolean;
  readonly patchStrategies: readonly string[];
  readonly patchMergeKey: string | undefined;
  /** The OpenAPI default, where the facts state a literal. */
  readonly default: JsonValue | undefined;
}

/** Structs that server-side apply treats as one value (upstream's `+structType=atomic`). */
const ATOMIC_STRUCTS = new Set(
  (
    'meta/v1: LabelSelector OwnerReference; ' +
    'core/v1: ConfigMapKeySelector EndpointAddress EndpointPort FileKeySelector LocalObjectReference NodeSelector NodeSelectorTerm ObjectFieldSelector ' +
    'ObjectReference ResourceFieldSelector ScopeSelector ScopedResourceSelectorRequirement SecretKeySelector SecretReference TopologySelectorTerm ' +
    'TypedLocalObjectReference; ' +
    'admissionregistration/v1: MatchResources NamedRuleWithOperations ParamKind ParamRef; ' +
    'autoscaling/v1: CrossVersionObjectReference; discovery/v1: EndpointPort; rbac/v1: RoleRef Subject'
  )
    .split('; ')
    .flatMap((entry) => {
      const [home = '', names = ''] = entry.split(': ');
      return names.split(' ').map((name) => `${home}.${name}`);
    }),
);
const BUILTIN: Readonly<Record<string, ScalarKind>> = {
  string: 'string',
  bool: 'bool',
  int: 'int64',
  int32: 'int32',
  int64: 'int64',
  uint16: 'uint16',
  float64: 'float64',
  '[]byte': 'bytes',
  'types.UID': 'string',
  'types.NodeName': 'string',
  'runtime.RawExtension': 'raw',
  'runtime.Unknown': 'raw',
  'intstr.IntOrString': 'intOrString',
  'resource.Quantity': 'quantity',
};
const SPECIAL_STRUCTS: Readonly<Record<string, ScalarKind>> = {
  'meta/v1.Time': 'time',
  'meta/v1.MicroTime': 'microTime',
  'meta/v1.Duration': 'duration',
  'meta/v1.FieldsV1': 'raw',
  'apiextensions/v1.JSON': 'raw',
  'apiextensions/v1.JSONSchemaPropsOrBool': 'raw',
  'apiextensions/v1.JSONSchemaPropsOrArray': 'raw',
  'apiextensions/v1.JSONSchemaPropsOrStringArray': 'raw',
};

/** What the facts do not tell: schemas of kinds that clients define. */
export interface OwnFields {
  /** Asked once, when somebody needs them. */
  fields(): ReadonlyMap<string, FieldSchema>;
  /** Members without a field are kept and may be anything. */
  readonly preservesUnknown: boolean;
}

/** A struct: `fields` by JSON name in Go's order, inlined structs flattened. */
export class ObjectSchema {
  readonly kind = 'object';
  readonly groupVersion: string;
  readonly struct: string;
  readonly goType: string;
  readonly isAtomic: boolean;
  readonly #own: OwnFields | undefined;
  #fields: ReadonlyMap<string, FieldSchema> | undefined;

  constructor(ref: SchemaRef, isAtomic = ATOMIC_STRUCTS.has(`${ref.groupVersion}.${ref.struct}`), own?: OwnFields) {
    this.groupVersion = ref.groupVersion;
    this.struct = ref.struct;
    this.goType = `${ref.groupVersion.slice(ref.groupVersion.indexOf('/') + 1)}.${ref.struct}`;
    this.isAtomic = isAtomic;
    this.#own = own;
  }

  get fields(): ReadonlyMap<string, FieldSchema> {
    this.#fields ??= this.#own ? this.#own.fields() : buildFields(apiFacts(), this);
    return this.#fields;
  }
  /** Whether clients defined it; then it is its own SchemaRef. */
  get isCustom(): boolean {
    return this.#own !== undefined;
  }
  get preservesUnknown(): boolean {
    return this.#own?.preservesUnknown === true;
  }
}

const objects = new Map<string, ObjectSchema>();

/** The schema of a struct. Throws where the facts do not know it. */
export function schemaOf(ref: SchemaRef): ObjectSchema {
  if (ref instanceof ObjectSchema && ref.isCustom) return ref;
  const id = `${ref.groupVersion}.${ref.struct}`;
  let schema = objects.get(id);
  if (!schema) {
    if (!apiFacts()[ref.groupVersion]?.structs[ref.struct] && ref.struct !== 'CustomResourceSubresourceStatus') {
      throw new Error(`No API facts for ${ref.struct} in ${ref.groupVersion}: name a struct of src/api/facts/api.json`);
    }
    schema = new ObjectSchema(ref);
    objects.set(id, schema);
  }
  return schema;
}

function buildFields(facts: ApiFacts, owner: SchemaRef): Map<string, FieldSchema> {
  const fields = new Map<string, FieldSchema>();
  for (const [name, fact] of Object.entries(facts[owner.groupVersion]?.structs[owner.struct] ?? {})) {
    if (!name.startsWith('*inline:')) {
      fields.set(name, fieldSchema(facts, owner, name, fact));
      continue;
    }
    const resolved = resolveGoType(facts, owner.groupVersion, fact.type.replace(/^\*/, ''));
    if (!resolved) throw new Error(`Cannot inline ${fact.type} into ${owner.groupVersion}.${owner.struct}: the facts do not know it`);
    for (const [inner, field] of schemaOf({ groupVersion: resolved[0], struct: resolved[1] }).fields) fields.set(inner, field);
  }
  return fields;
}

function fieldSchema(facts: ApiFacts, owner: SchemaRef, name: string, fact: FieldFact): FieldSchema {
  const isPointer = fact.type.startsWith('*');
  return {
    name,
    type: typeSchema(facts, owner.groupVersion, isPointer ? fact.type.slice(1) : fact.type, fact),
    isPointer,
    omitEmpty: fact.omitempty === true,
    omitZero: name === 'creationTimestamp' && owner.struct === 'ObjectMeta',
    isRequired: fact.required === true,
    patchStrategies: fact.patchStrategy ? fact.patchStrategy.split(',') : [],
    patchMergeKey: fact.patchMergeKey,
    default: fact.default === undefined || fact.default.startsWith('ref(') ? undefined : (JSON.parse(fact.default) as JsonValue),
  };
}

function typeSchema(facts: ApiFacts, groupVersion: string, goType: string, fact?: FieldFact): TypeSchema {
  const builtin = BUILTIN[goType];
  if (builtin) return { kind: 'scalar', scalar: builtin, goType: goType === '[]byte' ? '[]uint8' : goType };
  if (goType.startsWith('*')) return typeSchema(facts, groupVersion, goType.slice(1), fact);
  if (goType.startsWith('[]')) return listSchema(typeSchema(facts, groupVersion, goType.slice(2)), fact);
  const map = /^map\[([^\]]+)\](.*)$/.exec(goType);
  if (map) return mapSchema(facts, groupVersion, { key: map[1] ?? '', value: map[2] ?? '', isAtomic: fact?.mapType === 'atomic' });
  return namedSchema(facts, groupVersion, goType, fact);
}

function namedSchema(facts: ApiFacts, groupVersion: string, goType: string, fact?: FieldFact): TypeSchema {
  if (goType === 'CustomResourceSubresourceStatus') return schemaOf({ groupVersion, struct: goType });
  const resolved = resolveGoType(facts, groupVersion, goType);
  if (!resolved) throw new Error(`Unknown Go type ${goType} in the facts of ${groupVersion}`);
  const [home, name] = resolved;
  const printed = `${home.slice(home.indexOf('/') + 1)}.${name}`;
  const special = SPECIAL_STRUCTS[`${home}.${name}`];
  if (special) return { kind: 'scalar', scalar: special, goType: printed };
  const alias = facts[home]?.types[name];
  if (!alias) {
    // A field may say that a struct that is atomic elsewhere is not so here (PersistentVolume's claimRef).
    const struct = schemaOf({ groupVersion: home, struct: name });
    return fact?.mapType === 'granular' && struct.isAtomic ? new ObjectSchema(struct, false) : struct;
  }
  const underlying = typeSchema(facts, home, alias.is, fact);
  if (underlying.kind === 'scalar') return { ...underlying, goType: printed, ...(alias.enum && alias.values ? { enum: alias.values } : {}) };
  return underlying.kind === 'object' ? underlying : { ...underlying, goType: printed };
}

function listSchema(element: TypeSchema, fact: FieldFact | undefined): ListSchema {
  // Without a list type, upstream's OpenAPI conversion falls back to the merge key of strategic merge patch.
  const isMerge = fact?.patchStrategy?.split(',').includes('merge') === true;
  const listType = fact?.listType ?? (isMerge ? (fact.patchMergeKey ? 'map' : 'set') : 'atomic');
  const keys = listType === 'map' ? [...(fact?.listMapKeys ?? (fact?.patchMergeKey ? [fact.patchMergeKey] : []))].sort() : [];
  return { kind: 'list', goType: `[]${element.goType}`, element, listType, keys };
}

function mapSchema(facts: ApiFacts, groupVersion: string, map: { key: string; value: string; isAtomic: boolean }): MapSchema {
  const value = typeSchema(facts, groupVersion, map.value);
  const key = typeSchema(facts, groupVersion, map.key).goType;
  return { kind: 'map', goType: `map[${key}]${value.goType}`, value, isAtomic: map.isAtomic };
}
