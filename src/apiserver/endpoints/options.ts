import { type ListOptions, newBadRequest, type WatchOptions } from '#api';
import type { DeleteOptions } from '#api/types/meta-v1';
import { exactInteger } from '#lib';
import { isTrue } from '../filters/request-info.ts';
import type { AskedWatch } from '../registry/list-options.ts';

/** Options of requests from query parameters. */
export function listOptionsOf(query: URLSearchParams): ListOptions & Pick<WatchOptions, 'sendInitialEvents' | 'timeoutSeconds'> {
  return {
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    resourceVersionMatch: (query.get('resourceVersionMatch') || undefined) as ListOptions['resourceVersionMatch'],
    limit: numberOf(query, 'limit'),
    continue: query.get('continue') || undefined,
    // Of no use for a list, but it must make sense.
    timeoutSeconds: numberOf(query, 'timeoutSeconds'),
    sendInitialEvents: query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined,
  };
}

export function watchOptionsOf(query: URLSearchParams): AskedWatch {
  return { ...listOptionsOf(query), allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')), isByPrefix: !isTrue(query.get('watch')) };
}

export function deleteOptionsOf(query: URLSearchParams): DeleteOptions {
  const options: DeleteOptions = {};
  // The one integer that is stored.
  if (numberOf(query, 'gracePeriodSeconds') !== undefined) options.gracePeriodSeconds = exactInteger(query.get('gracePeriodSeconds') as string) as number;
  const policy = query.get('propagationPolicy');
  if (policy) options.propagationPolicy = policy;
  const orphan = query.get('orphanDependents');
  if (orphan !== null) options.orphanDependents = isTrue(orphan);
  const dryRun = query.getAll('dryRun');
  if (dryRun.length > 0) options.dryRun = dryRun;
  return options;
}

/** An integer of 64 bits, as Go reads it; throws BadRequest. */
function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const isNumber = /^[-+]?\d+$/.test(text);
  const isInRange = isNumber && (text.length < 19 || BigInt.asIntN(64, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', '')));
  if (!isInRange) throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${isNumber ? 'value out of range' : 'invalid syntax'}`);
  return Number(text);
}
