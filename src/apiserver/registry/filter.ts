import { type FieldSelector, FieldSelectorError, type KubeObject, newBadRequest, parseFieldSelector, parseSelector, type Selector, SelectorError } from '#api';
import type { Call } from './call.ts';

/** What a list, a watch or a deletecollection selects: exact places as indexes, the rest as a predicate. */
export interface Selection {
  /** Undefined: all. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly matches: ((object: KubeObject) => boolean) | undefined;
  /** Nothing is left out by a selector. */
  readonly isEverything: boolean;
}

/** What `selectionOf` is made of: selectors that could be read, of fields that the kind may not know. */
export interface Selectors {
  readonly labels: Selector | undefined;
  readonly fields: FieldSelector | undefined;
}

/** Reads the selectors of a list or watch; throws BadRequest with upstream's texts. */
export function readSelectors(options: { labelSelector?: string | undefined; fieldSelector?: string | undefined }): Selectors {
  return {
    labels: options.labelSelector ? parseLabels(options.labelSelector) : undefined,
    fields: options.fieldSelector ? parseFields(options.fieldSelector) : undefined,
  };
}

/** Throws BadRequest where a field is none that the kind is selected by. */
export function selectionOf(call: Call, { labels, fields }: Selectors): Selection {
  const unknown = fields?.requirements.find(({ field }) => !isSelectable(call, field));
  if (unknown) throw newBadRequest(unselectable(call, unknown.field));
  const { namespaced } = call.definition;
  let namespace = namespaced ? call.namespace || undefined : '';
  namespace ??= fields?.requiresExactMatch('metadata.namespace');
  const name = fields?.requiresExactMatch('metadata.name');
  const byField = fields && fieldPredicate(call, fields, { namespace, name });
  const byLabel = labels && ((object: KubeObject) => labels.matches(object.metadata.labels));
  const matches = byField && byLabel ? (object: KubeObject) => byLabel(object) && byField(object) : (byLabel ?? byField);
  return { namespace, name, matches, isEverything: (labels?.isEmpty ?? true) && (fields?.isEmpty ?? true) };
}

function parseLabels(text: string): Selector | undefined {
  try {
    return parseSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) throw newBadRequest(error.message, { cause: error });
    throw error;
  }
}

function parseFields(text: string): FieldSelector {
  try {
    return parseFieldSelector(text);
  } catch (error) {
    if (error instanceof FieldSelectorError) throw newBadRequest(error.message, { cause: error });
    throw error;
  }
}

function isSelectable({ definition, served: { fieldLabels } }: Call, field: string): boolean {
  if (field === 'metadata.name') return true;
  // Kinds with fields of their own list all that they know; the others know the namespace, though they may have none.
  if (field === 'metadata.namespace') return definition.namespaced || !definition.selectableFields;
  return Object.hasOwn(fieldLabels ?? definition.selectableFields ?? {}, field);
}
function unselectable({ definition }: Call, field: string): string {
  if (!definition.selectableFields) return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
  const { group, version, kind, custom } = definition;
  if (!custom && kind === 'Job') return `field label ${JSON.stringify(field)} not supported for batchv1.Job`;
  if (!custom && kind === 'ResourceSlice') return `field label not supported for ${group}/${version}, Kind=${kind}: ${field}`;
  return `field label not supported: ${field}`;
}

/** Undefined where the places alone decide. */
function fieldPredicate(call: Call, selector: FieldSelector, place: Pick<Selection, 'namespace' | 'name'>): ((object: KubeObject) => boolean) | undefined {
  const { namespace, name } = place;
  const isPlace = selector.requirements.every(
    ({ field, operator, value }) =>
      operator === '=' && ((field === 'metadata.name' && value === name) || (field === 'metadata.namespace' && value === namespace)),
  );
  if (isPlace) return undefined;
  const checks = selector.requirements.map(({ field, operator, value }) => {
    const read = reader(call, field);
    return operator === '=' ? (object: KubeObject) => read(object) === value : (object: KubeObject) => read(object) !== value;
  });
  return (object) => checks.every((check) => check(object));
}

function reader(call: Call, field: string): (object: KubeObject) => string {
  if (field === 'metadata.name') return ({ metadata }) => metadata.name ?? '';
  if (field === 'metadata.namespace') return ({ metadata }) => metadata.namespace ?? '';
  return call.definition.selectableFields?.[call.served.fieldLabels?.[field] ?? field] ?? (() => '');
}
