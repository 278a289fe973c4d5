import type { LabelSelector } from '#api/types/meta-v1';
import type { StorageClass } from '#api/types/storage-v1';
import { OLD_NODE_LABELS } from '../../core/v1/pod/warnings.ts';
import { child, index } from '../../machinery/field-error.ts';

/** Labels that nodes no longer have by these names, in where a class makes volumes (pkg/api/storage/util.go). */
export function topologyWarnings({ allowedTopologies }: StorageClass): string[] {
  return (allowedTopologies ?? []).flatMap(({ matchLabelExpressions }, i) =>
    (matchLabelExpressions ?? []).flatMap(({ key }, j) => {
      const text = OLD_NODE_LABELS.get(key);
      return text ? [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${text}`] : [];
    }),
  );
}

/** The same in a selector of nodes. */
export function nodeSelectorWarnings(selector: LabelSelector | undefined, path: string): string[] {
  const ofExpressions = (selector?.matchExpressions ?? []).flatMap(({ key }, i) => {
    const text = OLD_NODE_LABELS.get(key);
    return text ? [`${child(index(child(path, 'matchExpressions'), i), 'key')}: ${key} is ${text}`] : [];
  });
  const ofLabels = Object.keys(selector?.matchLabels ?? {}).flatMap((label) =>
    OLD_NODE_LABELS.get(label) ? [`${child(path, 'matchLabels', label)}: ${OLD_NODE_LABELS.get(label)}`] : [],
  );
  return [...ofExpressions, ...ofLabels];
}
