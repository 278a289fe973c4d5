import { isObject, type JsonObject, type JsonValue, type MapSchema, type ObjectSchema, type TypeSchema } from '#api';
import { parseExactJson } from '#lib';

/**
 * Reads valid JSON whose objects repeat fields, as Go decodes it into structs: what comes later goes over what is there, so that structs, maps and lists
 * get parts of both. `findings` are those of strict decoding, in order of the text; fields that no struct has are only among them.
 */
export function parseRepeated(text: string, schema: TypeSchema): { value: JsonValue; findings: string[] } {
  const reader = new Reader(text);
  return { value: reader.read(schema, undefined, false, ''), findings: [...reader.findings] };
}

/** Upstream says no more. */
const MAX_FINDINGS = 100;

class Reader {
  readonly findings = new Set<string>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value that stands next, over the `previous` one of its place. */
  read(type: TypeSchema | undefined, previous: JsonValue | undefined, isPointer: boolean, path: string): JsonValue {
    const start = this.#peek();
    if (start === '{' && (type?.kind === 'object' || type?.kind === 'map')) return this.#object(type, isObject(previous) ? previous : {}, path);
    if (start === '[' && type?.kind === 'list') return this.#list(type.element, Array.isArray(previous) ? previous : [], path);
    const value = this.#whole();
    // Null empties only what can be nil.
    const keepsPrevious = value === null && !isPointer && (type?.kind === 'object' || type?.kind === 'scalar');
    return keepsPrevious ? (previous ?? null) : value;
  }

  #object(type: ObjectSchema | MapSchema, previous: JsonObject, path: string): JsonObject {
    const members = new Map(Object.entries(previous));
    const seen = new Set<string>();
    this.#at++;
    while (this.#peek() !== '}') {
      const name = this.#key();
      const at = path ? `${path}.${name}` : name;
      const field = type.kind === 'object' ? type.fields.get(name) : undefined;
      if (type.kind === 'object' && !field) {
        this.#found('unknown', at);
        this.#whole();
        continue;
      }
      if (seen.has(name)) this.#found('duplicate', at);
      seen.add(name);
      // Values of maps are new ones each time.
      const value =
        type.kind === 'map' ? this.read(type.value, undefined, false, at) : this.read(field?.type, members.get(name), field?.isPointer === true, at);
      members.set(name, value);
    }
    this.#at++;
    return Object.fromEntries(members);
  }
  #found(what: 'duplicate' | 'unknown', path: string): void {
    if (this.findings.size < MAX_FINDINGS) this.findings.add(`${what} field ${JSON.stringify(path)}`);
  }
  /** The next member's name; leaves its value to be read. */
  #key(): string {
    if (this.#peek() === ',') this.#at++;
    this.#peek();
    const name = this.#whole() as string;
    this.#peek();
    this.#at++;
    this.#peek();
    return name;
  }

  #list(element: TypeSchema, previous: readonly JsonValue[], path: string): JsonValue[] {
    const list: JsonValue[] = [];
    this.#at++;
    while (this.#peek() !== ']') {
      if (this.#peek() === ',') this.#at++;
      list.push(this.read(element, previous[list.length], false, `${path}[${list.length}]`));
    }
    this.#at++;
    return list;
  }

  #peek(): string | undefined {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#text[this.#at];
  }

  /** The value that stands here, as it is. */
  #whole(): JsonValue {
    const start = this.#at;
    let depth = 0;
    do {
      const [part = ''] = nextPart(this.#text, this.#at);
      this.#at += part.length;
      if (part === '{' || part === '[') depth++;
      if (part === '}' || part === ']') depth--;
    } while (depth > 0);
    return parseExactJson(this.#text.slice(start, this.#at)) as JsonValue;
  }
}

const PART = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|\s+|[^\s{}[\]:,"]+/y;
function nextPart(text: string, at: number): RegExpExecArray {
  PART.lastIndex = at;
  return PART.exec(text) as RegExpExecArray;
}
