import { controllerOf } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { Clock } from '#lib';
import { reasonsOf, violationsOf } from './evaluate.ts';
import { formatLevelVersion, type LevelVersion } from './policy.ts';

const MAX_PODS = 3000;
const MAX_MS = 1000;

export interface NamespaceCheck {
  readonly namespace: string;
  readonly pods: Iterable<Pod>;
  readonly enforce: LevelVersion;
  readonly clock: Clock;
  readonly isExempt: (pod: Pod) => boolean;
}

/** Warnings about Pods that would not be admitted any more; looks at 3000 of them for at most a second, as upstream does. */
export function warningsForPods({ namespace, pods, enforce, clock, isExempt }: NamespaceCheck): string[] {
  const all = prioritized(pods, isExempt);
  const endMs = clock.monotonic() + MAX_MS;
  const byReason = new Map<string, { name: string; count: number }>();
  let checked = 0;
  for (const pod of all.slice(0, MAX_PODS)) {
    checked++;
    const violations = violationsOf(enforce, pod);
    if (violations.length > 0) count(byReason, reasonsOf(violations), pod.metadata.name ?? '');
    if (clock.monotonic() > endMs) break;
  }
  const warnings: string[] = [];
  if (checked < all.length) warnings.push(`new PodSecurity enforce level only checked against the first ${checked} of ${all.length} existing pods`);
  if (byReason.size > 0) {
    const level = JSON.stringify(formatLevelVersion(enforce));
    warnings.push(`existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${level}`);
  }
  return [...warnings, ...[...byReason].map(([reason, found]) => `${found.name}${othersText(found.count)}: ${reason}`).sort()];
}

/** Of Pods that have the same maker the first one speaks for the others, which are looked at last. */
function prioritized(pods: Iterable<Pod>, isExempt: (pod: Pod) => boolean): Pod[] {
  const seen = new Set<string>();
  const [first, replicas]: [Pod[], Pod[]] = [[], []];
  for (const pod of pods) {
    if (isExempt(pod)) continue;
    const maker = controllerOf(pod)?.uid;
    if (maker && seen.has(maker)) replicas.push(pod);
    else first.push(pod);
    if (maker) seen.add(maker);
  }
  return [...first, ...replicas];
}

function count(byReason: Map<string, { name: string; count: number }>, reason: string, name: string): void {
  const found = byReason.get(reason);
  if (!found) byReason.set(reason, { name, count: 1 });
  else {
    found.count++;
    if (name < found.name) found.name = name;
  }
}

function othersText(total: number): string {
  if (total === 1) return '';
  return total === 2 ? ' (and 1 other pod)' : ` (and ${total - 1} other pods)`;
}
