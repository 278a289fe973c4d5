import assert from 'node:assert/strict';
import { test } from 'node:test';
import { created, describeCreates, describeUpdates, statusErrors } from '../../testing/kind-cases.ts';
import { apiServices } from './api-services.ts';

const service = (spec: object = {}, name = 'v1.a.b') => ({
  metadata: { name },
  spec: { group: 'a.b', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1, ...spec },
});
const REMOTE = { service: { namespace: 'n', name: 's' } };
describeCreates(apiServices, [
  ['right', service(REMOTE), []],
  ['local', service(), []],
  ['another name', service(REMOTE, 'x'), ['metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.a.b"']],
  ['no group', service({ group: '', version: 'v2' }, 'v2.'), ['spec.group: Required value: only v1 may have an empty group and it better be legacy kube']],
  ['the core group', service({ group: '' }, 'v1.'), []],
  [
    'nothing',
    service({ group: undefined, version: undefined, groupPriorityMinimum: undefined, versionPriority: undefined }, '.'),
    [
      'metadata.name: Invalid value: ".": may not be \'.\'',
      'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
      "spec.version: Invalid value: \"\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
    ].slice(1),
  ],
  [
    'too important',
    service({ groupPriorityMinimum: 20001, versionPriority: 1001 }),
    [
      'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 1001: must be positive and less than 1000',
    ],
  ],
  [
    'local with trust',
    service({ caBundle: 'YWI=', insecureSkipTLSVerify: true }),
    [
      'spec.caBundle: Invalid value: "2 bytes": local APIServices may not have a caBundle',
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
  ],
  [
    'a bad reference',
    service({ service: { port: 70000 }, caBundle: 'YQ==', insecureSkipTLSVerify: true }),
    [
      'spec.service.namespace: Required value',
      'spec.service.name: Required value',
      'spec.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
      'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
    ],
  ],
]);
describeUpdates(apiServices, [
  ['a bad priority', service({ versionPriority: 0 }), service(), ['spec.versionPriority: Invalid value: 0: must be positive and less than 1000']],
]);
test('the status of an APIService', () => {
  assert.deepEqual(statusErrors(apiServices, { ...service(), status: { conditions: [{ type: 'Available', status: 'X' }] } }, service()), [
    'status.conditions[0].status: Unsupported value: "X": supported values: "True", "False", "Unknown"',
  ]);
  assert.equal(created(apiServices, service()).status?.conditions?.[0]?.reason, 'Local');
  assert.deepEqual(created(apiServices, service(REMOTE)).status, {});
});
