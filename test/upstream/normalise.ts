import type { JsonObject, JsonValue } from '#api';
import { isObject, textOf } from './scenario.ts';

/** What is known of a run that its answers show: names that were made up, and what stands for them. */
export type Substitutions = [name: string, replacement: string][];

const TEXTS: readonly [RegExp, string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?[+-]\d\d:?\d\d| ?UTC|Z)( m=[+\d.]+)?/g, '<time>'],
  [/eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/g, '<token>'],
  [/(ResourceVersion in (?:precondition|object meta): )\d+/g, '$1<rv>'],
  [/(\\*"resourceVersion\\*":\\*")\d+/g, '$1<rv>'],
  [/\b0x?c0[0-9a-f]{8}\b/g, '<ptr>'],
  [/(in record \()\d+\)/g, '$1<rv>)'],
  [/(resource version: )\d+( \()\d+/g, '$1<rv>$2<rv>'],
  [/(current: )\d+/g, '$1<rv>'],
  [/(default-token-)[a-z0-9]{5}\b/g, '$1<generated>'],
  [/(kube-api-access-)[a-z0-9]{5}\b/g, '$1<generated>'],
];
const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const AGE = /^(\d+(y|d|h|m|s|ms))+$/;
const AGE_COLUMN = /^(age|last schedule|duration|last seen|first seen|last-seen|first-seen)$/i;
const SYSTEM_MANAGERS = new Set(['kube-controller-manager', 'kube-scheduler']);

/** The value with `<uid>`, `<time>`, `<rv>` … for what differs from run to run. Learns generated names on the way. */
export function normalise(value: JsonValue, substitutions: Substitutions): JsonValue {
  learnGeneratedNames(value, substitutions);
  return normaliseAll(value, substitutions);
}

/** Events of a watch: a Table's rows may come without the columns that the first one had. */
export function normaliseEvents(events: readonly JsonValue[], substitutions: Substitutions): JsonValue {
  learnGeneratedNames([...events], substitutions);
  const isTable = (event: JsonValue): event is JsonObject =>
    isObject(event) && isObject(event['object']) && Array.isArray(event['object']['columnDefinitions']);
  const columns = events.filter(isTable).map(({ object }) => (object as JsonObject)['columnDefinitions'] as JsonObject[]);
  const ages = ageColumns(columns.findLast((each) => each.length > 0) ?? []);
  return new Normaliser(substitutions, ages).value([...events], []);
}

/** One text, normalised. */
export function normaliseText(text: string, substitutions: Substitutions): string {
  let normal = text;
  for (const [name, replacement] of substitutions) normal = normal.replaceAll(name, replacement);
  for (const [pattern, replacement] of TEXTS) normal = normal.replace(pattern, replacement);
  return normal;
}

function normaliseAll(value: JsonValue, substitutions: Substitutions): JsonValue {
  return new Normaliser(substitutions, []).value(value, []);
}

function learnGeneratedNames(value: JsonValue | undefined, substitutions: Substitutions): void {
  if (typeof value !== 'object' || value === null) return;
  const metadata = isObject(value) ? value['metadata'] : undefined;
  if (isObject(metadata)) learnGeneratedName(metadata, substitutions);
  for (const member of Object.values(value)) learnGeneratedNames(member, substitutions);
}
function learnGeneratedName({ generateName, name }: JsonObject, substitutions: Substitutions): void {
  if (typeof generateName !== 'string' || !generateName || typeof name !== 'string' || !name.startsWith(generateName)) return;
  if (!/^[a-z0-9]{5,10}$/.test(name.slice(generateName.length)) || substitutions.some(([known]) => known === name)) return;
  substitutions.unshift([name, `${normaliseText(generateName, substitutions)}<generated>`]);
}

class Normaliser {
  readonly #substitutions: Substitutions;
  readonly #ageColumns: readonly number[];

  constructor(substitutions: Substitutions, ages: readonly number[]) {
    this.#substitutions = substitutions;
    this.#ageColumns = ages;
  }

  value(value: JsonValue, path: readonly string[]): JsonValue {
    if (typeof value === 'string') return this.#text(value, path);
    if (typeof value === 'number')
      return /^(nodePort|healthCheckNodePort)$/.test(path.at(-1) ?? '') && value >= 30_000 && value <= 32_767 ? '<nodePort>' : value;
    if (Array.isArray(value)) return this.#list(value, path);
    return isObject(value) ? this.#object(value, path) : value;
  }

  #text(text: string, path: readonly string[]): string {
    const key = path.at(-1);
    if (key === 'resourceVersion' && /^\d+$/.test(text)) return text === '0' ? text : '<rv>';
    if (key === 'continue' && text) return '<continue>';
    if (key === 'serverAddress') return '<server>';
    if (key === 'token' && path.at(-2) === 'status') return '<token>';
    if ((key === 'clusterIP' || path.at(-2) === 'clusterIPs') && ADDRESS.test(text)) return '<ip>';
    return normaliseText(text, this.#substitutions);
  }

  #list(list: readonly JsonValue[], path: readonly string[]): JsonValue[] {
    if (path.at(-1) !== 'managedFields') return list.map((item, index) => this.value(item, [...path, String(index)]));
    const own = list.filter((entry) => !isObject(entry) || !SYSTEM_MANAGERS.has(textOf(entry['manager'])));
    return own.map((item, index) => this.value(item, [...path, String(index)])).sort((a, b) => order(managerKey(a), managerKey(b)));
  }

  #object(value: JsonObject, path: readonly string[]): JsonObject {
    const normal: JsonObject = {};
    for (const [key, member] of Object.entries(value)) normal[normaliseText(key, this.#substitutions)] = this.value(member ?? null, [...path, key]);
    if (normal['kind'] === 'Table' && Array.isArray(normal['columnDefinitions']) && Array.isArray(normal['rows'])) normaliseTable(normal);
    else if (Array.isArray(normal['cells'])) blankCells(normal['cells'], this.#ageColumns, AGE, '<age>');
    return normal;
  }
}

function normaliseTable(table: JsonObject): void {
  const columns = table['columnDefinitions'] as JsonObject[];
  const addresses = columns.flatMap(({ name }, index) => (name === 'Cluster-IP' ? [index] : []));
  for (const { cells } of table['rows'] as JsonObject[]) {
    if (!Array.isArray(cells)) continue;
    blankCells(cells, addresses, ADDRESS, '<ip>');
    blankCells(cells, ageColumns(columns), AGE, '<age>');
  }
}
function ageColumns(columns: readonly JsonObject[]): number[] {
  return columns.flatMap(({ name }, index) => (AGE_COLUMN.test(textOf(name)) ? [index] : []));
}
function blankCells(cells: JsonValue[], columns: readonly number[], pattern: RegExp, blank: string): void {
  for (const column of columns) {
    const cell = cells[column];
    if (typeof cell === 'string' && pattern.test(cell)) cells[column] = blank;
  }
}

function managerKey(entry: JsonValue): string {
  const { operation, manager, subresource = '', fieldsV1 } = isObject(entry) ? entry : {};
  return `${textOf(operation)}${textOf(manager)}${textOf(subresource)}${JSON.stringify(fieldsV1)}`;
}

/** By code units, as JavaScript compares texts. */
export function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
