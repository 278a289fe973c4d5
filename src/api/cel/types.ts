/** What kind of value a CEL type stands for. `object` is a message with fields, `opaque` a type known by name only, `param` a type parameter. */
export type CelKind =
  | 'any'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'object'
  | 'opaque'
  | 'param'
  | 'string'
  | 'timestamp'
  | 'type'
  | 'uint';

/** A type of the CEL type system. Build one with the constants and functions of this file; compare with `sameType`. */
export interface CelType {
  readonly kind: CelKind;
  /** The name that `type(x)` prints and error texts show: `int`, `list`, `kubernetes.Quantity`. */
  readonly name: string;
  readonly params: readonly CelType[];
  /** A wrapper type: also holds null. */
  readonly nullable?: boolean;
  /** The type of an object's field; undefined when there is no such field. Absent: the object's fields are not known to the checker. */
  readonly field?: (name: string) => CelField | undefined;
  /** How two lists of this type compare and add, as `x-kubernetes-list-type` says. */
  readonly listType?: 'set' | 'map';
  /** The keys of a `map` list. */
  readonly listMapKeys?: readonly string[];
}

/** A field of an object type. */
export interface CelField {
  readonly type: CelType;
  /** Its name in the JSON, when CEL sees it under an escaped one. */
  readonly property?: string;
}

function plain(kind: CelKind, name: string = kind): CelType {
  return { kind, name, params: [] };
}

export const anyType = plain('any', 'google.protobuf.Any');
export const boolType = plain('bool');
export const bytesType = plain('bytes');
export const doubleType = plain('double');
export const durationType = plain('duration', 'google.protobuf.Duration');
export const dynType = plain('dyn');
export const errorType = plain('error', '*error*');
export const intType = plain('int');
export const nullType = plain('null', 'null_type');
export const stringType = plain('string');
export const timestampType = plain('timestamp', 'google.protobuf.Timestamp');
export const uintType = plain('uint');
/** The type of types, nothing known of which. */
export const typeType = plain('type');

/** `list(elem)`; `listType` makes lists of it compare and add as Kubernetes' sets and maps do. */
export function listOf(elem: CelType, kubernetes?: { listType: 'set' | 'map'; listMapKeys?: readonly string[] }): CelType {
  return { kind: 'list', name: 'list', params: [elem], ...kubernetes };
}

/** `map(key, value)`. */
export function mapOf(key: CelType, value: CelType): CelType {
  return { kind: 'map', name: 'map', params: [key, value] };
}

/** `optional_type(value)`. */
export function optionalOf(value: CelType): CelType {
  return { kind: 'opaque', name: 'optional_type', params: [value] };
}

/** A type that only functions know: `net.IP`. */
export function opaque(name: string, ...params: CelType[]): CelType {
  return { kind: 'opaque', name, params };
}

/** `type(of)`, the type of a type's value. */
export function typeOf(of: CelType): CelType {
  return { kind: 'type', name: 'type', params: [of] };
}

/** A type parameter of a function's signature. */
export function typeParam(name: string): CelType {
  return { kind: 'param', name, params: [] };
}

/** The type that also holds null: `wrapper(int)`. */
export function nullable(type: CelType): CelType {
  return { ...type, nullable: true };
}

/** What `object` takes: without `fields`, the checker knows the type by name only. */
export interface CelObjectOptions {
  readonly name: string;
  readonly fields?: Readonly<Record<string, CelType | CelField>> | ((name: string) => CelField | undefined);
}

/** An object type. Selecting a field that it does not declare is a compile error. */
export function object({ name, fields }: CelObjectOptions): CelType {
  if (fields === undefined) return { kind: 'object', name, params: [] };
  if (typeof fields === 'function') return { kind: 'object', name, params: [], field: fields };
  const table = new Map(Object.entries(fields).map(([key, value]) => [key, 'kind' in value ? { type: value } : value]));
  return { kind: 'object', name, params: [], field: (key) => table.get(key) };
}

export function isOptional(type: CelType): boolean {
  return type.kind === 'opaque' && type.name === 'optional_type';
}

export function isDyn(type: CelType): boolean {
  return type.kind === 'dyn' || type.kind === 'any';
}

export function isDynOrError(type: CelType): boolean {
  return type.kind === 'error' || isDyn(type);
}

/** Whether two types are the same, parameters included. */
export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false;
  if ((a.nullable ?? false) !== (b.nullable ?? false)) return false;
  return a.params.every((param, i) => sameType(param, b.params[i] as CelType));
}

const SHORT_NAMES: Partial<Record<CelKind, string>> = { any: 'any', duration: 'duration', error: '!error!', null: 'null', timestamp: 'timestamp' };

/** The type as cel-go's error texts print it (`FormatCelType`). */
export function formatType(type: CelType): string {
  if (type.nullable && type.kind !== 'object') return `wrapper(${formatType({ ...type, nullable: false })})`;
  const short = SHORT_NAMES[type.kind];
  if (short !== undefined) return short;
  if (type.params.length === 0) return type.name;
  return `${type.name}(${type.params.map(formatType).join(', ')})`;
}

/** `int.(string, list(dyn))`: how error texts show what a function was applied to. */
export function formatSignature(args: readonly CelType[], isMember: boolean): string {
  const [target, ...rest] = args;
  if (isMember && target) return `${formatType(target)}.(${rest.map(formatType).join(', ')})`;
  return `(${args.map(formatType).join(', ')})`;
}
