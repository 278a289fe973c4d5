import { type FieldError, forbidden, jsonEqual, type JsonValue, prepareRequestApproval, validateRequestUpdate } from '#api';
import type { CertificateSigningRequest } from '#api/types/certificates-v1';
import type { Container, EphemeralContainer, Pod } from '#api/types/core-v1';
import { type Clock, rfc3339 } from '#lib';
import type { UpdateStrategy } from './view.ts';

/** How subresources that are written like their object, but change only a part of it, do so. Key: `storage/subresource`. */
export function partStrategy(key: string, clock: Clock): UpdateStrategy | undefined {
  switch (key) {
    case 'pods/ephemeralcontainers':
      return ephemeralContainers;
    case 'pods/resize':
      return resize;
    case 'certificatesigningrequests/approval':
      return approval(clock);
    default:
      return undefined;
  }
}

const ephemeralContainers: UpdateStrategy = {
  prepareForUpdate(object, old) {
    const pod = object as Pod;
    const { ephemeralContainers: wanted } = pod.spec;
    pod.spec = { ...(old as Pod).spec };
    if (wanted?.length) pod.spec.ephemeralContainers = wanted;
    else delete pod.spec.ephemeralContainers;
    pod.status = (old as Pod).status;
    bumpIfChanged(pod, old as Pod);
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    const path = 'spec.ephemeralContainers';
    const wanted = (object as Pod).spec.ephemeralContainers ?? [];
    const present = (old as Pod).spec.ephemeralContainers ?? [];
    for (const container of present) {
      const kept = wanted.find(({ name }) => name === container.name);
      if (!kept) errors.push(forbidden(path, `existing ephemeral containers ${JSON.stringify(container.name)} may not be removed`));
      else if (!jsonEqual(plain(kept), plain(container)))
        errors.push(forbidden(path, `existing ephemeral containers ${JSON.stringify(container.name)} may not be changed`));
    }
    return [
      ...errors,
      ...wanted.slice(present.length).flatMap((container, i) => newEphemeralErrors(object as Pod, container, `${path}[${present.length + i}]`)),
    ];
  },
};

function newEphemeralErrors(pod: Pod, container: EphemeralContainer, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(({ name }) => name);
  if (names.includes(container.name))
    errors.push({ type: 'FieldValueDuplicate', field: `${path}.name`, message: `Duplicate value: ${JSON.stringify(container.name)}` });
  if (container.targetContainerName && !names.includes(container.targetContainerName)) {
    errors.push({ type: 'FieldValueNotFound', field: `${path}.targetContainerName`, message: `Not found: ${JSON.stringify(container.targetContainerName)}` });
  }
  for (const field of ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const) {
    const value = container[field];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0))
      errors.push(forbidden(`${path}.${field}`, 'cannot be set for an Ephemeral Container'));
  }
  return errors;
}

const resize: UpdateStrategy = {
  prepareForUpdate(object, old) {
    const pod = object as Pod;
    const wanted = pod.spec;
    const live = (old as Pod).spec;
    const resized = (containers: readonly Container[] | undefined, from: readonly Container[] | undefined): Container[] =>
      (containers ?? []).map((container) => {
        const source = from?.find(({ name }) => name === container.name);
        return source ? { ...container, resources: source.resources, resizePolicy: source.resizePolicy } : container;
      });
    pod.spec = { ...live, containers: resized(live.containers, wanted.containers) };
    if (live.initContainers) pod.spec.initContainers = resized(live.initContainers, wanted.initContainers);
    pod.status = (old as Pod).status;
    bumpIfChanged(pod, old as Pod);
  },
  validateUpdate(object, old) {
    const before = (old as Pod).spec.containers;
    return (object as Pod).spec.containers.flatMap(({ name, resources }, i) => {
      const known = before.find((each) => each.name === name)?.resources;
      const removed = Object.keys(known?.requests ?? {}).filter((each) => resources?.requests?.[each] === undefined);
      return removed.length > 0 ? [forbidden(`spec.containers[${i}].resources.requests`, 'resource requests cannot be removed')] : [];
    });
  },
};

function bumpIfChanged(pod: Pod, old: Pod): void {
  if (!jsonEqual(plain(pod.spec), plain(old.spec))) pod.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function approval(clock: Clock): UpdateStrategy {
  return {
    prepareForUpdate: (object, old) => prepareRequestApproval(object as CertificateSigningRequest, old as CertificateSigningRequest, rfc3339(clock.now())),
    validateUpdate: (object, old) => validateRequestUpdate(object as CertificateSigningRequest, old as CertificateSigningRequest, 'approval'),
  };
}

function plain(value: unknown): JsonValue {
  return value as JsonValue;
}
