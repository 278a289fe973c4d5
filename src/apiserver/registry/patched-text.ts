import { isObject, type JsonObject, type JsonValue, type TypeSchema } from '#api';

/**
 * A patched object as upstream's patch library writes it, for the messages that show it: members in order of their names wherever the patch went, and as
 * they were everywhere else.
 */
export function asPatchWrites(type: 'json' | 'merge', patched: JsonValue, patch: JsonValue, isCustom: boolean): JsonValue {
  // Objects without a Go type are maps, which are in order everywhere.
  if (isCustom) return walked(patched, true);
  return type === 'merge' ? merged(patched, patch) : walked(patched, touchedBy(patch));
}

/** An object with its members where Go writes them: those of structs as they are declared, those of maps in order of their names. */
export function asGoWrites(schema: TypeSchema, value: JsonValue): JsonValue {
  if (Array.isArray(value)) return schema.kind === 'list' ? value.map((item) => asGoWrites(schema.element, item)) : value;
  if (!isObject(value)) return value;
  if (schema.kind === 'map') return inOrder(value, (member) => asGoWrites(schema.value, member));
  if (schema.kind !== 'object') return value;
  const inPlace: JsonObject = {};
  for (const [name, { type }] of schema.fields) {
    const member = value[name];
    if (member !== undefined) inPlace[name] = asGoWrites(type, member);
  }
  return { ...inPlace, ...Object.fromEntries(Object.entries(value).filter(([name]) => !(name in inPlace))) };
}

function merged(value: JsonValue, patch: JsonValue | undefined): JsonValue {
  if (patch === undefined || typeof value !== 'object' || value === null) return value;
  const change = isObject(patch) ? patch : {};
  if (Array.isArray(value)) return Array.isArray(patch) ? value.map((item, i) => merged(item, patch[i] ?? {})) : value;
  return inOrder(value, (member, name) => merged(member, change[name]));
}

/** Where a JSON patch went: names and indexes that lead to its targets; `true` below what it compared. */
interface Touched {
  [token: string]: Touched | true;
}
function touchedBy(patch: JsonValue): Touched {
  const root: Touched = {};
  for (const operation of Array.isArray(patch) ? patch : []) {
    if (!isObject(operation)) continue;
    for (const path of [operation['path'], operation['from']]) {
      if (typeof path === 'string') mark(root, tokensOf(path), operation['op'] === 'test');
    }
  }
  return root;
}
function mark(root: Touched, tokens: readonly string[], isWhole: boolean): void {
  let node = root;
  for (const [i, token] of tokens.entries()) {
    const isLast = i === tokens.length - 1;
    if (isLast && !isWhole) return;
    if (isLast) node[token] = true;
    const next = (node[token] ??= {});
    if (next === true) return;
    node = next;
  }
}
function tokensOf(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
function walked(value: JsonValue, touched: Touched | true | undefined): JsonValue {
  if (touched === undefined || typeof value !== 'object' || value === null) return value;
  const below = (token: string): Touched | true | undefined => (touched === true ? true : touched[token]);
  if (Array.isArray(value)) return value.map((item, i) => walked(item, below(String(i))));
  return inOrder(value, (member, name) => walked(member, below(name)));
}

function inOrder(object: JsonObject, change: (member: JsonValue, name: string) => JsonValue): JsonObject {
  const names = Object.keys(object).filter((name) => object[name] !== undefined);
  return Object.fromEntries(names.sort().map((name) => [name, change(object[name] as JsonValue, name)]));
}
