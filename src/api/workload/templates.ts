import type { PodTemplateSpec } from '#api/types/core-v1';
import type { ObjectMeta } from '#api/types/meta-v1';
import { dropDisabledFields } from '../core/v1/pod/disabled-fields.ts';
import { podNameWarnings, podTemplateWarnings } from '../core/v1/pod/warnings.ts';

interface WithTemplate {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly template?: PodTemplateSpec | undefined };
}

/** Takes from an object's template what only features use that are off, unless the stored one has it. In place. */
export function prepareTemplate(object: WithTemplate, old?: WithTemplate): void {
  dropDisabledFields(object.spec.template?.spec, old?.spec.template?.spec);
}

/** What the author of a workload is told: of its name, which begins those of its Pods, and of its template; of changes only where there are any. */
export function workloadWarnings(object: WithTemplate, old: WithTemplate | undefined): string[] {
  return [...(old ? [] : podNameWarnings(object.metadata.name ?? '')), ...changedTemplateWarnings(object, old)];
}
/** The same where Pods have names of another make. */
export function changedTemplateWarnings({ metadata, spec }: WithTemplate, old: WithTemplate | undefined): string[] {
  return old && old.metadata.generation === metadata.generation ? [] : podTemplateWarnings(spec.template, 'spec.template');
}
