/** Which APIServices there must be for what a server serves itself. Follows kubernetes/cmd/kube-apiserver/app/aggregator.go. */
import { type apiServices, jsonEqual, type JsonValue, type ResourceDefinition } from '#api';

export type ApiService = NonNullable<(typeof apiServices)['$type']>;

/** Whether and when the server looks after an APIService: `onstart`, or always. */
export const AUTOMANAGED = 'kube-aggregator.kubernetes.io/automanaged';

// Upstream's order of groups; the group that serves APIServices has none of its own.
const GROUP_PRIORITIES: Readonly<Record<string, number>> = {
  '': 18000,
  apps: 17800,
  'events.k8s.io': 17750,
  'authentication.k8s.io': 17700,
  'authorization.k8s.io': 17600,
  autoscaling: 17500,
  batch: 17400,
  'certificates.k8s.io': 17300,
  'networking.k8s.io': 17200,
  policy: 17100,
  'rbac.authorization.k8s.io': 17000,
  'storage.k8s.io': 16800,
  'apiextensions.k8s.io': 16700,
  'admissionregistration.k8s.io': 16700,
  'scheduling.k8s.io': 16600,
  'coordination.k8s.io': 16500,
  'node.k8s.io': 16300,
  'discovery.k8s.io': 16200,
  'flowcontrol.apiserver.k8s.io': 16100,
  'resource.k8s.io': 15900,
};
const VERSION_PRIORITIES: Readonly<Record<string, number>> = {
  'v1.': 1,
  'v2.autoscaling': 30,
  'v1.flowcontrol.apiserver.k8s.io': 21,
  'v1.resource.k8s.io': 20,
};
const USUAL_VERSION_PRIORITY = 15;
/** All versions of custom kinds have the same: their names decide. */
const CUSTOM = { groupPriorityMinimum: 1000, versionPriority: 100 };

/** One for each group version, with the label that says when it is looked after. */
export function wantedApiServices(definitions: readonly ResourceDefinition[]): ApiService[] {
  const wanted = new Map<string, ApiService>();
  for (const { group, version, custom, alsoServedAs = [] } of definitions) {
    for (const served of [{ group, version }, ...alsoServedAs]) {
      const name = `${served.version}.${served.group}`;
      if (served.group === 'apiregistration.k8s.io' || wanted.has(name)) continue;
      wanted.set(name, apiServiceFor(served, custom !== undefined));
    }
  }
  return [...wanted.values()];
}

function apiServiceFor({ group, version }: { group: string; version: string }, isCustom: boolean): ApiService {
  const name = `${version}.${group}`;
  const priorities = isCustom
    ? CUSTOM
    : { groupPriorityMinimum: GROUP_PRIORITIES[group] ?? 1000, versionPriority: VERSION_PRIORITIES[name] ?? USUAL_VERSION_PRIORITY };
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name, labels: { [AUTOMANAGED]: isCustom ? 'true' : 'onstart' } },
    spec: { ...(group ? { group } : {}), version, ...priorities },
  };
}

export interface ApiServicePlan {
  readonly create: readonly ApiService[];
  readonly update: readonly ApiService[];
  /** Names. */
  readonly remove: readonly string[];
}

/** What to write; what nobody labelled is its maker's. `isFirst`: the server has just started. */
export function planApiServices(wanted: readonly ApiService[], live: readonly ApiService[], { isFirst }: { isFirst: boolean }): ApiServicePlan {
  const existing = new Map(live.map((each) => [each.metadata.name, each]));
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  const isDue = (label: string | undefined): boolean => label === 'true' || (label === 'onstart' && isFirst);
  const create = wanted.filter((each) => !existing.has(each.metadata.name) && isDue(labelOf(each)));
  const update = wanted.flatMap((each) => {
    const now = existing.get(each.metadata.name);
    if (!now || !isDue(labelOf(now)) || jsonEqual(now.spec as unknown as JsonValue, each.spec as unknown as JsonValue)) return [];
    return [{ ...now, spec: each.spec }];
  });
  const remove = live.filter((each) => !names.has(each.metadata.name) && isDue(labelOf(each))).map(({ metadata }) => metadata.name ?? '');
  return { create, update, remove };
}

function labelOf({ metadata }: ApiService): string | undefined {
  return metadata.labels?.[AUTOMANAGED];
}
