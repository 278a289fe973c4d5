import { compareQuantity, podSpecResources, quantityMilliValue } from '#api';
import type { LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod, ResourceList } from '#api/types/core-v1';

interface Asked {
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}

/** What of a Pod is outside of a range; texts are upstream's. */
export function podProblems({ spec }: LimitRange, pod: Pod): string[] {
  return (spec?.limits ?? []).flatMap((item) => {
    if (item.type === 'Container') {
      const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
      return containers.flatMap(({ resources }) => allProblems(item, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }));
    }
    if (item.type !== 'Pod') return [];
    return allProblems(item, { requests: podSpecResources(pod.spec, 'requests'), limits: podSpecResources(pod.spec, 'limits') });
  });
}

/** What of a claim is outside of a range: only requests count. */
export function claimProblems({ spec }: LimitRange, claim: PersistentVolumeClaim): string[] {
  const asked = { requests: claim.spec.resources?.requests ?? {}, limits: {} };
  return (spec?.limits ?? [])
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => [
      ...each(item.min, (name, bound) => minimumProblem(item.type, name, bound, asked)),
      ...each(item.max, (name, bound) => maximumRequestProblem(item.type, name, bound, asked)),
    ]);
}

function allProblems(item: LimitRangeItem, asked: Asked): string[] {
  return [
    ...each(item.min, (name, bound) => minimumProblem(item.type, name, bound, asked)),
    ...each(item.max, (name, bound) => maximumProblem(item.type, name, bound, asked)),
    ...each(item.maxLimitRequestRatio, (name, bound) => ratioProblem(item.type, name, bound, asked)),
  ];
}
function each(list: ResourceList | undefined, problem: (name: string, bound: string) => string | undefined): string[] {
  return Object.entries(list ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, bound]) => problem(name, bound) ?? []);
}

function minimumProblem(type: string, name: string, bound: string, { requests, limits }: Asked): string | undefined {
  const [request, limit] = [requests[name], limits[name]];
  const text = `minimum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return `${text}.  No request is specified`;
  if (compareQuantity(request, bound) < 0) return `${text}, but request is ${request}`;
  return limit !== undefined && compareQuantity(limit, bound) < 0 ? `${text}, but limit is ${limit}` : undefined;
}

function maximumProblem(type: string, name: string, bound: string, { requests, limits }: Asked): string | undefined {
  const [request, limit] = [requests[name], limits[name]];
  const text = `maximum ${name} usage per ${type} is ${bound}`;
  if (limit === undefined) return `${text}.  No limit is specified`;
  if (compareQuantity(limit, bound) > 0) return `${text}, but limit is ${limit}`;
  return request !== undefined && compareQuantity(request, bound) > 0 ? `${text}, but request is ${request}` : undefined;
}

function maximumRequestProblem(type: string, name: string, bound: string, { requests }: Asked): string | undefined {
  const request = requests[name];
  const text = `maximum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return `${text}.  No request is specified`;
  return compareQuantity(request, bound) > 0 ? `${text}, but request is ${request}` : undefined;
}

function ratioProblem(type: string, name: string, bound: string, { requests, limits }: Asked): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${bound}`;
  const [request, limit] = [quantityMilliValue(requests[name] ?? '0'), quantityMilliValue(limits[name] ?? '0')];
  if (request === 0) return `${text}, but no request is specified or request is 0`;
  if (limit === 0) return `${text}, but no limit is specified or limit is 0`;
  const ratio = limit / request;
  return ratio * 1000 > quantityMilliValue(bound) ? `${text}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
