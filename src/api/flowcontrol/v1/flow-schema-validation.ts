import type { FlowSchema, FlowSchemaSpec, NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from '#api/types/flowcontrol-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { goValue } from '../../machinery/go-value.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../machinery/names.ts';
import { mandatoryFlowSchemas } from './mandatory.ts';

const MAX_PRECEDENCE = 10_000;
const METHODS = ['ByNamespace', 'ByUser'];
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const KINDS = ['Group', 'ServiceAccount', 'User'];
const SUBJECT_FIELDS = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;

/** What is wrong with a FlowSchema; follows pkg/apis/flowcontrol/validation. */
export function validateFlowSchema({ metadata: { name = '' }, spec, status }: FlowSchema): FieldError[] {
  const errors = spec ? validateSpec(name, spec) : [];
  const fixed = mandatoryFlowSchemas[name];
  if (fixed && !jsonEqual(spec as unknown as JsonValue, fixed as unknown as JsonValue)) {
    errors.push(invalid('spec', goValue({ groupVersion: 'flowcontrol/v1', struct: 'FlowSchemaSpec' }, spec), `spec of '${name}' must equal the fixed value`));
  }
  return [...errors, ...validateConditionTypes(status?.conditions)];
}

/** Conditions of flow-control kinds: each type once. */
export function validateConditionTypes(conditions: readonly { type?: string | undefined }[] | undefined): FieldError[] {
  const seen = new Set<string>();
  return (conditions ?? []).flatMap(({ type = '' }, i) => {
    const at = child(index('status.conditions', i), 'type');
    const errors = seen.has(type) ? [duplicate(at, type)] : [];
    seen.add(type);
    return type ? errors : [...errors, required(at, 'must not be empty')];
  });
}

function validateSpec(
  name: string,
  { matchingPrecedence: precedence = 0, distinguisherMethod, priorityLevelConfiguration, rules }: FlowSchemaSpec,
): FieldError[] {
  const at = 'spec.matchingPrecedence';
  const errors: FieldError[] = [];
  if (precedence <= 0) errors.push(invalid(at, precedence, 'must be a positive value'));
  if (precedence > MAX_PRECEDENCE) errors.push(invalid(at, precedence, `must not be greater than ${MAX_PRECEDENCE}`));
  if (precedence === 1 && name !== 'exempt') errors.push(invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  if (distinguisherMethod && !METHODS.includes(distinguisherMethod.type)) {
    // Upstream prints the struct.
    errors.push(notSupported('spec.distinguisherMethod.type', { Type: distinguisherMethod.type }, METHODS));
  }
  const level = priorityLevelConfiguration.name;
  const levelPath = 'spec.priorityLevelConfiguration.name';
  errors.push(...(level ? invalidEach(levelPath, level, isDns1123Subdomain(level)) : [required(levelPath, 'must reference a priority level')]));
  return [...errors, ...(rules ?? []).flatMap((rule, i) => validateRule(rule, index('spec.rules', i)))];
}

function validateRule({ subjects, resourceRules, nonResourceRules }: PolicyRulesWithSubjects, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!subjects?.length) errors.push(required(child(path, 'subjects'), 'subjects must contain at least one value'));
  errors.push(...(subjects ?? []).flatMap((subject, i) => validateSubject(subject, index(child(path, 'subjects'), i))));
  if (!resourceRules?.length && !nonResourceRules?.length) {
    errors.push(required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  }
  errors.push(...(resourceRules ?? []).flatMap((rule, i) => validateResourceRule(rule, index(child(path, 'resourceRules'), i))));
  return [...errors, ...(nonResourceRules ?? []).flatMap((rule, i) => validateNonResourceRule(rule, index(child(path, 'nonResourceRules'), i)))];
}

function validateSubject(subject: Subject, path: string): FieldError[] {
  const kind = subject.kind as keyof typeof SUBJECT_FIELDS;
  if (!KINDS.includes(kind)) return [notSupported(child(path, 'kind'), kind, KINDS)];
  const field = SUBJECT_FIELDS[kind];
  const errors = validateNamed(subject, kind, child(path, field));
  for (const [otherKind, other] of Object.entries(SUBJECT_FIELDS)) {
    const text = `${other} is forbidden when subject kind is not '${otherKind}'`;
    if (otherKind !== kind && subject[other] !== undefined) errors.push(forbidden(child(path, other), text));
  }
  return errors;
}

function validateNamed({ serviceAccount, user, group }: Subject, kind: keyof typeof SUBJECT_FIELDS, path: string): FieldError[] {
  const named = { ServiceAccount: serviceAccount, User: user, Group: group }[kind];
  if (!named) return [required(path, `${SUBJECT_FIELDS[kind]} is required when subject kind is '${kind}'`)];
  const errors = named.name ? [] : [required(child(path, 'name'))];
  if (kind !== 'ServiceAccount' || !serviceAccount) return errors;
  const { name, namespace } = serviceAccount;
  if (name && name !== '*') errors.push(...invalidEach(child(path, 'name'), name, isDns1123Subdomain(name)));
  if (namespace) errors.push(...invalidEach(child(path, 'namespace'), namespace, isDns1123Label(namespace)));
  else errors.push(required(child(path, 'namespace'), 'must specify namespace for service account'));
  return errors;
}

function validateVerbs(verbs: readonly string[], path: string): FieldError[] {
  if (verbs.length === 0) return [required(path, 'verbs must contain at least one value')];
  if (verbs.includes('*')) return verbs.length > 1 ? [invalid(path, verbs, "if '*' is present, must not specify other verbs")] : [];
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(path, verbs, VERBS)];
}

function validateResourceRule({ verbs, apiGroups, resources, namespaces: wanted, clusterScope }: ResourcePolicyRule, path: string): FieldError[] {
  const namespaces = wanted ?? [];
  const errors = validateVerbs(verbs ?? [], child(path, 'verbs'));
  errors.push(...wildcardAlone(apiGroups ?? [], { one: 'api group', many: 'api groups' }, child(path, 'apiGroups')));
  errors.push(...wildcardAlone(resources ?? [], { one: 'resource', many: 'resources' }, child(path, 'resources')));
  const at = child(path, 'namespaces');
  if (namespaces.length === 0 && !clusterScope) {
    errors.push(required(at, 'resource rules that are not cluster scoped must supply at least one namespace'));
  } else if (namespaces.includes('*')) {
    if (namespaces.length > 1) errors.push(invalid(at, namespaces, "if '*' is present, must not specify other namespaces"));
  } else {
    for (const [i, namespace] of namespaces.entries()) {
      const messages = isDns1123Label(namespace).map((message) => `each member of this list must be '*' or a DNS-1123 label; ${message}`);
      errors.push(...invalidEach(index(at, i), namespace, messages));
    }
  }
  return errors;
}

function wildcardAlone(list: readonly string[], words: { one: string; many: string }, path: string): FieldError[] {
  if (list.length === 0) return [required(path, `resource rules must supply at least one ${words.one}`)];
  return list.length > 1 && list.includes('*') ? [invalid(path, list, `if '*' is present, must not specify other ${words.many}`)] : [];
}

function validateNonResourceRule({ verbs, nonResourceURLs }: NonResourcePolicyRule, path: string): FieldError[] {
  const urls = nonResourceURLs ?? [];
  const errors = validateVerbs(verbs ?? [], child(path, 'verbs'));
  const at = child(path, 'nonResourceURLs');
  if (urls.length === 0) return [...errors, required(at, 'nonResourceURLs must contain at least one value')];
  if (!urls.includes('*')) return [...errors, ...urls.flatMap((url, i) => validateUrl(url, index(at, i)))];
  return urls.length > 1 ? [...errors, invalid(at, urls, "if '*' is present, must not specify other non-resource URLs")] : errors;
}

function validateUrl(url: string, path: string): FieldError[] {
  const because = (text: string) => [invalid(path, url, text)];
  if (!url) return because('must not be empty');
  if (url === '/') return [];
  if (!url.startsWith('/')) return because('must start with slash');
  if (url.includes(' ')) return because('must not contain white-space');
  if (url.includes('//')) return because('must not contain double slash');
  const wildcards = url.split('*').length - 1;
  return wildcards > 1 || (wildcards === 1 && !url.endsWith('/*')) ? because('wildcard can only do suffix matching') : [];
}
