import type { LabelSelector } from '#api/types/meta-v1';
import type { KubeObject } from '../machinery/object.ts';
import type { ScaleSubresource } from '../machinery/resource.ts';

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
    selector: (object) => formatSelector(object.spec.selector),
    setReplicas: (object, replicas) => {
      object.spec.replicas = replicas;
    },
  };
}

/** A LabelSelector in the form of query parameters: `a=b,c in (x,y),!d`, keys in order; '' when it has no terms. */
export function formatSelector(selector: LabelSelector | undefined): string {
  if (!selector) return '';
  const terms: { key: string; text: string }[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const list = [...(values ?? [])].sort().join(',');
    terms.push({ key, text: expressionText(key, operator, list) });
  }
  terms.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return terms.map((t) => t.text).join(',');
}

function expressionText(key: string, operator: string, list: string): string {
  switch (operator) {
    case 'In':
      return `${key} in (${list})`;
    case 'NotIn':
      return `${key} notin (${list})`;
    case 'Exists':
      return key;
    default:
      return `!${key}`;
  }
}

/** A map of labels as `a=b,c=d`, keys in order; `<none>` when empty, as labels.FormatLabels gives it. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const text = Object.keys(labels ?? {})
    .sort()
    .map((key) => `${key}=${labels?.[key] ?? ''}`)
    .join(',');
  return text || '<none>';
}
