/** What the API server finds out about a CustomResourceDefinition. Follows apiextensions-apiserver/pkg/controller/{status,establish,nonstructuralschema,apiapproval}. */
import type { CustomResourceDefinition, CustomResourceDefinitionCondition, CustomResourceDefinitionNames } from '#api/types/apiextensions-v1';
import { apiApproval } from './api-approval.ts';
import { caBundleErrors } from './conversion-validation.ts';
import { formatFieldError } from '../../machinery/field-error.ts';
import { conversionError, structuralErrors } from './structural.ts';

export type DefinitionCondition = Omit<CustomResourceDefinitionCondition, 'lastTransitionTime'>;

/** Whether the definition's condition of this type is True. */
export function hasCondition({ status }: CustomResourceDefinition, type: string): boolean {
  return status?.conditions?.some((each) => each.type === type && each.status === 'True') === true;
}

/** The names that may be used, and what is said about them. `all` are all definitions, whose accepted names are taken: its own, too, for other uses. */
export function judgeNames(
  definition: CustomResourceDefinition,
  all: Iterable<CustomResourceDefinition>,
): { accepted: CustomResourceDefinitionNames; conditions: DefinitionCondition[] } {
  const { group, names: wanted } = definition.spec;
  const [resources, kinds] = [new Set<string>(), new Set<string>()];
  for (const { spec, status } of all) {
    if (spec.group !== group) continue;
    const names = status?.acceptedNames;
    for (const name of [names?.plural, names?.singular, ...(names?.shortNames ?? [])]) if (name) resources.add(name);
    for (const kind of [names?.kind, names?.listKind]) if (kind) kinds.add(kind);
  }
  const before = definition.status?.acceptedNames ?? { plural: '', kind: '' };
  const conflict = (taken: ReadonlySet<string>, field: 'plural' | 'singular' | 'kind' | 'listKind'): string | undefined =>
    wanted[field] !== before[field] && taken.has(wanted[field] ?? '') ? `${JSON.stringify(wanted[field])} is already in use` : undefined;
  const newShortNames = (wanted.shortNames ?? []).filter((name) => before.shortNames?.includes(name) !== true);
  const findings: [string, string | undefined][] = [
    ['PluralConflict', conflict(resources, 'plural')],
    ['SingularConflict', conflict(resources, 'singular')],
    ['ShortNamesConflict', shortNameConflict(resources, newShortNames)],
    ['KindConflict', conflict(kinds, 'kind')],
    ['ListKindConflict', conflict(kinds, 'listKind')],
  ];
  const isFree = (reason: string): boolean => findings.every(([each, text]) => each !== reason || text === undefined);
  const accepted: CustomResourceDefinitionNames = {
    plural: isFree('PluralConflict') ? wanted.plural : before.plural,
    ...optional('singular', isFree('SingularConflict') ? wanted.singular : before.singular),
    ...optional('shortNames', isFree('ShortNamesConflict') ? wanted.shortNames : before.shortNames),
    kind: isFree('KindConflict') ? wanted.kind : before.kind,
    ...optional('listKind', isFree('ListKindConflict') ? wanted.listKind : before.listKind),
    ...optional('categories', wanted.categories),
  };
  return { accepted, conditions: namesConditions(definition, findings) };
}
function shortNameConflict(taken: ReadonlySet<string>, names: readonly string[]): string | undefined {
  const texts = [...new Set(names)].filter((name) => taken.has(name)).map((name) => `${JSON.stringify(name)} is already in use`);
  return texts.length > 1 ? `[${texts.join(', ')}]` : texts[0];
}
function optional<K extends string, V>(key: K, value: V | undefined): { [name in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [name in K]: V });
}

function namesConditions(definition: CustomResourceDefinition, findings: readonly [string, string | undefined][]): DefinitionCondition[] {
  // Of several conflicts the last is told, as upstream does.
  const conflict = findings.findLast(([, text]) => text !== undefined);
  const wasEstablished = hasCondition(definition, 'Established');
  const accepted: DefinitionCondition = conflict
    ? { type: 'NamesAccepted', status: 'False', reason: conflict[0], message: conflict[1] ?? '' }
    : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };
  if (wasEstablished) return [accepted];
  return [accepted, conflict ? NOT_ACCEPTED : hasBadCaBundle(definition) ? BAD_CA_BUNDLE : ESTABLISHED];
}
const NOT_ACCEPTED: DefinitionCondition = { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
const BAD_CA_BUNDLE: DefinitionCondition = {
  type: 'Established',
  status: 'False',
  reason: 'InvalidCABundle',
  message: 'The conversion webhook CABundle is invalid',
};
const ESTABLISHED: DefinitionCondition = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};
function hasBadCaBundle({ spec }: CustomResourceDefinition): boolean {
  const caBundle = spec.conversion?.webhook?.clientConfig?.caBundle;
  return Boolean(caBundle) && caBundleErrors(caBundle as string, '').length > 0;
}

/** The condition about schemas that are not structural; undefined where all are (what was said before is then taken back). */
export function nonStructuralCondition({ spec }: CustomResourceDefinition): DefinitionCondition | undefined {
  const texts = new Set(spec.preserveUnknownFields === true ? ['spec.preserveUnknownFields: Invalid value: true: must be false'] : []);
  for (const [i, { name, schema }] of spec.versions.entries()) {
    if (!schema?.openAPIV3Schema) continue;
    const unreadable = conversionError(schema.openAPIV3Schema);
    if (unreadable) return nonStructural('StructuralError', `failed to check validation schema for version ${name}: ${unreadable}`);
    for (const error of structuralErrors(schema.openAPIV3Schema, `spec.versions[${i}].schema.openAPIV3Schema`)) texts.add(formatFieldError(error));
  }
  const [first, ...others] = [...texts].sort();
  if (first === undefined) return undefined;
  return nonStructural('Violations', others.length === 0 ? first : `[${[first, ...others].join(', ')}]`);
}
function nonStructural(reason: string, message: string): DefinitionCondition {
  return { type: 'NonStructuralSchema', status: 'True', reason, message };
}

/** The condition about kinds in Kubernetes' own groups; undefined elsewhere. */
export function approvalCondition(definition: CustomResourceDefinition): DefinitionCondition | undefined {
  const approval = apiApproval(definition);
  if (!approval) return undefined;
  const { state, reason } = approval;
  const type = 'KubernetesAPIApprovalPolicyConformant';
  switch (state) {
    case 'invalid':
      return { type, status: 'False', reason: 'InvalidAnnotation', message: reason };
    case 'missing':
      return { type, status: 'False', reason: 'MissingAnnotation', message: reason };
    case 'approved':
      return { type, status: 'True', reason: 'ApprovedAnnotation', message: reason };
    case 'bypassed':
      return { type, status: 'False', reason: 'UnapprovedAnnotation', message: reason };
  }
}
