import { subjectAccessReviews } from '#api';
import type { KubeObject } from '#api';
import type { SubjectAccessReview } from '#api/types/authorization-v1';
import type { Client } from '#client';
import type { Clock } from '#lib';
import type { KubeletAuthorize } from './streaming/contract.ts';

// Upstream's authorization.webhook.cacheAuthorizedTTL and cacheUnauthorizedTTL.
const ALLOWED_FOR_MS = 300_000;
const REFUSED_FOR_MS = 30_000;
const MAX_CACHED = 1000;

/** Asks the API who may do what on `nodes/<subresource>` of this node, and remembers the answers for a while. */
export function createKubeletAuthorizer(client: Client, nodeName: string, clock: Clock): KubeletAuthorize {
  const answers = new Map<string, { isAllowed: boolean; untilMs: number }>();
  return async (user, verb, subresource) => {
    if (user.groups.includes('system:masters')) return true;
    const key = JSON.stringify([user.name, user.groups, verb, subresource]);
    const known = answers.get(key);
    if (known && clock.now() < known.untilMs) return known.isAllowed;
    const review: SubjectAccessReview = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: { user: user.name, groups: [...user.groups], resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: nodeName } },
    };
    const answer = await client.create(subjectAccessReviews, review as SubjectAccessReview & KubeObject);
    const isAllowed = answer.status?.allowed === true;
    if (answers.size >= MAX_CACHED) answers.clear();
    answers.set(key, { isAllowed, untilMs: clock.now() + (isAllowed ? ALLOWED_FOR_MS : REFUSED_FOR_MS) });
    return isAllowed;
  };
}
