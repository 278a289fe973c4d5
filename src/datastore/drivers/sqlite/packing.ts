import { type PackedValues, ROW_COLUMNS, type Rows } from './messages.ts';

/** Buffers are this large, so that a value kept long keeps no more than this alive. */
const BUFFER_BYTES = 256 * 1024;

/** Collects rows into few transferable buffers. */
export class RowPacker {
  readonly #names: string[] = [];
  readonly #columns: number[] = [];
  readonly #slots: number[] = [];
  readonly #buffers: ArrayBuffer[] = [];
  #used = 0;

  get length(): number {
    return this.#names.length;
  }

  /** Adds a row: its ROW_COLUMNS numbers and its value. */
  add(name: string, columns: readonly number[], value: Uint8Array | null): void {
    this.#names.push(name);
    for (let i = 0; i < ROW_COLUMNS; i++) this.#columns.push(columns[i] ?? 0);
    this.#pack(value);
  }

  finish(): { rows: Rows; transfer: ArrayBuffer[] } {
    // One value asked for must not keep a quarter of a megabyte.
    const last = this.#buffers.pop();
    if (last) this.#buffers.push(this.#used < last.byteLength ? last.slice(0, this.#used) : last);
    const values: PackedValues = { buffers: this.#buffers, slots: Float64Array.from(this.#slots) };
    return { rows: { names: this.#names, columns: Float64Array.from(this.#columns), values }, transfer: this.#buffers };
  }

  #pack(value: Uint8Array | null): void {
    if (!value) {
      this.#slots.push(0, 0, -1);
      return;
    }
    let buffer = this.#buffers.at(-1);
    if (!buffer || this.#used + value.length > buffer.byteLength) {
      buffer = new ArrayBuffer(Math.max(BUFFER_BYTES, value.length));
      this.#buffers.push(buffer);
      this.#used = 0;
    }
    new Uint8Array(buffer, this.#used, value.length).set(value);
    this.#slots.push(this.#buffers.length - 1, this.#used, value.length);
    this.#used += value.length;
  }
}

/** The value of row `index`; undefined for NULL. */
export function unpack(values: PackedValues, index: number): Buffer | undefined {
  const at = index * 3;
  const length = values.slots[at + 2] ?? -1;
  const buffer = values.buffers[values.slots[at] ?? 0];
  if (length < 0) return undefined;
  return buffer ? Buffer.from(buffer, values.slots[at + 1], length) : Buffer.alloc(0);
}
