import { chance, integer, json, pick, text } from '../noise.ts';
import type { FuzzRequest } from '../target.ts';
import type { Attack } from './attack.ts';
import { bodyOf, NAMESPACE, pathOf, stored } from './objects.ts';
import { queryOf } from './query.ts';

const PATH_PARTS = [
  'api',
  'apis',
  'v1',
  'apps',
  'namespaces',
  NAMESPACE,
  'pods',
  'fuzz-a',
  'status',
  'log',
  'exec',
  'proxy',
  'watch',
  'openapi',
  'v2',
  'v3',
  'metrics',
  'healthz',
  'version',
  'services',
  'configmaps',
  'customresourcedefinitions',
  'apiextensions.k8s.io',
  '*',
  '..',
  '%2e%2e',
  '%00',
  '%',
  '',
  'x'.repeat(500),
];
/** Paths that are there and that are not, with queries and headers. */
export const reads: Attack = {
  name: 'paths, queries and headers',
  async run(target, random) {
    const known = pick(random, stored);
    const path = chance(random, 0.6)
      ? `${pathOf(known)}${chance(random, 0.3) ? '/fuzz-a' : ''}`
      : `/${Array.from({ length: integer(random, 8) }, () => pick(random, PATH_PARTS)).join('/')}`;
    const headers: Record<string, string> = {};
    if (chance(random, 0.7)) headers['accept'] = pick(random, ACCEPTS);
    if (chance(random, 0.2))
      headers[
        pick(random, ['impersonate-user', 'impersonate-group', 'x-remote-user', 'if-none-match', 'accept-encoding', 'content-type', 'user-agent', 'range'])
      ] = printable(text(random));
    const method = pick(random, ['GET', 'GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE', 'PUT', 'PATCH', 'TRACE', 'X']);
    const request: FuzzRequest = { method, path: `${path}${chance(random, 0.8) ? `?${queryOf(random)}` : ''}`, headers };
    // Whole collections of what the server itself needs are left alone.
    if (method === 'DELETE' && !path.includes(`/namespaces/${NAMESPACE}/`)) return;
    await target.send(/POST|PUT|PATCH/.test(method) ? { ...request, body: bodyOf(json(random)) } : request);
  },
};
export const ACCEPTS = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  '*/*;q=0.1',
  'text/html',
  ';;;',
  'application/json;q=x',
  'application/cbor',
  'application/json;as=Table;v=v9;g=x',
];
function printable(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, '?');
}
