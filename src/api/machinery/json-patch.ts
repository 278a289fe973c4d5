/** RFC 6902 patches, with the error texts of the library upstream uses. */
import type { JsonObject, JsonValue } from './json.ts';
import { isObject, jsonEqual, setMember } from './json-value.ts';

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
    // A missing value is null, as in upstream's library.
    const value = step['value'] ?? null;
    switch (op) {
      case 'add':
        return this.#add(pathOf(step, op), value, op);
      case 'remove':
        return this.#remove(pathOf(step, op), op);
      case 'replace':
        return this.#replace(pathOf(step, op), value);
      case 'move': {
        const from = fromOf(step, op);
        const moved = this.#get(from, op);
        this.#remove(from, op);
        return this.#add(pathOf(step, op), moved, op);
      }
      case 'copy':
        return this.#copy(fromOf(step, op), pathOf(step, op));
      case 'test':
        return this.#test(pathOf(step, op), value);
      default:
        throw new JsonPatchError(`Unexpected kind: ${op}`);
    }
  }

  #copy(from: string, path: string): void {
    const value = this.#get(from, 'copy');
    // The copy is shared until one of the two is changed, and changing copies first.
    this.#disown(value);
    this.#add(path, value, 'copy');
  }
  #disown(value: JsonValue): void {
    if (typeof value !== 'object' || value === null) return;
    this.#owned.delete(value);
    for (const child of Object.values(value)) if (child !== undefined) this.#disown(child as JsonValue);
  }

  #add(path: string, value: JsonValue, op: string): void {
    const [parent, key] = this.#parent(
      path,
      `${op} operation does not apply: doc is missing ${op === 'add' ? `path: ${JSON.stringify(path)}` : `destination path: ${path}`}`,
    );
    if (!Array.isArray(parent)) {
      setMember(parent, key, value);
      return;
    }
    const context = op === 'copy' ? 'error while adding value during copy' : `error in ${op} for path: '${path}'`;
    parent.splice(key === '-' ? parent.length : insertIndex(key, parent.length, context), 0, value);
  }
  #remove(path: string, op: string): void {
    const [parent, key] = this.#parent(
      path,
      `${op} operation does not apply: doc is missing ${op === 'move' ? `from path: ${path}` : `path: ${JSON.stringify(path)}`}`,
    );
    const context = `error in ${op} for path: '${op === 'move' ? key : path}'`;
    if (Array.isArray(parent)) parent.splice(itemIndex(key, parent.length, context), 1);
    else if (Object.hasOwn(parent, key)) delete parent[key];
    else throw new JsonPatchError(`${context}: Unable to remove nonexistent key: ${key}: missing value`);
  }
  #replace(path: string, value: JsonValue): void {
    if (path === '') {
      this.document = value;
      return;
    }
    const [parent, key] = this.#parent(path, `replace operation does not apply: doc is missing path: ${path}`);
    if (this.#lookup(path) === undefined) throw new JsonPatchError(`replace operation does not apply: doc is missing key: ${path}: missing value`);
    if (Array.isArray(parent)) parent[itemIndex(key, parent.length, `error in replace for path: '${path}'`)] = value;
    else setMember(parent, key, value);
  }
  #test(path: string, expected: JsonValue): void {
    const actual = this.#lookup(path) ?? null;
    if (!jsonEqual(actual, expected)) throw new JsonPatchError(`testing value ${path} failed: test failed`);
  }

  #get(from: string, op: string): JsonValue {
    const value = this.#lookup(from);
    if (value !== undefined) return value;
    const [parent, key] = this.#parent(from, `${op} operation does not apply: doc is missing from path: ${from}`);
    const context = op === 'move' ? `error in move for path: '${key}'` : `error in copy for from: '${from}'`;
    if (Array.isArray(parent)) itemIndex(key, parent.length, context);
    throw new JsonPatchError(`${context}: unable to get nonexistent key: ${key}: missing value`);
  }
  #lookup(path: string): JsonValue | undefined {
    let value: JsonValue | undefined = this.document;
    for (const key of tokens(path)) {
      if (Array.isArray(value)) value = /^-?\d+$/.test(key) ? value.at(Number(key)) : undefined;
      else if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
      else return undefined;
    }
    return value;
  }

  /** The container of the last token, copied together with its ancestors where that has not happened yet. */
  #parent(path: string, problem: string): [Container, string] {
    const keys = tokens(path);
    const last = keys.pop();
    const missing = (): JsonPatchError => new JsonPatchError(`${problem}: missing value`);
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

function tokens(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
/** Where to insert: up to the length; negative indexes count from behind the end, as upstream's library has it. */
function insertIndex(key: string, length: number, context: string): number {
  if (!/^[-+]?\d+$/.test(key)) throw new JsonPatchError(`${context}: value was not a proper array index: '${key}': ${notANumber(key)}`);
  return settledIndex(Number(key), length + 1, context);
}
function itemIndex(key: string, length: number, context: string): number {
  if (!/^[-+]?\d+$/.test(key)) throw new JsonPatchError(`${context}: ${notANumber(key)}`);
  return settledIndex(Number(key), length, context);
}
function settledIndex(index: number, length: number, context: string): number {
  if (index >= length || index < -length) throw new JsonPatchError(`${context}: Unable to access invalid index: ${index}: invalid index referenced`);
  return index < 0 ? index + length : index;
}
function notANumber(key: string): string {
  return `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
}
function pathOf(step: JsonObject, op: string): string {
  return textOf(step, 'path', op);
}
function fromOf(step: JsonObject, op: string): string {
  return textOf(step, 'from', op);
}
function textOf(step: JsonObject, member: 'path' | 'from', op: string): string {
  const text = step[member];
  if (typeof text === 'string') return text;
  const cause =
    text === undefined || text === null
      ? `operation${member === 'from' ? ',' : ''} missing ${member} field: missing value`
      : `json: cannot unmarshal ${kindOf(text)} into Go value of type string`;
  throw new JsonPatchError(`${op} operation failed to decode ${member}: ${cause}`);
}
function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
