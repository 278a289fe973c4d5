import type { GetOptions, ListOptions, PatchOptions, ResourceType, WriteOptions } from '#api';

/** `/api/v1/namespaces/x/pods/y/status`: the URL path of a collection, object or subresource. */
export function pathOf(type: ResourceType, where: { namespace?: string | undefined; name?: string | undefined; subresource?: string | undefined }): string {
  let path = type.group ? `/apis/${type.group}/${type.version}` : `/api/${type.version}`;
  if (type.namespaced && where.namespace) path += `/namespaces/${encodeURIComponent(where.namespace)}`;
  path += `/${type.plural}`;
  if (where.name) path += `/${encodeURIComponent(where.name)}`;
  if (where.subresource) path += `/${where.subresource}`;
  return path;
}

/** The query parameters of reads and watches, `?…` or empty. `undefined` values are left out. */
export function listQuery(
  options: ListOptions & {
    watch?: boolean;
    allowWatchBookmarks?: boolean | undefined;
    sendInitialEvents?: boolean | undefined;
    timeoutSeconds?: number | undefined;
  },
): string {
  const { labelSelector, fieldSelector, resourceVersion, resourceVersionMatch, limit, watch, allowWatchBookmarks, sendInitialEvents, timeoutSeconds } = options;
  return queryOf({
    labelSelector,
    fieldSelector,
    resourceVersion,
    resourceVersionMatch,
    limit,
    continue: options.continue,
    watch,
    allowWatchBookmarks,
    sendInitialEvents,
    timeoutSeconds,
  });
}
export function getQuery(options: GetOptions): string {
  return queryOf({ resourceVersion: options.resourceVersion });
}
export function writeQuery(options: WriteOptions | PatchOptions): string {
  const { dryRun, fieldManager, fieldValidation } = options;
  const force = 'force' in options ? options.force : undefined;
  return queryOf({ dryRun: dryRun ? 'All' : undefined, fieldManager, fieldValidation, force });
}

function queryOf(parameters: Record<string, string | number | boolean | undefined>): string {
  let query = '';
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === '' || value === false) continue;
    query += `${query ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
  }
  return query;
}
