import type { JsonObject } from '../json.ts';
import { type FieldSet, LEAF } from './field-set.ts';
import { memberSchema, type Schema } from './typed.ts';

const reconciled = new WeakMap<FieldSet, Schema>();

/**
 * The set as the schema has it today: what was granular when the set was written and is one value now is owned as a whole. The other direction needs
 * nothing: what was one value is owned without its members. Returns the set itself where nothing changes; sets that were looked at are remembered.
 */
export function reconcileSet(schema: Schema, set: FieldSet): FieldSet {
  if (schema === undefined || reconciled.get(set) === schema) return set;
  const result = members(schema, set);
  reconciled.set(result, schema);
  return result;
}

function members(schema: Schema, set: FieldSet): FieldSet {
  let result: JsonObject | undefined;
  for (const element in set) {
    if (element === '.') continue;
    const node = set[element] as FieldSet;
    const type = element.startsWith('f:') ? memberSchema(schema, element.slice(2)) : schema?.kind === 'list' ? schema.element : undefined;
    const changed = nodeOf(type, node);
    if (changed === node) continue;
    result ??= { ...set };
    result[element] = changed;
  }
  return result ?? set;
}
function nodeOf(schema: Schema, node: FieldSet): FieldSet {
  if (schema === undefined || schema.kind === 'scalar') return node;
  const isAtomic = schema.kind === 'list' ? schema.listType === 'atomic' : schema.isAtomic;
  if (!isAtomic) return members(schema, node);
  for (const element in node) if (element !== '.') return LEAF;
  return node;
}
