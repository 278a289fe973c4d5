import { type Column, humanDuration, type KubeObject } from '#api';
import type { PiecedBody } from '../listener/pieced-body.ts';
import type { Call } from '../registry/call.ts';
import type { Listed } from '../registry/list.ts';
import type { Entry } from '../watch-cache/entry.ts';
import { partialHead, sizeOf } from './list-body.ts';
import { columnsOf, completedCondition, inRowOrder, tableOf, type TableOptions } from './table.ts';

/** More than the cells of most rows. */
const CELLS_BYTES = 200;

/** What `tableOf` makes, as JSON: cells that stay are encoded once for each object, metadata is cut out of the object's bytes. Undefined: not that way. */
export function tableBody(call: Call, { entries, metadata }: Listed, options: TableOptions): PiecedBody | undefined {
  // Whole objects make up all the rest: nothing would be gained.
  if (options.includeObject === 'Object') return undefined;
  const { rows: _rows, ...table } = tableOf(call, [], metadata, options);
  const head = `${JSON.stringify(table).slice(0, -1)},"rows":[`;
  const showsMetadata = options.includeObject === 'Metadata';
  const sizeHint = sizeOf(entries, head.length, (entry) => CELLS_BYTES + (showsMetadata ? entry.metadataBytes.length : 0));
  return { sizeHint, pieces: () => tablePieces(head, columnsOf(call), inRowOrder(call, entries), options) };
}

function* tablePieces(head: string, columns: readonly Column[], entries: readonly Entry[], options: TableOptions): Generator<Buffer | string, void, void> {
  const { nowMs, includeObject } = options;
  const object = includeObject === 'None' ? 'null}' : partialHead(options.metaVersion);
  let before = head;
  for (const entry of entries) {
    yield `${before}${rowOf(entry, columns).text(entry, nowMs)}"object":${object}`;
    if (includeObject === 'None') before = ',';
    else {
      yield entry.metadataBytes;
      before = '}},';
    }
  }
  const isOpen = includeObject !== 'None' && entries.length > 0;
  yield `${entries.length === 0 ? head : isOpen ? '}}' : ''}]}\n`;
}

function rowOf(entry: Entry, columns: readonly Column[]): Row {
  if (!(entry.memo instanceof Row) || entry.memo.columns !== columns) entry.memo = new Row(entry.object, columns);
  return entry.memo as Row;
}

/** The cells of one object as JSON, with gaps for those that tell of the time. */
class Row {
  readonly columns: readonly Column[];
  readonly #texts: string[] = [];
  readonly #gaps: Gap[] = [];

  constructor(object: KubeObject, columns: readonly Column[]) {
    this.columns = columns;
    // Joined, not added: what is added together lies in pieces that every row would gather anew.
    let parts = ['{"cells":'];
    let separator = '[';
    for (const column of columns) {
      parts.push(separator);
      separator = ',';
      const cell = lastingCell(column, object);
      if (cell !== undefined) {
        parts.push(cell);
        continue;
      }
      this.#texts.push(parts.join(''));
      this.#gaps.push(gapOf(column, object));
      parts = [];
    }
    const conditions = completedCondition(object);
    parts.push(conditions ? `],"conditions":${JSON.stringify(conditions)},` : '],');
    this.#texts.push(parts.join(''));
  }

  text(entry: Entry, nowMs: number): string {
    let text = this.#texts[0] as string;
    for (let i = 0; i < this.#gaps.length; i++) {
      text += (this.#gaps[i] as Gap)(entry, nowMs) + (this.#texts[i + 1] as string);
    }
    return text;
  }
}

/** A cell that tells of the time, as JSON. */
type Gap = (entry: Entry, nowMs: number) => string;

function gapOf(column: Column, object: KubeObject): Gap {
  const time = column.timeOf?.(object);
  if (!time) return (entry, nowMs) => JSON.stringify(column.value(entry.object, nowMs));
  // Objects need not be looked at again, nor times be parsed: of thousands that costs more than all the rest of their rows.
  const timeMs = Date.parse(time);
  return (_, nowMs) => `"${humanDuration(nowMs - timeMs)}"`;
}

// Ages change without end: what is the same at both ends of time does not tell of it. A column that takes no time cannot.
const BEGINNING = 0;
const END = 8.64e15;

/** The cell as JSON where it never changes. */
function lastingCell(column: Column, object: KubeObject): string | undefined {
  const cell = column.value(object, BEGINNING);
  return column.value.length > 1 && column.value(object, END) !== cell ? undefined : JSON.stringify(cell);
}
