import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '#api/types/core-v1';
import { definePlugin, normalizeByMax } from '../framework.ts';

const REASON = "node(s) didn't match Pod's node affinity/selector";

/** Obeys nodeSelector and required node affinity, and prefers nodes by the weights of preferred terms. */
export const nodeAffinity = definePlugin({
  name: 'NodeAffinity',
  wokenBy: ['node-added', 'node-labels'],
  preFilter({ pod }) {
    if (!pod.spec?.nodeSelector && !requiredTerms(pod)) return { skip: true };
    const nodes = namedNodes(pod);
    if (nodes?.size === 0) return { refusal: 'pod affinity terms conflict' };
    return { nodes };
  },
  filter({ pod }, { node }) {
    return matchesRequired(pod, node) ? undefined : { reasons: [REASON], isResolvable: false };
  },
  weight: 2,
  preScore({ pod }) {
    return { skip: preferredTerms(pod).length === 0 };
  },
  score({ pod }, { node }) {
    let sum = 0;
    for (const { weight, preference } of preferredTerms(pod)) if (weight !== 0 && matchesTerm(preference, node)) sum += weight;
    return sum;
  },
  normalize: (scores) => normalizeByMax(scores, false),
});

function requiredTerms(pod: Pod): readonly NodeSelectorTerm[] | undefined {
  return pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
}
function preferredTerms(pod: Pod) {
  return pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
}

function matchesRequired(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {})) if (labels[key] !== value) return false;
  const terms = requiredTerms(pod);
  return !terms || terms.some((term) => matchesTerm(term, node));
}

/**
 * The nodes that the terms name by `metadata.name` (as those of DaemonSets do), so that a pod for one node does not look at a thousand.
 * undefined where some term leaves the name open; empty where the names contradict each other.
 */
function namedNodes(pod: Pod): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const { matchFields = [] } of requiredTerms(pod) ?? []) {
    let ofTerm: Set<string> | undefined;
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== 'metadata.name' || operator !== 'In') continue;
      const theirs = new Set(values);
      ofTerm = ofTerm ? ofTerm.intersection(theirs) : theirs;
    }
    if (!ofTerm) return undefined;
    for (const name of ofTerm) names.add(name);
  }
  return requiredTerms(pod) ? names : undefined;
}

/** A term without any requirement matches nothing. */
function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    matchExpressions.every((requirement) => matchesRequirement(requirement, Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined)) &&
    matchFields.every((requirement) => matchesRequirement(requirement, requirement.key === 'metadata.name' ? node.metadata.name : undefined))
  );
}

function matchesRequirement({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const limit = values[0] ?? '';
      if (!/^-?\d+$/.test(value ?? '') || !/^-?\d+$/.test(limit)) return false;
      return operator === 'Gt' ? BigInt(value ?? '0') > BigInt(limit) : BigInt(value ?? '0') < BigInt(limit);
    }
    default:
      return false;
  }
}
