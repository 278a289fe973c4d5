import { type KubeObject, newBadRequest } from '#api';
import type { Call } from './call.ts';

/** What a list, a watch or a deletecollection selects: exact places as indexes, the rest as a predicate. */
export interface Selection {
  /** Undefined: all. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly matches: ((object: KubeObject) => boolean) | undefined;
}

/** Reads the selectors of a list or watch. */
export function selectionOf(call: Call, options: { labelSelector?: string | undefined; fieldSelector?: string | undefined }): Selection {
  if (options.labelSelector || options.fieldSelector) throw newBadRequest('selectors are not served yet');
  return {
    namespace: call.definition.namespaced && call.namespace ? call.namespace : call.definition.namespaced ? undefined : '',
    name: undefined,
    matches: undefined,
  };
}
