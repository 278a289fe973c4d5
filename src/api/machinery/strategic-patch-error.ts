import type { JsonValue } from './json.ts';
import { isObject } from './json-value.ts';
import { indexOf, type ListKind } from './strategic-order.ts';

/** A strategic merge patch that cannot be applied; `code` is the HTTP code upstream answers with. */
export class StrategicPatchError extends Error {
  override readonly name = 'StrategicPatchError';
  readonly code: 400 | 422 | 500;

  constructor(message: string, code: 400 | 422 | 500 = 500) {
    super(message);
    this.code = code;
  }
}

/** The patch's items must stand in the stated order, deleted ones aside. Throws StrategicPatchError. */
export function checkSetElementOrder(change: readonly JsonValue[], order: readonly JsonValue[], kind: ListKind): void {
  if (order.length === 0) return;
  let from = 0;
  for (const item of change) {
    if (isObject(item) && item['$patch'] !== undefined) continue;
    const at = indexOf(order.slice(from), item, kind);
    if (at < 0)
      throw new StrategicPatchError(
        `The order in patch list:\n${goPrint(change as JsonValue)}\n doesn't match $setElementOrder list:\n${goPrint(order as JsonValue)}\n`,
      );
    from += at + 1;
  }
}

/** A value as Go's %v prints it: `map[a:1 b:[x y]]`. */
export function goPrint(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goPrint).join(' ')}]`;
  if (!isObject(value)) return String(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${name}:${goPrint(value[name])}`);
  return `map[${members.join(' ')}]`;
}

/** What Go decodes a JSON value into. */
export function goType(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '%!s(<nil>)';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'string') return 'string';
  return typeof value === 'boolean' ? 'bool' : 'int64';
}
