import { apiVersionOf, isProtobuf, jsonEqual, type JsonValue, type KubeObject, type ResourceDefinition } from '#api';
import { parseExactJson } from '#lib';
import { readForeignProtobuf } from './foreign-value.ts';

/**
 * How objects of one kind lie in the datastore: JSON that begins with kind, apiVersion and metadata, without metadata.resourceVersion.
 * Because the beginning is the same for all of them, the resourceVersion is spliced in, and list items are cut out, without parsing.
 */
export interface EntryFormat {
  readonly kind: string;
  readonly apiVersion: string;
  /** `{"kind":"Pod","apiVersion":"v1",`: what list items leave out. */
  readonly head: Buffer;
  /** `{"kind":"Pod","apiVersion":"v1","metadata":{`: after this the resourceVersion goes in. */
  readonly prefix: Buffer;
  /** Where items of lists begin: custom kinds' items say what they are. */
  readonly itemStart: number;
  /** Brings what the datastore holds into today's form: custom kinds, whose schemas change. */
  readonly normalize?: ((object: KubeObject) => KubeObject) | undefined;
  /** Reads a value that upstream stored as protobuf. */
  readForeign(value: Buffer): KubeObject;
}

/** The format of a kind's stored version. */
export function formatOf(definition: ResourceDefinition): EntryFormat {
  const apiVersion = apiVersionOf(definition);
  const head = `{"kind":${JSON.stringify(definition.kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
  return {
    kind: definition.kind,
    apiVersion,
    head: Buffer.from(head),
    prefix: Buffer.from(`${head}"metadata":{`),
    itemStart: definition.custom ? 1 : Buffer.byteLength(head),
    normalize: definition.custom?.normalize,
    readForeign: (value) => readForeignProtobuf(definition, value),
  };
}

// Tests and development find out who changes shared objects; production does not pay for it.
const freezes = process.env['NODE_TEST_CONTEXT'] !== undefined || process.env['K3TS_FREEZE'] !== undefined;

/** The bytes that the datastore keeps for an object; `object.metadata.resourceVersion` must be undefined. */
export function encodeStored(format: EntryFormat, object: KubeObject): Buffer {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object;
  const text = JSON.stringify({ kind: format.kind, apiVersion: format.apiVersion, metadata, ...rest });
  const value = unpooled(Buffer.byteLength(text));
  value.write(text);
  return value;
}

/**
 * One object at one revision: parsed when first asked for, encoded once, shared by every reader.
 * Made from the datastore's bytes, or (own writes) from bytes and the object they were made of, which is then never parsed.
 */
export class Entry {
  readonly format: EntryFormat;
  readonly namespace: string;
  readonly name: string;
  /** The resourceVersion; 0: stored nowhere (a dry run's new object). */
  readonly revision: number;
  /** What an endpoint made of this object and looks up again; it goes with the entry. */
  memo: object | undefined;
  #value: Buffer | undefined;
  #bytes: Buffer | undefined;
  #object: KubeObject | undefined;
  /** Made of an object that has today's form. */
  #isNormal = false;
  /** Where metadata ends in the bytes; 0: not looked for yet. */
  #metadataEnd = 0;

  constructor(format: EntryFormat, place: { namespace: string; name: string }, value: Buffer, revision: number, object?: KubeObject) {
    this.format = format;
    this.namespace = place.namespace;
    this.name = place.name;
    this.revision = revision;
    this.#value = value;
    if (object) {
      this.#isNormal = true;
      if (revision > 0) object.metadata.resourceVersion = String(revision);
      this.#object = freezes ? deepFreeze(object) : object;
    }
  }

  /** About how much memory its bytes take. */
  get byteLength(): number {
    return (this.#bytes ?? this.#value)?.length ?? 0;
  }

  /** The whole object as JSON, resourceVersion included. */
  get bytes(): Buffer {
    if (!this.#bytes) {
      const value = this.#value as Buffer;
      this.#bytes = splice(this.format, this.#isNormal ? value : normalized(this.format, value), this.revision);
      // The datastore's form is not needed any more: keeping both would double what each object costs.
      this.#value = undefined;
    }
    return this.#bytes;
  }

  /** The parsed object; shared, nobody changes it. */
  get object(): KubeObject {
    if (!this.#object) {
      const object = this.#parse();
      this.#object = freezes ? deepFreeze(object) : object;
    }
    return this.#object;
  }

  /** Why it cannot be read, where someone else wrote it; what has our own form is taken for right. */
  problem(): unknown {
    const value = this.#value;
    if (!value || this.#object || hasOurForm(this.format, value)) return undefined;
    try {
      return void this.bytes;
    } catch (error) {
      return error;
    }
  }

  /** What nobody has asked for as bytes yet is parsed as it lies in the datastore: most of what is read at the start never is. */
  #parse(): KubeObject {
    const value = this.#value;
    if (!value || this.format.normalize || !hasOurForm(this.format, value)) return parseExactJson(this.bytes.toString()) as KubeObject;
    const object = parseExactJson(value.toString()) as KubeObject;
    if (this.revision > 0) object.metadata.resourceVersion = String(this.revision);
    return object;
  }

  /** The object's bytes as an item of a list, behind the `{` that the list writes. */
  get itemBytes(): Buffer {
    return this.bytes.subarray(this.format.itemStart);
  }

  /** `"metadata":{…}` out of the object's bytes. */
  get metadataBytes(): Buffer {
    const { head, prefix } = this.format;
    const { bytes } = this;
    if (this.#metadataEnd === 0) this.#metadataEnd = endOfObject(bytes, prefix.length - 1);
    return bytes.subarray(head.length, this.#metadataEnd);
  }

  /** Whether a write of `value`, made of `object`, would change nothing. Fields in another order are no change. */
  sameStored(value: Buffer, object: KubeObject): boolean {
    const { prefix } = this.format;
    const inserted = resourceVersionField(this.revision).length;
    const bytes = this.bytes;
    if (bytes.length !== value.length + inserted) return false;
    if (bytes.compare(value, prefix.length, value.length, prefix.length + inserted, bytes.length) === 0) return true;
    const metadata = { ...object.metadata, resourceVersion: String(this.revision) };
    return jsonEqual({ ...object, metadata } as unknown as JsonValue, this.object as unknown as JsonValue);
  }

  /** The same object as of a later revision: what a deletion shows. */
  atRevision(revision: number): Entry {
    const object = this.#object;
    const { prefix } = this.format;
    const bytes = this.bytes;
    const rest = prefix.length + resourceVersionField(this.revision).length;
    const value = unpooled(prefix.length + bytes.length - rest);
    prefix.copy(value, 0);
    bytes.copy(value, prefix.length, rest);
    return new Entry(this.format, this, value, revision, object && { ...object, metadata: { ...object.metadata } });
  }
}

function normalized(format: EntryFormat, value: Buffer): Buffer {
  if (!format.normalize) return value;
  const object = format.normalize(parseExactJson(value.toString()) as KubeObject);
  return encodeStored(format, { ...object, metadata: { name: '', ...object.metadata, resourceVersion: undefined } });
}

function resourceVersionField(revision: number): string {
  if (revision === 0) return '';
  return `"resourceVersion":"${revision}",`;
}

/** Whether the resourceVersion can be put in without parsing. */
function hasOurForm({ prefix }: EntryFormat, value: Buffer): boolean {
  return value.length > prefix.length && value.compare(prefix, 0, prefix.length, 0, prefix.length) === 0 && value[prefix.length] !== 0x7d;
}

function splice(format: EntryFormat, value: Buffer, revision: number): Buffer {
  const { prefix } = format;
  if (hasOurForm(format, value)) {
    const field = resourceVersionField(revision);
    const end = value[value.length - 1] === 0x0a ? value.length - 1 : value.length;
    const bytes = unpooled(end + field.length);
    prefix.copy(bytes, 0);
    bytes.write(field, prefix.length, 'latin1');
    value.copy(bytes, prefix.length + field.length, prefix.length, end);
    return bytes;
  }
  // Written by someone else: as protobuf, or with another order of fields.
  const object = isProtobuf(value) ? format.readForeign(value) : (parseExactJson(value.toString()) as KubeObject);
  const { resourceVersion: _, ...metadata } = object.metadata;
  return splice(format, encodeStored(format, { ...object, metadata: { name: '', ...metadata } }), revision);
}

/** The index behind the JSON object that begins at `start`. */
function endOfObject(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === 0x22) {
      // A text, to its closing quote.
      for (i++; bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++;
    } else if (byte === 0x7b) depth++;
    else if (byte === 0x7d && --depth === 0) return i + 1;
  }
  throw new Error('Cannot find the end of an object: its JSON is cut');
}

// What is kept for long must not lie in Node's shared slabs of 64 KiB: one object would keep a whole slab of answers and requests.
function unpooled(length: number): Buffer {
  return Buffer.allocUnsafeSlow(length);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
