import type { KubeObject } from '#api';
import type { PodLike } from './check.ts';

interface Template {
  readonly metadata?: PodLike['metadata'] | undefined;
  readonly spec?: PodLike['spec'] | undefined;
}
interface Workload {
  readonly template?: Template;
  readonly spec?: { readonly template?: Template; readonly jobTemplate?: { readonly spec?: { readonly template?: Template } } };
}

/** Where kinds that make Pods keep the template, by `resource.group`. */
const TEMPLATES: Readonly<Record<string, (workload: Workload) => Template | undefined>> = {
  'podtemplates.': ({ template }) => template,
  'replicationcontrollers.': ({ spec }) => spec?.template,
  'replicasets.apps': ({ spec }) => spec?.template,
  'deployments.apps': ({ spec }) => spec?.template,
  'statefulsets.apps': ({ spec }) => spec?.template,
  'daemonsets.apps': ({ spec }) => spec?.template,
  'jobs.batch': ({ spec }) => spec?.template,
  'cronjobs.batch': ({ spec }) => spec?.jobTemplate?.spec?.template,
};

/** Reads the template of Pods from objects of this kind; undefined: the kind makes none. */
export function templateReader(group: string, plural: string): ((object: KubeObject) => PodLike | undefined) | undefined {
  const read = TEMPLATES[`${plural}.${group}`];
  return (
    read &&
    ((object) => {
      const template = read(object as Workload);
      return template?.spec && { metadata: template.metadata ?? {}, spec: template.spec };
    })
  );
}
