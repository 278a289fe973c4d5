import { jsonEqual, type JsonValue, selectorOf } from '#api';
import type { ClusterRole, PolicyRule } from '#api/types/rbac-v1';

/** The rules that an aggregated role should have: those of the roles it selects, by name, each once; undefined when it has them. */
export function planRules(role: ClusterRole, all: Iterable<ClusterRole>): PolicyRule[] | undefined {
  const candidates = [...all]
    .filter(({ metadata }) => metadata.name !== role.metadata.name)
    .sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const matcher = selectorOf(selector);
    for (const { metadata, rules: theirs } of candidates) {
      if (!matcher.matches(metadata.labels)) continue;
      for (const rule of theirs ?? []) if (!rules.some((known) => isSame(known, rule))) rules.push(rule);
    }
  }
  return isSame(rules, role.rules ?? []) ? undefined : rules;
}

function isSame(a: unknown, b: unknown): boolean {
  return jsonEqual(a as JsonValue, b as JsonValue);
}
