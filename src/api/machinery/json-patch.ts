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
/** What all copies of a patch together may add, in bytes of JSON. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;

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
  #copiedBytes = 0;

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
        return this.#add(pathOf(step, op), value);
      case 'remove':
        return this.#remove(pathOf(step, op));
      case 'replace':
        return this.#replace(pathOf(step, op), value);
      case 'move':
        return this.#move(fromOf(step, op), step);
      case 'copy':
        return this.#copy(fromOf(step, op), step);
      case 'test':
        return this.#test(pathOf(step, op), value);
      default:
        throw new JsonPatchError(`Unexpected kind: ${op}`);
    }
  }

  #add(path: string, value: JsonValue): void {
    const [parent, key] = this.#parent(path, `add operation does not apply: doc is missing path: ${JSON.stringify(path)}`);
    insert(parent, key, value, `error in add for path: '${path}'`);
  }
  #remove(path: string): void {
    const [parent, key] = this.#parent(path, `remove operation does not apply: doc is missing path: ${JSON.stringify(path)}`);
    take(parent, key, `error in remove for path: '${path}'`);
  }
  /** A member that is not there is made, an item must be there. */
  #replace(path: string, value: JsonValue): void {
    if (path === '') {
      if (typeof value !== 'object' || value === null) throw new JsonPatchError('replace operation value must be object or array: %!w(<nil>)');
      this.document = value;
      return;
    }
    const [parent, key] = this.#parent(path, `replace operation does not apply: doc is missing path: ${path}`);
    if (!Array.isArray(parent)) return setMember(parent, key, value);
    const at = indexOf(key, parent.length);
    if (typeof at === 'string') throw new JsonPatchError(`replace operation does not apply: doc is missing key: ${path}: missing value`);
    parent[at] = value;
  }
  #move(from: string, step: JsonObject): void {
    const [source, key] = this.#parent(from, `move operation does not apply: doc is missing from path: ${from}`);
    const context = `error in move for path: '${key}'`;
    const value = read(source, key, context);
    take(source, key, context);
    const path = pathOf(step, 'move');
    const [target, name] = this.#parent(path, `move operation does not apply: doc is missing destination path: ${path}`);
    insert(target, name, value, `error in move for path: '${path}'`);
  }
  /** A member that is not there is copied as null. */
  #copy(from: string, step: JsonObject): void {
    const [source, key] = this.#parent(from, `copy operation does not apply: doc is missing from path: ${from}`);
    const value = read(source, key, `error in copy for from: '${from}'`);
    // The copy is shared until one of the two is changed, and changing copies first.
    this.#disown(value);
    const path = pathOf(step, 'copy');
    const [target, name] = this.#parent(path, `copy operation does not apply: doc is missing destination path: ${path}`);
    this.#copiedBytes += Buffer.byteLength(JSON.stringify(value));
    if (this.#copiedBytes > MAX_COPIED_BYTES) {
      const text = `the accumulated size increase of copy is ${this.#copiedBytes}, exceeding the limit ${MAX_COPIED_BYTES}`;
      throw new JsonPatchError(`Unable to complete the copy, ${text}`);
    }
    insert(target, name, value, 'error while adding value during copy');
  }
  #test(path: string, expected: JsonValue): void {
    let actual = this.document;
    if (path !== '') {
      const [parent, key] = this.#parent(path, `test operation does not apply: is missing path: ${path}`);
      actual = read(parent, key, `error in test for path: '${path}'`);
    }
    if (!jsonEqual(actual, expected)) throw new JsonPatchError(`testing value ${path} failed: test failed`);
  }

  #disown(value: JsonValue): void {
    if (typeof value !== 'object' || value === null) return;
    this.#owned.delete(value);
    for (const child of Object.values(value)) if (child !== undefined) this.#disown(child as JsonValue);
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
      const index = Array.isArray(at) ? indexOf(key, at.length) : key;
      if (Array.isArray(at) ? typeof index === 'string' : !Object.hasOwn(at, key)) throw missing();
      const child = (at as JsonObject)[index];
      const next = this.#own(child, (copy) => (Array.isArray(at) ? (at[index as number] = copy) : setMember(at, key, copy)));
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
function read(parent: Container, key: string, context: string): JsonValue {
  if (!Array.isArray(parent)) return (Object.hasOwn(parent, key) ? parent[key] : null) ?? null;
  return parent[itemIndex(key, parent.length, context)] as JsonValue;
}
function take(parent: Container, key: string, context: string): void {
  if (Array.isArray(parent)) parent.splice(itemIndex(key, parent.length, context), 1);
  else if (Object.hasOwn(parent, key)) delete parent[key];
  else throw new JsonPatchError(`${context}: Unable to remove nonexistent key: ${key}: missing value`);
}
/** Into a list up to its length, or at its end (`-`); negative indexes count from behind the end. */
function insert(parent: Container, key: string, value: JsonValue, context: string): void {
  if (!Array.isArray(parent)) return setMember(parent, key, value);
  if (key === '-') {
    parent.push(value);
    return;
  }
  const at = indexOf(key, parent.length + 1);
  if (typeof at === 'string') throw new JsonPatchError(`${context}: ${isNumber(key) ? '' : `value was not a proper array index: '${key}': `}${at}`);
  parent.splice(at, 0, value);
}
function itemIndex(key: string, length: number, context: string): number {
  const at = indexOf(key, length);
  if (typeof at === 'string') throw new JsonPatchError(`${context}: ${at}`);
  return at;
}
/** The index, negative ones from behind the end; a text says what is wrong with it. */
function indexOf(key: string, length: number): number | string {
  if (!isNumber(key)) return `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
  const index = Number(key);
  if (index >= length || index < -length) return `Unable to access invalid index: ${index}: invalid index referenced`;
  return index < 0 ? index + length : index;
}
function isNumber(key: string): boolean {
  return /^[-+]?\d+$/.test(key);
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
  throw new JsonPatchError(`${op} operation failed to decode ${member}: ${causeOf(text, member, op)}`);
}
function causeOf(text: JsonValue | undefined, member: 'path' | 'from', op: string): string {
  if (member === 'path' && ['add', 'remove', 'copy'].includes(op)) return 'missing value';
  if (text === undefined || text === null) return `operation${member === 'from' ? ',' : ''} missing ${member} field: missing value`;
  return `json: cannot unmarshal ${kindOf(text)} into Go value of type string`;
}
function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
