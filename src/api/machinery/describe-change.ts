import { isObject, jsonEqual } from './json-value.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** How two objects of a type differ, field by field, in the shape that upstream's comparison prints: lines with `-` for the old and `+` for the new. */
export function describeChange(type: string, old: object, now: object): string {
  return `${changedObject(type, old as JsonObject, now as JsonObject, '  ').join('\n')}\n`;
}

function changedObject(type: string, old: JsonObject, now: JsonObject, indent: string): string[] {
  const lines = [`${indent}${type}{`];
  let same = 0;
  const flush = () => {
    if (same) lines.push(`${indent}\t... // ${same} identical field${same === 1 ? '' : 's'}`);
    same = 0;
  };
  for (const field of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const [before, after] = [old[field], now[field]];
    if (jsonEqual(before, after)) {
      if (before !== undefined) same++;
      continue;
    }
    flush();
    lines.push(...changedField(goName(field), before, after, indent));
  }
  flush();
  return [...lines, `${indent}}`].map((line, i, all) => (i === all.length - 1 && indent.length > 2 ? `${line},` : line));
}

function changedField(name: string, before: JsonValue | undefined, after: JsonValue | undefined, indent: string): string[] {
  const inner = `${indent}\t`;
  if (isObject(before) && isObject(after)) {
    const [first = '', ...rest] = changedObject('', before, after, inner);
    return [`${inner}${name}: ${first.trim()}`, ...rest];
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length && before.every(isObject)) {
    const items = before.flatMap((item, i) => {
      const other = after[i];
      if (jsonEqual(item, other)) return [`${inner}\t... // 1 identical element`];
      return isObject(item) && isObject(other) ? changedObject('', item, other, `${inner}\t`) : [];
    });
    return [`${inner}${name}: {`, ...items, `${inner}},`];
  }
  const removed = before === undefined ? 'nil' : JSON.stringify(before);
  const added = after === undefined ? 'nil' : JSON.stringify(after);
  return [`-${inner.slice(1)}${name}: ${removed},`, `+${inner.slice(1)}${name}: ${added},`];
}

function goName(field: string): string {
  return field.charAt(0).toUpperCase() + field.slice(1);
}
