/** Printer columns of custom kinds. Follows apiextensions-apiserver/pkg/registry/customresource/tableconvertor. */
import type { CustomResourceColumnDefinition } from '#api/types/apiextensions-v1';
import type { JsonValue } from '../machinery/json.ts';
import { goJson, inOrder } from '../machinery/json-value.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Column } from '../machinery/resource.ts';
import { parseTime } from '../machinery/time.ts';
import { column, nameColumn, since } from '../printing/columns.ts';
import { type JsonPath, parseJsonPath } from './json-path.ts';
import { goNumber } from './scalar-validation.ts';

/** What is shown of a kind whose definition names no columns. */
const AGE: Column = column('Age', 'date', 'ObjectMeta.creationTimestamp', ({ metadata: { creationTimestamp } }, nowMs) =>
  creationTimestamp === undefined ? null : since(creationTimestamp, nowMs),
);

/** Name, and the definition's columns, or Age. */
export function printerColumns(definitions: readonly CustomResourceColumnDefinition[] | null | undefined): readonly Column[] {
  return [nameColumn(), ...(definitions?.length ? definitions.map(columnOf) : [AGE])];
}

function columnOf(definition: CustomResourceColumnDefinition): Column {
  const { name, type, format = '', description, priority = 0, jsonPath } = definition;
  // Paths are parsed when somebody looks.
  let path: JsonPath | Error | undefined;
  return {
    name,
    type: type as Column['type'],
    format,
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority,
    value: (object, nowMs) => {
      path ??= parseJsonPath(jsonPath);
      return path instanceof Error ? null : cellOf(type, firstOf(path, object), nowMs);
    },
  };
}
function firstOf(path: JsonPath, object: KubeObject): JsonValue | undefined {
  return path.find(object as unknown as JsonValue)[0];
}

function cellOf(type: string, value: JsonValue | undefined, nowMs: number): string | number | boolean | null {
  if (value === undefined) return null;
  if (type === 'string') return textOf(value);
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : isBig(value) ? Number(value) : null;
    case 'number':
      return typeof value === 'number' || isBig(value) ? Number(value) : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageOf(value, nowMs) : null;
    default:
      return null;
  }
}
/** Integers beyond 2^53, which the type does not tell. */
function isBig(value: JsonValue): boolean {
  return typeof (value as unknown) === 'bigint';
}
/** As Go's jsonpath prints it. */
function textOf(value: JsonValue): string {
  if (value === null) return '<no value>';
  if (typeof value === 'object') return goJson(inOrder(value));
  return typeof value === 'number' ? goNumber(value) : String(value);
}
function ageOf(text: string, nowMs: number): string {
  if (text === '' || text === 'null') return since(undefined, nowMs);
  const time = parseTime(text);
  return 'error' in time ? '<invalid>' : since(time.value ?? undefined, nowMs);
}

/** The text by which a field selector compares what the path leads to. */
export function selectedText(path: JsonPath | Error, object: KubeObject): string {
  const value = path instanceof Error ? undefined : firstOf(path, object);
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
