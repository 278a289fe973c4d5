import type { PolicyRule } from '#api/types/rbac-v1';
import type { Attributes } from '../contract.ts';

/** Whether one of the rules allows the request; follows pkg/apis/rbac/v1/evaluation_helpers.go. */
export function rulesAllow(attributes: Attributes, rules: readonly PolicyRule[]): boolean {
  for (const rule of rules) {
    if (ruleAllows(attributes, rule)) return true;
  }
  return false;
}

/** Whether the rule allows the request. */
export function ruleAllows(attributes: Attributes, rule: PolicyRule): boolean {
  if (!hasOrAll(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResourceRequest) return rule.nonResourceURLs !== undefined && matchesUrl(rule.nonResourceURLs, attributes.path);
  return (
    hasOrAll(rule.apiGroups, attributes.apiGroup) &&
    matchesResource(rule.resources, attributes.resource, attributes.subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(attributes.name))
  );
}

function hasOrAll(list: readonly string[] | undefined, value: string): boolean {
  if (!list) return false;
  for (const item of list) {
    if (item === value || item === '*') return true;
  }
  return false;
}

function matchesResource(list: readonly string[] | undefined, resource: string, subresource: string): boolean {
  if (!list) return false;
  for (const item of list) {
    if (item === '*') return true;
    if (!subresource) {
      if (item === resource) return true;
    } else if (item.endsWith(subresource) && (item === `${resource}/${subresource}` || item === `*/${subresource}`)) return true;
  }
  return false;
}

function matchesUrl(patterns: readonly string[], path: string): boolean {
  for (const pattern of patterns) {
    if (pattern === '*' || pattern === path) return true;
    if (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))) return true;
  }
  return false;
}
