import type { Container, LimitRange, Pod, ResourceList } from '#api/types/core-v1';

const ANNOTATION = 'kubernetes.io/limit-ranger';

/** Gives containers what a range says they want when they do not say; tells so in an annotation. Changes the Pod in place. */
export function setDefaultResources({ spec }: LimitRange, pod: Pod): void {
  const items = (spec?.limits ?? []).filter(({ type }) => type === 'Container');
  const requests: ResourceList = Object.assign({}, ...items.map(({ defaultRequest }) => defaultRequest));
  const limits: ResourceList = Object.assign({}, ...items.map((item) => item.default));
  const texts = [
    ...pod.spec.containers.flatMap((container) => fill(container, { requests, limits }, 'container')),
    ...(pod.spec.initContainers ?? []).flatMap((container) => fill(container, { requests, limits }, 'init container')),
  ];
  if (texts.length === 0) return;
  pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${texts.join('; ')}` };
}

/** What was set, as the annotation says it: `cpu, memory request for container c`. */
function fill(container: Container, defaults: Readonly<Record<'requests' | 'limits', ResourceList>>, what: string): string[] {
  const texts: string[] = [];
  for (const [kind, word] of [
    ['requests', 'request'],
    ['limits', 'limit'],
  ] as const) {
    const missing = Object.entries(defaults[kind]).filter(([name]) => container.resources?.[kind]?.[name] === undefined);
    if (missing.length === 0) continue;
    container.resources = { ...container.resources, [kind]: { ...container.resources?.[kind], ...Object.fromEntries(missing) } };
    const names = missing.map(([name]) => name).sort();
    texts.push(`${names.join(', ')} ${word} for ${what} ${container.name}`);
  }
  return texts;
}
