import type { Container, Pod, PodSpec, ResourceList, ResourceRequirements } from '#api/types/core-v1';
import { child, type FieldError, forbidden, index, invalid } from '../../../machinery/field-error.ts';
import { cloneJson, jsonEqual } from '../../../machinery/json-value.ts';
import type { JsonValue } from '../../../machinery/json.ts';
import { isMirrorPod } from './annotations.ts';
import { qosClassOf } from './resources.ts';
import { countSpecChange } from './strategy.ts';
import { validatePod } from './validation.ts';

const LISTS = ['containers', 'initContainers'] as const;

/** `pods/resize` changes resources and how containers take their change, nothing else; what adds, removes or reorders containers is left for validation. */
export function prepareResize(pod: Pod, old: Pod): void {
  if (LISTS.every((list) => (pod.spec[list]?.length ?? 0) === (old.spec[list]?.length ?? 0))) {
    const { resources } = pod.spec;
    const [containers, initContainers] = LISTS.map((list) => withResources(pod.spec[list] ?? [], old.spec[list] ?? []));
    pod.spec = { ...old.spec, containers: containers ?? [] };
    if (initContainers?.length) pod.spec.initContainers = initContainers;
    if (resources) pod.spec.resources = resources;
    else delete pod.spec.resources;
    pod.status = old.status;
  }
  countSpecChange(pod, old);
}

function withResources(containers: readonly Container[], old: readonly Container[]): Container[] {
  if (containers.some(({ name }, i) => name !== old[i]?.name)) return [...containers];
  return containers.map(({ resources, resizePolicy }, i) => {
    const copy = { ...(old[i] as Container), resources };
    if (resizePolicy) copy.resizePolicy = resizePolicy;
    else delete copy.resizePolicy;
    return copy;
  });
}

/** What a resize asks for that cannot be (KEP-1287, KEP-5419). */
export function validateResize(pod: Pod, old: Pod): FieldError[] {
  if (isMirrorPod(old.metadata.annotations)) return [forbidden('[]', 'static pods cannot be resized')];
  if (old.spec.os?.name === 'windows') return [forbidden('[]', 'windows pods cannot be resized')];
  const errors = validatePod(pod, old);
  const qos = qosClassOf(pod);
  if ((old.status?.qosClass || qosClassOf(old)) !== qos)
    errors.push(invalid('spec', pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'));
  const running = old.status?.containerStatuses?.find(({ state }) => state?.running);
  if (running && !running.resources) errors.push(forbidden('spec', 'Pod running on node without support for resize'));
  const rest = cloneJson(pod.spec);
  errors.push(...podLevelErrors(pod.spec, old.spec, rest));
  const ofOrder = orderErrors(pod.spec, old.spec);
  if (ofOrder.length) return [...errors, ...ofOrder];
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [i, container] of (old.spec[list] ?? []).entries())
      errors.push(...removals(pod.spec[list]?.[i]?.resources, container.resources, child(index(child('spec', list), i), 'resources'), 'resource'));
  }
  errors.push(...otherChanges(rest, old.spec));
  if (errors.length || isSame(rest, old.spec)) return errors;
  return [forbidden('spec', 'only cpu and memory resources are mutable')];
}

function isSame(a: unknown, b: unknown): boolean {
  return jsonEqual(withoutEmpty(a) as JsonValue, withoutEmpty(b) as JsonValue);
}
/** An empty map of resources is as good as none. */
function withoutEmpty(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return Array.isArray(value) ? value.map(withoutEmpty) : value;
  const entries = Object.entries(value).map(([name, member]) => [name, withoutEmpty(member)] as const);
  return Object.fromEntries(entries.filter(([, member]) => member !== undefined && !(isEmpty(member) && typeof member === 'object')));
}
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function hasAmounts({ resources }: PodSpec): boolean {
  return Object.keys(resources?.requests ?? {}).length + Object.keys(resources?.limits ?? {}).length > 0;
}

function podLevelErrors(spec: PodSpec, old: PodSpec, rest: PodSpec): FieldError[] {
  if (!hasAmounts(spec) && !hasAmounts(old)) return [];
  const path = 'spec.resources';
  if (old.resources && !spec.resources) return [forbidden(path, 'pod-level resources cannot be removed')];
  const errors = removals(spec.resources, old.resources, path, 'pod-level resource');
  const back = computeSetBack(rest.resources, old.resources);
  rest.resources = isEmpty(back) && !old.resources ? undefined : back;
  if (!isSame(rest.resources, old.resources)) errors.push(forbidden('spec', 'only cpu and memory resources are mutable at pod-level'));
  return errors;
}

function removals(resources: ResourceRequirements | undefined, old: ResourceRequirements | undefined, path: string, noun: string): FieldError[] {
  return (['requests', 'limits'] as const).flatMap((list) => {
    const isLess = Object.keys(old?.[list] ?? {}).some((name) => resources?.[list]?.[name] === undefined);
    return isLess ? [forbidden(child(path, list), `${noun} ${list} cannot be removed`)] : [];
  });
}

function orderErrors(spec: PodSpec, old: PodSpec): FieldError[] {
  return LISTS.flatMap((list) => {
    const [containers, before] = [spec[list] ?? [], old[list] ?? []];
    if (containers.length !== before.length) return [forbidden(child('spec', list), `${list} may not be added or removed on resize`)];
    return before.flatMap(({ name }, i) =>
      containers[i]?.name === name ? [] : [forbidden(child(index(child('spec', list), i), 'name'), `${list} may not be renamed or reordered on resize`)],
    );
  });
}

/** Sets CPU and memory of the containers in `rest` back, and says what else differs. */
function otherChanges(rest: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, container] of rest.containers.entries()) {
    container.resources = computeSetBack(container.resources, old.containers[i]?.resources);
    if (!isSame(container, old.containers[i])) errors.push(forbidden('spec', 'only cpu and memory resources are mutable'));
  }
  for (const [i, container] of (rest.initContainers ?? []).entries()) {
    const before = old.initContainers?.[i];
    const path = index('spec.initContainers', i);
    const isChanged = !isSame(container, before);
    container.resources = computeSetBack(container.resources, before?.resources);
    if (!isSame(container, before)) errors.push(forbidden(path, 'only cpu and memory resources for init or sidecar containers are mutable'));
    const restarts = container.resizePolicy?.some(({ restartPolicy }) => restartPolicy === 'RestartContainer');
    if (isChanged && restarts && container.restartPolicy !== 'Always')
      errors.push(forbidden(path, 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized'));
  }
  return errors;
}

function computeSetBack(resources: ResourceRequirements | undefined, old: ResourceRequirements | undefined): ResourceRequirements {
  const result: ResourceRequirements = { ...resources };
  for (const list of ['requests', 'limits'] as const) {
    const amounts: ResourceList = { ...resources?.[list] };
    for (const name of ['cpu', 'memory']) {
      const before = old?.[list]?.[name];
      if (before === undefined) delete amounts[name];
      else amounts[name] = before;
    }
    if (Object.keys(amounts).length) result[list] = amounts;
    else delete result[list];
  }
  return result;
}
