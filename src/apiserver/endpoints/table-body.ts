import type { Column, KubeObject } from '#api';
import type { PiecedBody } from '../listener/pieced-body.ts';
import type { Call } from '../registry/call.ts';
import type { Listed } from '../registry/list.ts';
import type { Entry } from '../watch-cache/entry.ts';
import { partialHead } from './list-body.ts';
import { columnsOf, completedCondition, tableOf, type TableOptions } from './table.ts';

/** More than the cells of most rows. */
const CELLS_BYTES = 200;

/** What `tableOf` makes, as JSON: cells that stay are encoded once for each object, metadata is cut out of the object's bytes. Undefined: not that way. */
export function tableBody(call: Call, { entries, metadata }: Listed, options: TableOptions): PiecedBody | undefined {
  // Whole objects make up all the rest: nothing would be gained.
  if (options.includeObject === 'Object') return undefined;
  const { rows: _rows, ...table } = tableOf(call, [], metadata, options);
  const head = `${JSON.stringify(table).slice(0, -1)},"rows":[`;
  let sizeHint = head.length;
  if (options.includeObject === 'Metadata') for (const entry of entries) sizeHint += CELLS_BYTES + entry.metadataBytes.length;
  else sizeHint += entries.length * CELLS_BYTES;
  return { sizeHint, pieces: () => tablePieces(head, columnsOf(call), entries, options) };
}

function* tablePieces(head: string, columns: readonly Column[], entries: readonly Entry[], options: TableOptions): Generator<Buffer | string, void, void> {
  const { nowMs, includeObject } = options;
  const object = includeObject === 'None' ? 'null}' : partialHead(options.metaVersion);
  let before = head;
  for (const entry of entries) {
    yield `${before}${rowOf(entry, columns).text(entry.object, nowMs)}"object":${object}`;
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
  readonly #gaps: Column[] = [];

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
      this.#gaps.push(column);
      parts = [];
    }
    const conditions = completedCondition(object);
    parts.push(conditions ? `],"conditions":${JSON.stringify(conditions)},` : '],');
    this.#texts.push(parts.join(''));
  }

  text(object: KubeObject, nowMs: number): string {
    let text = this.#texts[0] as string;
    for (let i = 0; i < this.#gaps.length; i++) {
      text += JSON.stringify((this.#gaps[i] as Column).value(object, nowMs)) + (this.#texts[i + 1] as string);
    }
    return text;
  }
}

// Ages change without end: what is the same at both ends of time does not tell of it. A column that takes no time cannot.
const BEGINNING = 0;
const END = 8.64e15;

/** The cell as JSON where it never changes. */
function lastingCell(column: Column, object: KubeObject): string | undefined {
  const cell = column.value(object, BEGINNING);
  return column.value.length > 1 && column.value(object, END) !== cell ? undefined : JSON.stringify(cell);
}
