/** RFC 6902 patches, with the error texts of the library upstream uses. */
import type { JsonObject, JsonValue } from './json.ts';
import { isObject, jsonEqual } from './json-value.ts';

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: JsonValue;
}

/** A patch that is malformed, or that does not fit the document; the message is upstream's library's. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError';
}

/** Upstream refuses longer patches with RequestEntityTooLarge. */
export const MAX_JSON_PATCH_OPERATIONS = 10_000;

type Container = JsonObject | JsonValue[];

/** Applies all operations or throws JsonPatchError. Returns a new document that shares what did not change; changes neither argument. */
export function jsonPatch(document: JsonValue, operations: JsonValue): JsonValue {
  if (!Array.isArray(operations)) throw new JsonPatchError(`json: cannot unmarshal ${kindOf(operations)} into Go value of type jsonpatch.Patch`);
  const session = new Session(document);
  for (const operation of operations) session.apply(operation);
  return session.document;
}

/** One application: containers are copied before their first change, and only once. */
class Session {
  document: JsonValue;
  readonly #owned = new Set<Container>();

  constructor(document: JsonValue) {
    this.document = document;
  }

  apply(operation: JsonValue): void {
    const step = isObject(operation) ? operation : {};
    const op = typeof step['op'] === 'string' ? step['op'] : 'unknown';
    const path = step['path'];
    switch (op) {
      case 'add':
        return this.#add(pathOf(path, op), valueOf(step, op));
      case 'remove':
        return this.#remove(pathOf(path, op), 'remove');
      case 'replace':
        return this.#replace(pathOf(path, op), valueOf(step, op));
      case 'move': {
        const from = fromOf(step, 'move');
        const moved = this.#get(from, 'move', 'from');
        this.#remove(from, 'move');
        return this.#add(pathOf(path, op), moved);
      }
      case 'copy':
        // The copy is shared until one of the two is changed, and changing copies first.
        return this.#copy(fromOf(step, 'copy'), pathOf(path, op));
      case 'test':
        return this.#test(pathOf(path, op), step['value']);
      default:
        throw new JsonPatchError(`Unexpected kind: ${op}`);
    }
  }

  #copy(from: string, path: string): void {
    const value = this.#get(from, 'copy', 'from');
    this.#disown(value);
    this.#add(path, value);
  }
  #disown(value: JsonValue): void {
    if (typeof value !== 'object' || value === null) return;
    this.#owned.delete(value);
    for (const child of Object.values(value)) if (child !== undefined) this.#disown(child as JsonValue);
  }

  #add(path: string, value: JsonValue): void {
    if (path === '') {
      this.document = value;
      return;
    }
    const [parent, key] = this.#parent(path, 'add');
    if (Array.isArray(parent)) {
      parent.splice(key === '-' ? parent.length : arrayIndex(key, parent.length, { path, isInsert: true, op: 'add' }), 0, value);
    } else setMember(parent, key, value);
  }
  #remove(path: string, op: string): void {
    const [parent, key] = this.#parent(path, op);
    if (Array.isArray(parent)) {
      parent.splice(arrayIndex(key, parent.length, { path, isInsert: false, op }), 1);
      return;
    }
    if (!Object.hasOwn(parent, key)) throw new JsonPatchError(`error in remove for path: '${path}': unable to remove nonexistent key: ${key}: missing value`);
    delete parent[key];
  }
  #replace(path: string, value: JsonValue): void {
    if (path === '') {
      this.document = value;
      return;
    }
    const [parent, key] = this.#parent(path, 'replace');
    if (Array.isArray(parent)) {
      parent[arrayIndex(key, parent.length, { path, isInsert: false, op: 'replace' })] = value;
      return;
    }
    if (!Object.hasOwn(parent, key)) throw new JsonPatchError(`replace operation does not apply: doc is missing key: ${path}: missing value`);
    setMember(parent, key, value);
  }
  #test(path: string, expected: JsonValue | undefined): void {
    const actual = this.#lookup(path);
    if (actual === undefined && (expected === undefined || expected === null)) return;
    if (!jsonEqual(actual ?? null, expected ?? null)) throw new JsonPatchError(`testing value ${path} failed: test failed`);
  }

  #get(path: string, op: string, member: string): JsonValue {
    const value = this.#lookup(path);
    if (value === undefined) throw new JsonPatchError(`${op} operation does not apply: doc is missing ${member} path: ${path}: missing value`);
    return value;
  }
  #lookup(path: string): JsonValue | undefined {
    let value: JsonValue | undefined = this.document;
    for (const key of tokens(path)) {
      if (Array.isArray(value)) value = /^\d+$/.test(key) ? value[Number(key)] : undefined;
      else if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
      else return undefined;
    }
    return value;
  }

  /** The container of the last token, copied together with its ancestors where that has not happened yet. */
  #parent(path: string, op: string): [Container, string] {
    const keys = tokens(path);
    const last = keys.pop();
    const missing = (): JsonPatchError => new JsonPatchError(`${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`);
    if (last === undefined) throw missing();
    let container = this.#own(this.document, (copy) => (this.document = copy));
    if (!container) throw missing();
    for (const key of keys) {
      const at: Container = container;
      if (!Array.isArray(at) && !Object.hasOwn(at, key)) throw missing();
      const child: JsonValue | undefined = Array.isArray(at) ? at[Number(key)] : at[key];
      const next = this.#own(child, (copy) => (Array.isArray(at) ? (at[Number(key)] = copy) : setMember(at, key, copy)));
      if (!next) throw missing();
      container = next;
    }
    return [container, last];
  }
  #own(value: JsonValue | undefined, place: (copy: Container) => void): Container | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    if (this.#owned.has(value)) return value;
    const copy = Array.isArray(value) ? value.slice() : { ...value };
    this.#owned.add(copy);
    place(copy);
    return copy;
  }
}

/** Assigning `__proto__` would change the prototype instead. */
function setMember(object: JsonObject, key: string, value: JsonValue): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

function tokens(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
function arrayIndex(key: string, length: number, at: { path: string; isInsert: boolean; op: string }): number {
  if (!/^-?\d+$/.test(key))
    throw new JsonPatchError(
      `error in ${at.op} for path: '${at.path}': value was not a proper array index: '${key}': strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`,
    );
  const position = Number(key);
  const limit = at.isInsert ? length : length - 1;
  // Negative indexes count from the end, as upstream's library allows.
  const settled = position < 0 ? position + limit + 1 : position;
  if (position > limit || settled < 0) {
    throw new JsonPatchError(`error in ${at.op} for path: '${at.path}': Unable to access invalid index: ${position}: invalid index referenced`);
  }
  return settled;
}
function pathOf(path: JsonValue | undefined, op: string): string {
  if (path === undefined) throw new JsonPatchError(`${op} operation failed to decode path: operation missing path field: missing value`);
  if (typeof path !== 'string')
    throw new JsonPatchError(`${op} operation failed to decode path: json: cannot unmarshal ${kindOf(path)} into Go value of type string`);
  return path;
}
function fromOf(step: JsonObject, op: string): string {
  const from = step['from'];
  if (typeof from !== 'string') throw new JsonPatchError(`${op} operation failed to decode from: operation, missing from field: missing value`);
  return from;
}
function valueOf(step: JsonObject, op: string): JsonValue {
  const value = step['value'];
  if (value === undefined) throw new JsonPatchError(`${op} operation missing value field: missing value`);
  return value;
}
function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
