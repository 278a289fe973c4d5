import { goJson, isObject, type JsonObject, type JsonValue } from '#api';

/**
 * A patched object as upstream's patch library writes it, for the messages that show it: members in order of their names wherever the patch went, and as
 * they were everywhere else.
 */
export function patchedText(type: 'json' | 'merge', patched: JsonValue, patch: JsonValue, isCustom: boolean): string {
  // Objects without a Go type are maps, which are in order everywhere.
  if (isCustom) return goJson(walked(patched, true));
  return goJson(type === 'merge' ? merged(patched, patch) : walked(patched, touchedBy(patch)));
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
