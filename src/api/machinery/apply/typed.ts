/** Values seen through their schema: what is one value to server-side apply, what has fields or items, and which fields a value has. */
import type { JsonObject, JsonValue } from '../json.ts';
import { isObject } from '../json-value.ts';
import type { ListSchema, TypeSchema } from '../schema.ts';
import { goPrint } from '../strategic-patch-error.ts';
import { fieldElement, itemElement, keyDefault, printElement } from './field-path.ts';
import { type FieldSet, isMember, LEAF, sortedSet } from './field-set.ts';

/** Absent where nothing is known (custom resources without a schema): objects have fields, lists are one value. */
export type Schema = TypeSchema | undefined;

/** Whether values of the schema are one value (`leaf`), have members of their own, or items that are identified. */
export function shapeOf(schema: Schema, value: JsonValue): 'leaf' | 'map' | 'list' {
  if (schema === undefined) return isObject(value) ? 'map' : 'leaf';
  switch (schema.kind) {
    case 'scalar':
      return schema.isDeduced && isObject(value) ? 'map' : 'leaf';
    case 'list':
      return schema.listType === 'atomic' ? 'leaf' : 'list';
    default:
      return schema.isAtomic ? 'leaf' : 'map';
  }
}
/** The schema of a member; undefined where nothing is known. */
export function memberSchema(schema: Schema, name: string): Schema {
  if (schema?.kind === 'object') return schema.fields.get(name)?.type;
  return schema?.kind === 'map' ? schema.value : undefined;
}
/** Whether the name is that of a struct's field, rather than a map's key. */
export function isNamedField(schema: Schema, name: string): boolean {
  return schema?.kind === 'object' && schema.fields.has(name);
}
/** The members of an object, or none for null. */
export function membersOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : NOTHING;
}
const NOTHING: JsonObject = Object.freeze({});

/** The fields that a value states, as an applier owns them: leaves, items, and keys of maps, but not the structs they are in. */
export function fieldSetOf(schema: Schema, value: JsonValue): FieldSet {
  const members: FieldSet = {};
  switch (shapeOf(schema, value)) {
    case 'leaf':
      break;
    case 'map':
      for (const [name, member] of Object.entries(membersOf(value))) {
        if (member === undefined) continue;
        const set = mapMemberNode(schema, name, member);
        if (set) members[fieldElement(name)] = set;
      }
      break;
    case 'list':
      for (const item of Array.isArray(value) ? value : []) {
        const list = schema as ListSchema;
        const element = itemElement(list, item);
        const children = members[element] ? LEAF : fieldSetOf(list.element, item);
        // Several items of one identity are owned as one value.
        members[element] = isMember(children) ? LEAF : { '.': LEAF, ...children };
      }
      break;
  }
  return sortedSet(members);
}
function mapMemberNode(schema: Schema, name: string, member: JsonValue): FieldSet | undefined {
  const type = memberSchema(schema, name);
  if (shapeOf(type, member) === 'leaf') return LEAF;
  const children = fieldSetOf(type, member);
  if (Object.keys(children).length > 0) return isNamedField(schema, name) ? children : { '.': LEAF, ...children };
  const isEmptyMap = member === null || (isObject(member) && Object.keys(member).length === 0);
  return isEmptyMap || !isNamedField(schema, name) ? LEAF : undefined;
}

interface TypeOptions {
  /** Stored objects may hold an item twice. */
  readonly allowsDuplicates?: boolean;
}

/** The errors as one text, as upstream joins them. */
export function typeErrorsText(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] ?? '') : `errors:\n${errors.map((error) => `  ${error}`).join('\n')}`;
}

/** What an applied object states wrongly, one line each: `.spec.foo: field not declared in schema`. */
export function typeErrors(schema: Schema, value: JsonValue, path = '', { allowsDuplicates = false }: TypeOptions = {}): string[] {
  if (schema === undefined || value === null) return [];
  const wrong = (text: string): string[] => [`${path}${path ? ': ' : ''}${text}`];
  switch (schema.kind) {
    case 'scalar':
      return scalarError(schema.scalar, value).flatMap(wrong);
    case 'list':
      return Array.isArray(value) ? listErrors(schema, value, path, allowsDuplicates) : wrong(`expected list, got &{${goPrint(value)}}`);
    default: {
      if (!isObject(value)) return wrong(`expected map, got &{${goPrint(value)}}`);
      return Object.entries(value).flatMap(([name, member]) => {
        const at = `${path}.${name}`;
        if (schema.kind === 'object' && !schema.fields.has(name) && !schema.preservesUnknown) return [`${at}: field not declared in schema`];
        return member === undefined ? [] : typeErrors(memberSchema(schema, name), member, at, { allowsDuplicates });
      });
    }
  }
}
function listErrors(list: ListSchema, items: readonly JsonValue[], path: string, allowsDuplicates: boolean): string[] {
  if (list.listType === 'atomic') return items.flatMap((item, i) => typeErrors(list.element, item, `${path}[${i}]`, { allowsDuplicates }));
  const seen = new Set<string>();
  const errors: string[] = [];
  for (const [i, item] of items.entries()) {
    const problem = identityError(list, item);
    // What comes behind an item that cannot be identified is not looked at.
    if (problem) return [...errors, `${path}: element ${i}: ${problem}`];
    const element = itemElement(list, item);
    if (seen.has(element) && !allowsDuplicates) errors.push(`${path}: duplicate entries for key ${printElement(element)}`);
    seen.add(element);
    errors.push(...typeErrors(list.element, item, `${path}${printElement(element)}`, { allowsDuplicates }));
  }
  return errors;
}
function identityError(list: ListSchema, item: JsonValue): string | undefined {
  if (list.listType === 'set') return setItemError(item);
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isObject(item)) return 'associative list with keys may not have non-map elements';
  if (list.keys.some((key) => item[key] !== undefined || keyDefault(list, key) !== undefined)) return undefined;
  const keys = list.keys.map((key) => JSON.stringify(key)).join(' ');
  return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
}
function setItemError(item: JsonValue): string | undefined {
  if (item === null) return "associative list without keys has an element that's an explicit null";
  if (Array.isArray(item)) return 'not supported: associative list with lists as elements';
  return isObject(item) ? "associative list without keys has an element that's a map type" : undefined;
}
function scalarError(scalar: string, value: JsonValue): string[] {
  switch (scalar) {
    case 'raw':
      return [];
    case 'bool':
      return typeof value === 'boolean' ? [] : [`expected boolean, got &{${goPrint(value)}}`];
    case 'int32':
    case 'int64':
    case 'uint16':
    case 'float64':
      return ['number', 'bigint'].includes(typeof value) ? [] : [`expected numeric (int or float), got ${goType(value)}`];
    case 'quantity':
    case 'intOrString':
      return typeof value === 'object' ? [`expected any scalar, got &{${goPrint(value)}}`] : [];
    default:
      return typeof value === 'string' ? [] : [`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`];
  }
}
function goType(value: JsonValue): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
/** As Go's %#v prints it. */
function goSyntax(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (Array.isArray(value)) return `${goType(value)}{${value.map(goSyntax).join(', ')}}`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `${goType(value)}{${members.map((name) => `${JSON.stringify(name)}:${goSyntax(value[name])}`).join(', ')}}`;
}
