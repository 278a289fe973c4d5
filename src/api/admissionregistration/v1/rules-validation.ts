/** Rules of which requests something applies to, shared by webhooks and policies. Follows pkg/apis/admissionregistration/validation. */
import type { RuleWithOperations } from '#api/types/admissionregistration-v1';
import { type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];

/** What is wrong with a rule and its operations. */
export function ruleErrors(rule: RuleWithOperations, path: string): FieldError[] {
  const operations = rule.operations ?? [];
  const at = `${path}.operations`;
  const errors: FieldError[] = [];
  if (operations.length === 0) errors.push(required(at));
  if (operations.length > 1 && operations.includes('*')) errors.push(invalid(at, operations, "if '*' is present, must not specify other operations"));
  operations.forEach((operation, i) => {
    if (!OPERATIONS.includes(operation)) errors.push(notSupported(index(at, i), operation, OPERATIONS));
  });
  return [...errors, ...scopeOfRuleErrors(rule, path)];
}

function scopeOfRuleErrors({ apiGroups, apiVersions, resources, scope }: RuleWithOperations, path: string): FieldError[] {
  const errors = [...listErrors(apiGroups ?? [], `${path}.apiGroups`, 'API groups'), ...listErrors(apiVersions ?? [], `${path}.apiVersions`, 'API versions')];
  (apiVersions ?? []).forEach((version, i) => {
    if (!version) errors.push(required(index(`${path}.apiVersions`, i)));
  });
  errors.push(...resourceErrors(resources ?? [], `${path}.resources`));
  if (scope !== undefined && !SCOPES.includes(scope)) errors.push(notSupported(`${path}.scope`, scope, SCOPES));
  return errors;
}

function listErrors(list: readonly string[], path: string, what: string): FieldError[] {
  if (list.length === 0) return [required(path)];
  return list.length > 1 && list.includes('*') ? [invalid(path, list, `if '*' is present, must not specify other ${what}`)] : [];
}

function resourceErrors(resources: readonly string[], path: string): FieldError[] {
  if (resources.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const wholeResources = new Set<string>();
  const wholeSubresources = new Set<string>();
  resources.forEach((resource, i) => {
    const at = index(path, i);
    if (!resource) errors.push(required(at));
    const [name, sub] = splitOnce(resource);
    if (sub === undefined) return;
    if (wholeResources.has(name)) errors.push(invalid(at, resource, `if '${name}/*' is present, must not specify ${resource}`));
    if (wholeSubresources.has(sub)) errors.push(invalid(at, resource, `if '*/${sub}' is present, must not specify ${resource}`));
    if (sub === '*') wholeResources.add(name);
    if (name === '*') wholeSubresources.add(sub);
  });
  if (resources.length > 1 && resources.includes('*/*')) errors.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  const isBare = (resource: string): boolean => !resource.includes('/');
  if (resources.includes('*') && resources.filter(isBare).length > 1) {
    errors.push(invalid(path, resources, "if '*' is present, must not specify other resources without subresources"));
  }
  return errors;
}

function splitOnce(resource: string): [string, string?] {
  const slash = resource.indexOf('/');
  return slash < 0 ? [resource] : [resource.slice(0, slash), resource.slice(slash + 1)];
}
