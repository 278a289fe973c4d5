import type { JsonObject, JsonValue } from './json.ts';
import { isObject } from './json-value.ts';
import type { ObjectSchema, TypeSchema } from './schema.ts';

type Visit = (value: JsonValue) => void;
const NOTHING: Visit = () => {};
const visits = new WeakMap<TypeSchema, Visit>();

/**
 * Makes the empty lists and maps of required fields null, in place: upstream keeps objects as protobuf, which does not tell an empty list from none,
 * so `rules: []` is read back as `rules: null`, and null bytes in a map as empty ones. Empty lists of optional fields are gone since decoding.
 */
export function emptyListsToNull(schema: ObjectSchema, object: object): void {
  // Custom resource definitions and custom resources are kept as JSON.
  if (!schema.groupVersion.startsWith('apiextensions/') && !schema.isCustom) visitOf(schema)(object as JsonObject);
}

function visitOf(schema: TypeSchema): Visit {
  let visit = visits.get(schema);
  if (visit === undefined) {
    // Types that contain themselves have nothing of the kind below; none is told so while it is being looked at.
    visits.set(schema, NOTHING);
    visit = compile(schema);
    visits.set(schema, visit);
  }
  return visit;
}

function compile(schema: TypeSchema): Visit {
  switch (schema.kind) {
    case 'scalar':
      return NOTHING;
    case 'object':
      return compileObject(schema);
    case 'list': {
      const visit = visitOf(schema.element);
      return visit === NOTHING ? NOTHING : (value) => Array.isArray(value) && value.forEach(visit);
    }
    case 'map': {
      if (schema.value.kind === 'scalar' && schema.value.scalar === 'bytes') return emptyBytes;
      const visit = visitOf(schema.value);
      return visit === NOTHING ? NOTHING : (value) => isObject(value) && Object.values(value).forEach((each) => each !== undefined && visit(each));
    }
  }
}

function emptyBytes(map: JsonValue): void {
  if (!isObject(map)) return;
  for (const key in map) if (map[key] === null) map[key] = '';
}

function compileObject(schema: ObjectSchema): Visit {
  const required: string[] = [];
  const below: [string, Visit][] = [];
  for (const { name, type, isPointer, omitEmpty } of schema.fields.values()) {
    if ((type.kind === 'list' || type.kind === 'map') && !isPointer && !omitEmpty) required.push(name);
    const visit = visitOf(type);
    if (visit !== NOTHING) below.push([name, visit]);
  }
  if (required.length === 0 && below.length === 0) return NOTHING;
  return (value) => {
    if (!isObject(value)) return;
    for (const name of required) if (isEmptyContainer(value[name])) value[name] = null;
    for (const [name, visit] of below) {
      const member = value[name];
      if (member !== undefined && member !== null) visit(member);
    }
  };
}

function isEmptyContainer(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
