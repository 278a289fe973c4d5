import { type KubeObject, serviceAccounts } from '#api';
import type { TokenRequest } from '#api/types/authentication-v1';
import type { Pod } from '#api/types/core-v1';
import type { Client } from '#client';
import type { Clock } from '#lib';
import type { TokenWish } from './contract.ts';

/** Service account tokens for pods, each kept until 80 % of its life is over. */
export interface Tokens {
  get(pod: Pod, wish: TokenWish): Promise<string>;
  /** When the pod's next token must be renewed; undefined: it has none. */
  nextRenewalMs(podUid: string): number | undefined;
  forget(podUid: string): void;
}

interface Kept {
  readonly token: string;
  readonly renewAtMs: number;
}

const RENEW_AFTER_SHARE = 0.8;
const RENEW_AFTER_MS = 24 * 3_600_000;

export function createTokens(client: Client, clock: Clock): Tokens {
  const kept = new Map<string, Map<string, Kept>>();
  return {
    async get(pod, wish) {
      const uid = pod.metadata.uid ?? '';
      const key = `${wish.audience ?? ''} ${wish.expirationSeconds}`;
      const known = kept.get(uid)?.get(key);
      if (known && clock.now() < known.renewAtMs) return known.token;
      const issued = await request(client, pod, wish);
      const nowMs = clock.now();
      const lifeMs = Date.parse(issued.expirationTimestamp) - nowMs;
      const token: Kept = { token: issued.token, renewAtMs: nowMs + Math.min(lifeMs * RENEW_AFTER_SHARE, RENEW_AFTER_MS) };
      const ofPod = kept.get(uid) ?? new Map<string, Kept>();
      ofPod.set(key, token);
      kept.set(uid, ofPod);
      return token.token;
    },
    nextRenewalMs(podUid) {
      const times = [...(kept.get(podUid)?.values() ?? [])].map((token) => token.renewAtMs);
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    forget: (podUid) => void kept.delete(podUid),
  };
}

async function request(client: Client, pod: Pod, wish: TokenWish): Promise<{ token: string; expirationTimestamp: string }> {
  const { name, namespace, uid } = pod.metadata;
  const body: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: {
      audiences: wish.audience ? [wish.audience] : [],
      expirationSeconds: wish.expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  };
  const ref = { namespace, name: pod.spec?.serviceAccountName || 'default' };
  const answer = await client.createSubresource(serviceAccounts, ref, 'token', body as TokenRequest & KubeObject);
  if (!answer.status?.token) throw new Error(`Cannot get a token for service account "${ref.namespace}/${ref.name}": the answer has none`);
  return { token: answer.status.token, expirationTimestamp: answer.status.expirationTimestamp ?? '' };
}
