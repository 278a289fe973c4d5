import * as cel from '../index.ts';

/** A type in a table of tests: a scalar's name, with a question mark when it may be null, or what it consists of. */
export type Described =
  | string
  | { readonly list: Described }
  | { readonly set: Described }
  | { readonly mapList: Described; readonly keys: readonly string[] }
  | { readonly map: Described }
  | { readonly object: Readonly<Record<string, Described>> };

const SCALARS: Readonly<Record<string, cel.CelType>> = {
  int: cel.intType,
  double: cel.doubleType,
  string: cel.stringType,
  bool: cel.boolType,
  bytes: cel.bytesType,
  dyn: cel.dynType,
  timestamp: cel.timestampType,
  duration: cel.durationType,
};

function typeOf(described: Described): cel.CelType {
  if (typeof described === 'string') return described.endsWith('?') ? cel.nullable(typeOf(described.slice(0, -1))) : (SCALARS[described] as cel.CelType);
  if ('list' in described) return cel.listOf(typeOf(described.list));
  if ('set' in described) return cel.listOf(typeOf(described.set), { listType: 'set' });
  if ('mapList' in described) return cel.listOf(typeOf(described.mapList), { listType: 'map', listMapKeys: described.keys });
  if ('map' in described) return cel.mapOf(cel.stringType, typeOf(described.map));
  return objectOf(described.object);
}

/** The type of an object with these properties, under the names that CEL knows them by. */
export function objectOf(properties: Readonly<Record<string, Described>>): cel.CelType {
  const fields = Object.entries(properties).map(([property, described]) => [cel.escapeFieldName(property) ?? property, { type: typeOf(described), property }]);
  return cel.object({ name: JSON.stringify(properties), fields: Object.fromEntries(fields) as Record<string, cel.CelField> });
}
