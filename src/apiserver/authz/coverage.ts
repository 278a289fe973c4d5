import type { PolicyRule } from '#api/types/rbac-v1';

/**
 * The parts of `wanted` that `held` does not grant, as rules of one verb on one resource or path.
 * Follows k8s.io/component-helpers/auth/rbac/validation/policy_compact.go and policy_comparator.go.
 */
export function uncoveredRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((single) => !held.some((rule) => covers(rule, single)));
}

/** One rule for each verb on each resource (of each name) or path. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const singles: PolicyRule[] = [];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const single = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (!rule.resourceNames?.length) singles.push(single);
        for (const name of rule.resourceNames ?? []) singles.push({ ...single, resourceNames: [name] });
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) for (const verb of rule.verbs) singles.push({ verbs: [verb], nonResourceURLs: [url] });
  return singles;
}

function covers(held: PolicyRule, wanted: PolicyRule): boolean {
  return (
    hasAll(held.verbs, wanted.verbs) &&
    hasAll(held.apiGroups ?? [], wanted.apiGroups ?? []) &&
    (wanted.resources ?? []).every((resource) => coversResource(held.resources ?? [], resource)) &&
    coversNames(held.resourceNames ?? [], wanted.resourceNames ?? []) &&
    (wanted.nonResourceURLs ?? []).every((url) => coversUrl(held.nonResourceURLs ?? [], url))
  );
}

function hasAll(held: readonly string[], wanted: readonly string[]): boolean {
  return held.includes('*') || wanted.every((value) => held.includes(value));
}

function coversResource(held: readonly string[], wanted: string): boolean {
  if (held.includes('*') || held.includes(wanted)) return true;
  const slash = wanted.indexOf('/');
  return slash >= 0 && held.includes(`*${wanted.slice(slash)}`);
}

function coversNames(held: readonly string[], wanted: readonly string[]): boolean {
  if (held.length === 0) return true;
  return wanted.length > 0 && wanted.every((name) => held.includes(name));
}

function coversUrl(held: readonly string[], wanted: string): boolean {
  return held.some((url) => url === wanted || url === '*' || (url.endsWith('*') && wanted.startsWith(url.replace(/\*+$/, ''))));
}

/** Joins single rules that differ only in the verb; upstream's CompactRules. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const merged = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const isSimple = rule.apiGroups?.length === 1 && rule.resources?.length === 1 && (rule.resourceNames?.length ?? 0) <= 1;
    const key = isSimple ? JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]) : JSON.stringify(rule);
    const known = merged.get(key);
    if (known) merged.set(key, { ...known, verbs: [...known.verbs, ...rule.verbs] });
    else merged.set(key, rule);
  }
  return [...merged.values()];
}

/** `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}`, as error messages show rules. */
export function describeRule(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const texts = parts.filter(([, list]) => list?.length).map(([name, list = []]) => `${name}:${quoteList(list)}`);
  return `{${texts.join(', ')}}`;
}

/** Go's `%q` of a list. */
export function quoteList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}
