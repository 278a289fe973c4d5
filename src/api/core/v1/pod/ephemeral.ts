import type { Pod } from '#api/types/core-v1';
import { describeChange } from '../../../machinery/describe-change.ts';
import { type FieldError, forbidden } from '../../../machinery/field-error.ts';
import { jsonEqual } from '../../../machinery/json-value.ts';
import type { JsonValue } from '../../../machinery/json.ts';
import { isMirrorPod, validatePodAnnotationUpdate } from './annotations.ts';
import { countSpecChange } from './strategy.ts';
import { validatePod } from './validation.ts';

const PATH = 'spec.ephemeralContainers';

/** `pods/ephemeralcontainers` changes these containers only. */
export function prepareEphemeralContainers(pod: Pod, old: Pod): void {
  const { ephemeralContainers } = pod.spec;
  pod.spec = { ...old.spec };
  if (ephemeralContainers?.length) pod.spec.ephemeralContainers = ephemeralContainers;
  else delete pod.spec.ephemeralContainers;
  pod.status = old.status;
  countSpecChange(pod, old);
}

/** Ephemeral containers come and never go or change. */
export function validateEphemeralContainersUpdate(pod: Pod, old: Pod): FieldError[] {
  if (isMirrorPod(old.metadata.annotations)) return [forbidden('[]', 'static pods do not support ephemeral containers')];
  const errors = [...validatePod(pod, old), ...validatePodAnnotationUpdate(pod.metadata, old.metadata, pod.spec, 'metadata.annotations')];
  const wanted = pod.spec.ephemeralContainers ?? [];
  for (const container of old.spec.ephemeralContainers ?? []) {
    const name = JSON.stringify(container.name);
    const kept = wanted.findLast((each) => each.name === container.name);
    if (!kept) errors.push(forbidden(PATH, `existing ephemeral containers ${name} may not be removed\n`));
    else if (!jsonEqual(kept as unknown as JsonValue, container as unknown as JsonValue)) {
      const change = describeChange({ groupVersion: 'core/v1', struct: 'EphemeralContainer' }, container, kept);
      errors.push(forbidden(PATH, `existing ephemeral containers ${name} may not be changed\n${change}`));
    }
  }
  return errors;
}
