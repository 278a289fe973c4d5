import { StatusError } from '#api';
import type { Event } from '#api/types/core-v1';
import type { Clock } from '#lib';
import type { AdmissionPlugin, AdmissionRequest } from '../../contract.ts';

/** One limit of EventRateLimit's configuration. */
export interface EventLimit {
  readonly type: 'Server' | 'Namespace' | 'User' | 'SourceAndObject';
  readonly qps: number;
  readonly burst: number;
  /** How many namespaces, users or sources are remembered; default 4096. */
  readonly cacheSize?: number | undefined;
}

const DEFAULT_CACHE_SIZE = 4096;

/** Refuses events that come too fast; follows plugin/pkg/admission/eventratelimit. */
export function createEventRateLimit(limits: readonly EventLimit[], clock: Clock): AdmissionPlugin {
  const buckets = limits.map((limit) => ({ limit, byKey: new Map<string, Bucket>() }));
  return {
    name: 'EventRateLimit',
    validate(request) {
      const { operation, resource, isDryRun } = request;
      if (resource.plural !== 'events' || isDryRun || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
      const texts: string[] = [];
      for (const { limit, byKey } of buckets) {
        const key = keyOf(limit, request);
        if (!takeOne(byKey, key, limit, clock.monotonic())) texts.push(`limit reached on type ${limit.type} for key ${key}`);
      }
      if (texts.length > 0) throw new StatusError('TooManyRequests', texts.length > 1 ? `[${texts.join(', ')}]` : (texts[0] ?? ''));
    },
  };
}

interface Bucket {
  tokens: number;
  atMs: number;
}

function takeOne(byKey: Map<string, Bucket>, key: string, { qps, burst, cacheSize = DEFAULT_CACHE_SIZE }: EventLimit, nowMs: number): boolean {
  const bucket = byKey.get(key) ?? { tokens: burst, atMs: nowMs };
  // The map's order is that of use: the first is the one that was not used for longest.
  byKey.delete(key);
  byKey.set(key, bucket);
  for (const oldest of byKey.size > cacheSize ? byKey.keys() : []) {
    byKey.delete(oldest);
    break;
  }
  bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) * qps) / 1000);
  bucket.atMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens--;
  return true;
}

function keyOf({ type }: EventLimit, { namespace, user, object }: AdmissionRequest): string {
  if (type === 'Namespace') return namespace;
  if (type === 'User') return user.username ?? '';
  if (type === 'Server') return '';
  const { source, involvedObject: about } = object as Event;
  return [source?.component, source?.host, about?.kind, about?.namespace, about?.name, about?.uid, about?.apiVersion].map((part) => part ?? '').join('');
}
