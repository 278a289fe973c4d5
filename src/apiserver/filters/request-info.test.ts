import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestInfo } from './request-info.ts';

const RESOURCES: readonly [string, string, Record<string, string>][] = [
  ['GET', '/api/v1/pods', { verb: 'list', version: 'v1', resource: 'pods' }],
  ['GET', '/api/v1/namespaces/ns/pods', { verb: 'list', namespace: 'ns', resource: 'pods' }],
  ['GET', '/api/v1/namespaces/ns/pods/x', { verb: 'get', namespace: 'ns', resource: 'pods', name: 'x' }],
  ['GET', '/api/v1/namespaces/ns/pods/x/log?follow=true', { verb: 'get', resource: 'pods', name: 'x', subresource: 'log' }],
  ['POST', '/api/v1/namespaces/ns/pods/x/binding', { verb: 'create', name: 'x', subresource: 'binding' }],
  ['GET', '/api/v1/namespaces/ns', { verb: 'get', namespace: 'ns', resource: 'namespaces', name: 'ns' }],
  ['PUT', '/api/v1/namespaces/ns/finalize', { verb: 'update', resource: 'namespaces', name: 'ns', subresource: 'finalize' }],
  ['GET', '/api/v1/namespaces', { verb: 'list', resource: 'namespaces', namespace: '' }],
  ['GET', '/api/v1/namespaces/', { verb: 'list', resource: 'namespaces' }],
  ['GET', '/api/v1/pods?watch=1', { verb: 'watch', resource: 'pods' }],
  ['GET', '/api/v1/pods?watch=false', { verb: 'list', resource: 'pods' }],
  ['GET', '/api/v1/watch/namespaces/ns/pods', { verb: 'watch', namespace: 'ns', resource: 'pods' }],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dx&watch=true', { verb: 'watch', name: 'x' }],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dx', { verb: 'list', name: 'x' }],
  // What no path could name, deletions and the old prefix have to be allowed for all.
  ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dx/y', { verb: 'list', name: '' }],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name%3D..', { verb: 'list', name: '' }],
  ['GET', '/api/v1/watch/pods?fieldSelector=metadata.name%3Dx', { verb: 'watch', name: '' }],
  ['DELETE', '/api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dx', { verb: 'deletecollection', name: '' }],
  ['DELETE', '/apis/apps/v1/namespaces/ns/deployments', { verb: 'deletecollection', group: 'apps', resource: 'deployments' }],
  ['PATCH', '/apis/apps/v1/namespaces/ns/deployments/d/scale', { verb: 'patch', group: 'apps', version: 'v1', name: 'd', subresource: 'scale' }],
  ['GET', '/api/v1/namespaces/ns/services/https:web:443/proxy/a/b', { name: 'https:web:443', subresource: 'proxy', rest: 'a/b' }],
  ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode', { name: 'system:node' }],
  ['GET', '/api/v1/namespaces/ns%2fpods/x%2Flog', { namespace: 'ns', resource: 'pods', name: 'x', subresource: 'log' }],
  ['GET', '/api/v1/namespaces/ns/pods/x%252Fy', { name: 'x%2Fy', subresource: '' }],
  ['GET', '/api/v1/namespaces/ns/services/web/proxy/a%20b%2Fc', { name: 'web', subresource: 'proxy', rest: 'a%20b%2Fc' }],
  ['GET', '/api/v1/namespaces%2fns/services/web/proxy%2Fa%2Fb/', { namespace: 'ns', name: 'web', subresource: 'proxy', rest: 'a%2Fb/' }],
];

test('resource paths are read as upstream reads them', () => {
  for (const [method, url, wanted] of RESOURCES) {
    const [path = '', search = ''] = url.split('?');
    const info = parseRequestInfo(method, path, new URLSearchParams(search));
    assert.equal(info.isResourceRequest, true, url);
    for (const [field, value] of Object.entries(wanted)) assert.equal(info[field as 'verb'], value, `${method} ${url}: ${field}`);
  }
});

test('other paths are documents, with the method as verb', () => {
  for (const path of ['/', '/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/healthz', '/version', '/openapi/v3']) {
    const info = parseRequestInfo('GET', path, new URLSearchParams());
    assert.deepEqual([info.isResourceRequest, info.verb, info.path], [false, 'get', path]);
  }
});
