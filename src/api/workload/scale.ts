import type { LabelSelector } from '#api/types/meta-v1';
import type { KubeObject } from '../machinery/object.ts';
import type { ScaleSubresource } from '../machinery/resource.ts';
import { selectorFromSet, selectorOf } from '../machinery/selector.ts';
import { SelectorError } from '../machinery/selector-requirement.ts';

/** What Deployment, ReplicaSet and StatefulSet have in common for their scale. */
interface Scalable extends KubeObject {
  spec: { replicas?: number | undefined; selector: LabelSelector };
  status?: { replicas?: number | undefined } | undefined;
}

/** The scale subresource of a workload with a LabelSelector. */
export function workloadScale<T extends Scalable>(): ScaleSubresource<T> {
  return {
    specReplicas: (object) => object.spec.replicas ?? 1,
    statusReplicas: (object) => object.status?.replicas ?? 0,
    selector: (object) => selectorOf(object.spec.selector).toString(),
    setReplicas: (object, replicas) => {
      object.spec.replicas = replicas;
    },
  };
}

/** A LabelSelector in the form of query parameters: `a=b,c in (x,y),!d`, keys in order; '' when it has no terms, `<error>` when it is none (columns show it). */
export function formatSelector(selector: LabelSelector | undefined): string {
  try {
    return selectorOf(selector).toString();
  } catch (error) {
    if (error instanceof SelectorError) return '<error>';
    throw error;
  }
}

/** A map of labels as `a=b,c=d`, keys in order; `<none>` when empty, as labels.FormatLabels gives it. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  return selectorFromSet(labels).toString() || '<none>';
}
