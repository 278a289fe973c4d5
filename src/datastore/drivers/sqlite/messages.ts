/** What the main thread and the SQLite worker say to each other. Values travel packed in transferred ArrayBuffers. */

export interface WorkerData {
  readonly path: string;
}

/** Values packed one after another: `slots` holds for each value its buffer's position in `buffers`, its offset and its length. */
export interface PackedValues {
  readonly buffers: ArrayBuffer[];
  readonly slots: Float64Array<ArrayBuffer>;
}

export type RequestBody =
  | { readonly op: 'commit'; readonly names: string[]; readonly columns: Float64Array<ArrayBuffer>; readonly values: ArrayBuffer }
  | { readonly op: 'get'; readonly key: string; readonly revision: number }
  | { readonly op: 'list'; readonly prefix: string; readonly startKey: string; readonly limit: number; readonly revision: number }
  | { readonly op: 'changes'; readonly prefix: string; readonly after: number; readonly upTo: number; readonly limit: number }
  | { readonly op: 'compact'; readonly from: number; readonly to: number }
  | { readonly op: 'shrink' }
  | { readonly op: 'size' }
  | { readonly op: 'close' };
export type Request = RequestBody & { readonly id: number };

/** The columns of one write in `columns`, in this order. */
export const WRITE_COLUMNS = 6;
export const WriteColumn = { revision: 0, type: 1, createRevision: 2, prevRevision: 3, lease: 4, valueLength: 5 } as const;
export const WriteType = { create: 0, update: 1, delete: 2 } as const;

/** Rows of an answer: `columns` holds ROW_COLUMNS numbers for each; each row has one packed value (length -1: none). */
export interface Rows {
  readonly names: string[];
  readonly columns: Float64Array<ArrayBuffer>;
  readonly values: PackedValues;
}
export const ROW_COLUMNS = 5;
export const RowColumn = { id: 0, created: 1, deleted: 2, createRevision: 3, lease: 4 } as const;

export interface Reply {
  readonly id: number;
  readonly rows?: Rows;
  /** Rows beyond a list's limit; how far changes or a compaction got; whether more can be shrunk; the size in bytes. */
  readonly count?: number;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The worker's first words. */
export type Opened =
  | {
      readonly opened: true;
      readonly revision: number;
      readonly compactedRevision: number;
      /** The newest row of every key, in key order; the last values of deleted ones are left out. */
      readonly rows: Rows;
    }
  | { readonly opened: false; readonly error: { readonly code: string; readonly message: string } };
