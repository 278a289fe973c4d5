import { oneOf } from './amounts.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { podEvaluator } from './pods.ts';
import { resourceClaimEvaluator } from './resource-claims.ts';
import { serviceEvaluator } from './services.ts';
import { volumeClaimEvaluator } from './volume-claims.ts';

/** Kinds of which more than the number counts. */
const SPECIAL: readonly QuotaEvaluator[] = [podEvaluator, serviceEvaluator, volumeClaimEvaluator, resourceClaimEvaluator];
/** Kinds that were counted by their own name before `count/` was there. */
const ALIASES: ReadonlySet<string> = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);
/** Not stored, or never counted. */
const IGNORED: ReadonlySet<string> = new Set([
  'bindings.',
  'componentstatuses.',
  'events.',
  'events.events.k8s.io',
  'tokenreviews.authentication.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
]);

const evaluators = new Map<string, QuotaEvaluator>(SPECIAL.map((evaluator) => [idOf(evaluator), evaluator]));

function idOf({ group, plural }: { group: string; plural: string }): string {
  return `${plural}.${group}`;
}

/** How objects of a kind are measured; undefined: quota does not know the kind. */
export function quotaEvaluatorFor(type: { group: string; plural: string }): QuotaEvaluator | undefined {
  const id = idOf(type);
  if (IGNORED.has(id)) return undefined;
  let found = evaluators.get(id);
  if (!found) evaluators.set(id, (found = objectCountEvaluator(type)));
  return found;
}

/** The kinds whose objects use any of these resources of a quota. */
export function quotaEvaluatorsOf(resources: Iterable<string>): QuotaEvaluator[] {
  const names = [...resources];
  const found = new Set(SPECIAL.filter((evaluator) => evaluator.matchingResources(names).length > 0));
  for (const name of names) {
    const type = ALIASES.has(name) ? { group: '', plural: name } : countedType(name);
    const evaluator = type && quotaEvaluatorFor(type);
    if (evaluator) found.add(evaluator);
  }
  return [...found];
}

/** `count/deployments.apps`, `count/secrets` */
function countedType(name: string): { group: string; plural: string } | undefined {
  if (!name.startsWith('count/')) return undefined;
  const resource = name.slice('count/'.length);
  const dot = resource.indexOf('.');
  return dot < 0 ? { group: '', plural: resource } : { group: resource.slice(dot + 1), plural: resource.slice(0, dot) };
}

/** Counts the objects of any kind. */
function objectCountEvaluator({ group, plural }: { group: string; plural: string }): QuotaEvaluator {
  const names = [`count/${group ? `${plural}.${group}` : plural}`, ...(group === '' && ALIASES.has(plural) ? [plural] : [])];
  const usage = oneOf(...names);
  return {
    group,
    plural,
    handles: ({ operation, subresource }) => operation === 'CREATE' && subresource === '',
    matchingResources: (wanted) => wanted.filter((name) => names.includes(name)),
    usage: () => usage,
  };
}
