import { goValue } from './go-value.ts';
import type { JsonValue } from './json.ts';
import type { SchemaRef } from './schema.ts';
import { unifiedDiff } from './unified-diff.ts';

/** How two structs differ, as upstream says it in errors: line by line of their JSON. */
export function describeChange(struct: SchemaRef, old: object, now: object): string {
  return unifiedDiff(goJson(goValue(struct, old)), goJson(goValue(struct, now)));
}

function goJson(value: JsonValue): string {
  return JSON.stringify(value, null, 1).replaceAll(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
