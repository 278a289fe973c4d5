/** What protobuf messages the facts' structs are: numbered fields and how each is written (k8s.io/…/generated.proto). */
import { apiFacts, type FieldFact, resolveGoType } from '../facts.ts';
import type { SchemaRef } from '../schema.ts';

/** How one value is written. */
export type ValueShape =
  | { readonly kind: 'string' | 'bool' | 'int32' | 'int64' | 'double' | 'bytes' }
  /** Messages that are no structs in JSON. `raw`: any JSON as text in field 1. `strings`: texts in field 1. */
  | { readonly kind: 'quantity' | 'time' | 'microTime' | 'duration' | 'intOrString' | 'raw' | 'strings' }
  /** JSONSchemaPropsOrBool and its like. */
  | { readonly kind: 'schemaOrBool' | 'schemaOrArray' | 'schemaOrStrings' }
  | { readonly kind: 'message'; readonly ref: SchemaRef };
export interface FieldShape {
  readonly number: number;
  /** Absent: an embedded struct, whose JSON fields are the owner's. */
  readonly name: string | undefined;
  /** As gogo's errors name it, about: Go's name of the field. */
  readonly goName: string;
  readonly repeats: 'once' | 'list' | 'map';
  readonly isPointer: boolean;
  /** Whether JSON leaves the field out where it is empty. */
  readonly omitEmpty: boolean;
  readonly value: ValueShape;
}

const shapes = new Map<string, readonly FieldShape[]>();

/** The fields of a struct's message by number. Throws where the facts do not know the struct. */
export function messageShape({ groupVersion, struct }: SchemaRef): readonly FieldShape[] {
  const id = `${groupVersion}.${struct}`;
  let shape = shapes.get(id);
  if (!shape) {
    const facts = apiFacts()[groupVersion]?.structs[struct] ?? (EMPTY_STRUCTS.has(struct) ? {} : undefined);
    if (!facts) throw new Error(`No protobuf of ${struct} in ${groupVersion}: name a struct of src/api/facts`);
    shape = Object.entries(facts)
      .flatMap(([name, fact]) => (fact.pb === undefined ? [] : [fieldShape(groupVersion, name, fact, fact.pb)]))
      .sort((a, b) => a.number - b.number);
    shapes.set(id, shape);
  }
  return shape;
}
/** Structs without fields, which the facts leave out. */
const EMPTY_STRUCTS = new Set(['CustomResourceSubresourceStatus']);

/** Whether upstream has a protobuf message for the struct: Table has none, and nor have custom resources. */
export function hasProtobuf({ groupVersion, struct }: SchemaRef): boolean {
  // Table's fields have no numbers; those of a custom resource are not in the facts.
  const structs = apiFacts()[groupVersion]?.structs;
  const facts = structs && Object.hasOwn(structs, struct) ? structs[struct] : undefined;
  for (const name in facts) if (facts[name]?.pb !== undefined) return true;
  return false;
}

function fieldShape(groupVersion: string, name: string, fact: FieldFact, number: number): FieldShape {
  const isInline = name.startsWith('*inline:');
  const type = fact.type.replace(/^\*/, '');
  const bare = underlying(groupVersion, type);
  const map = /^map\[[^\]]+\](.*)$/.exec(bare);
  const isList = bare.startsWith('[]') && bare !== '[]byte';
  const value = map ? (map[1] ?? '') : isList ? bare.slice(2) : bare;
  return {
    number,
    name: isInline ? undefined : name,
    goName: goNameOf(isInline ? type : name, type),
    repeats: map ? 'map' : isList ? 'list' : 'once',
    isPointer: fact.type.startsWith('*'),
    omitEmpty: fact.omitempty === true,
    value: valueShape(groupVersion, value.replace(/^\*/, '')),
  };
}

/** Go's name: that of an embedded field is its type's, and JSON's `metadata` is embedded. */
function goNameOf(name: string, type: string): string {
  const local = type.slice(type.lastIndexOf('.') + 1);
  if (name === type || name === 'metadata') return local;
  const known: Readonly<Record<string, string>> = { uid: 'UID', apiVersion: 'APIVersion', ip: 'IP', tls: 'TLS', env: 'Env', apiGroup: 'APIGroup' };
  return known[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
}

/** Lists and maps with a name of their own (ResourceList) are written as what they are; those in SLICE_MESSAGES are messages of their own. */
function underlying(groupVersion: string, type: string): string {
  const resolved = resolveGoType(apiFacts(), groupVersion, type);
  const alias = resolved && apiFacts()[resolved[0]]?.types[resolved[1]];
  return alias && !SLICE_MESSAGES.has(resolved[1]) && /^(map|\[\])/.test(alias.is) ? alias.is : type;
}
/** Named slices that upstream marks nullable: a message whose field 1 repeats the items. */
const SLICE_MESSAGES = new Set(['ExtraValue', 'Verbs']);

const BUILTIN: Readonly<Record<string, ValueShape>> = {
  string: { kind: 'string' },
  'types.UID': { kind: 'string' },
  'types.NodeName': { kind: 'string' },
  '[]byte': { kind: 'bytes' },
  bool: { kind: 'bool' },
  int: { kind: 'int64' },
  int32: { kind: 'int32' },
  int64: { kind: 'int64' },
  uint16: { kind: 'int32' },
  float64: { kind: 'double' },
  'resource.Quantity': { kind: 'quantity' },
  'intstr.IntOrString': { kind: 'intOrString' },
  'runtime.RawExtension': { kind: 'raw' },
};
const SPECIAL: Readonly<Record<string, ValueShape>> = {
  'meta/v1.Time': { kind: 'time' },
  'meta/v1.MicroTime': { kind: 'microTime' },
  'meta/v1.Duration': { kind: 'duration' },
  'meta/v1.FieldsV1': { kind: 'raw' },
  'apiextensions/v1.JSON': { kind: 'raw' },
  'apiextensions/v1.JSONSchemaPropsOrBool': { kind: 'schemaOrBool' },
  'apiextensions/v1.JSONSchemaPropsOrArray': { kind: 'schemaOrArray' },
  'apiextensions/v1.JSONSchemaPropsOrStringArray': { kind: 'schemaOrStrings' },
};

function valueShape(groupVersion: string, goType: string): ValueShape {
  const builtin = BUILTIN[goType];
  if (builtin) return builtin;
  if (EMPTY_STRUCTS.has(goType)) return { kind: 'message', ref: { groupVersion, struct: goType } };
  const resolved = resolveGoType(apiFacts(), groupVersion, goType);
  if (!resolved) throw new Error(`No protobuf of ${goType}: the facts of ${groupVersion} do not know it`);
  const [home, name] = resolved;
  const special = SPECIAL[`${home}.${name}`];
  if (special) return special;
  if (SLICE_MESSAGES.has(name)) return { kind: 'strings' };
  const alias = apiFacts()[home]?.types[name];
  return alias ? valueShape(home, alias.is) : { kind: 'message', ref: { groupVersion: home, struct: name } };
}
