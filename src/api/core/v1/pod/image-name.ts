import type { PullPolicy } from '#api/types/core-v1';

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const DOMAIN =
  '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?|\\[[a-fA-F0-9:]+\\](?::[0-9]+)?';
const REFERENCE = new RegExp(
  `^(?:(?:${DOMAIN})/)?${COMPONENT}(?:/${COMPONENT})*(?::([\\w][\\w.-]{0,127}))?(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);

/** `Always` for `:latest`, said or meant by saying no tag and no digest; otherwise (and for what is no image name) `IfNotPresent`. */
export function pullPolicyFor(image: string): PullPolicy {
  const match = REFERENCE.exec(image);
  if (!match) return 'IfNotPresent';
  const [, tag, digest] = match;
  return tag === 'latest' || (!tag && !digest) ? 'Always' : 'IfNotPresent';
}
