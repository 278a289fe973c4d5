import type { KubeObject } from '#api';
import type { Entry } from './entry.ts';

/** What a watcher sees of a change: a selector turns a modification into an appearance or a disappearance. */
export type SeenType = 'ADDED' | 'MODIFIED' | 'DELETED';

const BRACE_NEWLINE = Buffer.from('}\n');

/** One change of one object, shared by all watchers of the kind; frames are encoded once. */
export class CacheEvent {
  readonly revision: number;
  /** The object after the change; for a deletion its last state, at the deletion's revision. */
  readonly entry: Entry;
  readonly old: Entry | undefined;
  readonly isDeleted: boolean;
  readonly atMs: number;
  /** How much memory it keeps, as it was made, that nothing else does: what the object was before, and what a deletion shows. */
  readonly byteLength: number;
  #gone: Entry | undefined;
  #added: Buffer | undefined;
  #modified: Buffer | undefined;
  #deleted: Buffer | undefined;
  #others: Map<string, Buffer> | undefined;

  constructor(entry: Entry, old: Entry | undefined, isDeleted: boolean, atMs: number) {
    this.entry = entry;
    this.old = old;
    this.isDeleted = isDeleted;
    this.revision = entry.revision;
    this.atMs = atMs;
    this.byteLength = (old?.byteLength ?? 0) + (isDeleted ? entry.byteLength : 0);
  }

  /** What someone who sees only what `matches` learns of this change; undefined: nothing. */
  seenBy(matches: ((object: KubeObject) => boolean) | undefined): SeenType | undefined {
    if (!matches) return this.isDeleted ? 'DELETED' : this.old ? 'MODIFIED' : 'ADDED';
    const wasSeen = this.old !== undefined && matches(this.old.object);
    const isSeen = !this.isDeleted && matches(this.entry.object);
    if (isSeen) return wasSeen ? 'MODIFIED' : 'ADDED';
    return wasSeen ? 'DELETED' : undefined;
  }

  /** The object to show: what leaves a watcher's sight is shown as it was, at this change's revision. */
  shown(type: SeenType): Entry {
    if (type !== 'DELETED' || this.isDeleted || !this.old) return this.entry;
    this.#gone ??= this.old.atRevision(this.revision);
    return this.#gone;
  }

  /** Forgets the encoded lines once all who watch now have them: those who resume later are few. */
  forgetFrames(): void {
    this.#added = this.#modified = this.#deleted = undefined;
    this.#others = undefined;
  }

  /** The line of a watch stream. */
  frame(type: SeenType): Buffer {
    if (type === 'ADDED') return (this.#added ??= frameOf(type, this.entry.bytes));
    if (type === 'MODIFIED') return (this.#modified ??= frameOf(type, this.entry.bytes));
    return (this.#deleted ??= frameOf(type, this.shown(type).bytes));
  }

  /** A frame in another form than the plain one, encoded once for all whose `form` is the same. */
  otherFrame(form: string, type: SeenType, encode: () => Buffer): Buffer {
    this.#others ??= new Map();
    const key = `${type} ${form}`;
    let frame = this.#others.get(key);
    if (!frame) this.#others.set(key, (frame = encode()));
    return frame;
  }
}

/** `{"type":"ADDED","object":…}` and a line feed. */
export function frameOf(type: SeenType | 'BOOKMARK' | 'ERROR', object: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, BRACE_NEWLINE]);
}
