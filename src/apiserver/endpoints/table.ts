import { type Column, type KubeObject, newBadRequest } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { ListMeta, ObjectMeta } from '#api/types/meta-v1';
import type { Call } from '../registry/call.ts';
import type { Entry } from '../watch-cache/entry.ts';
import { inServedVersion } from '../registry/view.ts';

export interface TableOptions {
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  readonly hasHeaders: boolean;
  readonly nowMs: number;
  /** The version of meta.k8s.io that was asked for. */
  readonly metaVersion: MetaVersion;
}
export type MetaVersion = 'v1' | 'v1beta1';

/** Reads `?includeObject`. */
export function tableOptions(query: URLSearchParams, nowMs: number, metaVersion: MetaVersion): TableOptions {
  const include = query.get('includeObject') || 'Metadata';
  if (include !== 'None' && include !== 'Metadata' && include !== 'Object') {
    const problem = `includeObject: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`;
    throw newBadRequest(`Unable to convert to Table as requested: ${problem}`);
  }
  return { includeObject: include, hasHeaders: true, nowMs, metaVersion };
}

const NAME_DESCRIPTION = 'Name must be unique within a namespace.';
const CREATED_DESCRIPTION = 'CreationTimestamp is a timestamp representing the server time when this object was created.';
/** Kinds without columns of their own show these, as upstream's default table convertor. */
const DEFAULT_COLUMNS: readonly Column[] = [
  { name: 'Name', type: 'string', format: 'name', description: NAME_DESCRIPTION, value: (object) => object.metadata.name ?? '' },
  { name: 'Created At', type: 'date', description: CREATED_DESCRIPTION, value: (object) => object.metadata.creationTimestamp ?? '' },
];
interface Table {
  readonly kind: 'Table';
  readonly apiVersion: string;
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly object[] | null;
  readonly rows: readonly object[];
}

/** A meta.k8s.io/v1 Table, as `kubectl get` asks for it. */
export function tableOf(call: Call, entries: readonly Entry[], metadata: ListMeta, options: TableOptions): Table {
  const columns = columnsOf(call);
  const rows = inRowOrder(call, entries).map((entry) => {
    const object = options.includeObject === 'Object' ? inServedVersion(call, entry.object) : entry.object;
    return rowOf(columns, entry.object, object, options);
  });
  return withHeaders(columns, metadata, rows, options);
}

/** The entries in the order of their rows. */
export function inRowOrder({ definition }: Call, entries: readonly Entry[]): readonly Entry[] {
  return definition.compareRows ? entries.toSorted((a, b) => definition.compareRows?.(a.object, b.object) ?? 0) : entries;
}

/** The Table of one object that is shown as it is. */
export function objectTable(columns: readonly Column[], object: KubeObject, options: TableOptions): Table {
  const { resourceVersion = '' } = object.metadata;
  return withHeaders(columns, { resourceVersion }, [rowOf(columns, object, object, options)], options);
}

function withHeaders(columns: readonly Column[], metadata: ListMeta, rows: readonly object[], options: TableOptions): Table {
  const columnDefinitions = columns.map(({ name, type, format = '', description, priority = 0 }) => ({ name, type, format, description, priority }));
  return { kind: 'Table', apiVersion: `meta.k8s.io/${options.metaVersion}`, metadata, columnDefinitions: options.hasHeaders ? columnDefinitions : null, rows };
}

/** The columns of a kind's tables. */
export function columnsOf(call: Call): readonly Column[] {
  const { columns } = call.definition;
  return columns && columns.length > 0 ? columns : DEFAULT_COLUMNS;
}

/** `shown`: what the row carries where whole objects are asked for. */
function rowOf(columns: readonly Column[], object: KubeObject, shown: KubeObject, options: TableOptions): object {
  const cells = columns.map((column) => column.value(object, options.nowMs));
  const conditions = completedCondition(object);
  const row = conditions ? { cells, conditions } : { cells };
  if (options.includeObject === 'None') return { ...row, object: null };
  return { ...row, object: options.includeObject === 'Object' ? shown : partialObject(object, options.metaVersion) };
}

/** kubectl hides or dims rows of Pods that are over. */
export function completedCondition(object: KubeObject): object[] | undefined {
  if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return undefined;
  const { status } = object as Pod;
  if (status?.phase === 'Succeeded') return [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }];
  if (status?.phase === 'Failed') return [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }];
  return undefined;
}

/** Only the metadata, for those who need no more. */
export function partialObject({ metadata }: { metadata: ObjectMeta }, metaVersion: MetaVersion): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${metaVersion}`, metadata };
}
export function partialList(entries: readonly Entry[], metadata: ListMeta, metaVersion: MetaVersion): object {
  const items = entries.map((entry) => partialObject(entry.object, metaVersion));
  return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${metaVersion}`, metadata, items };
}
