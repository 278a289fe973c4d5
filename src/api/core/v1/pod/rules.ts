import type { Pod, PodSpec } from '#api/types/core-v1';

/** What of a Pod spec is judged by more than the spec itself. */
export interface PodRules {
  /** A Pod, not a template of some other kind: what only Pods must have is asked of it. */
  readonly isPod: boolean;
  /** The Pod's name, where it is known. */
  readonly podName?: string | undefined;
  /** What is stored: what is wrong there already may stay. */
  readonly old?: PodSpec | undefined;
}

/** Templates have no name yet. */
export const TEMPLATE_RULES: PodRules = { isPod: false };

/** The rules for a Pod, and for one that replaces `old`. */
export function podRules({ metadata }: Pod, old?: Pod): PodRules {
  return { isPod: true, podName: metadata.name, old: old?.spec };
}
