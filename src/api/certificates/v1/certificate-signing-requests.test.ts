import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateSigningRequest } from '#api/types/certificates-v1';
import { formatFieldError } from '../../machinery/field-error.ts';
import { CONTEXT, created, describeCreates, statusErrors, stored, updated } from '../../testing/kind-cases.ts';
import { CERTIFICATE, ECDSA_REQUEST } from '../test-requests.ts';
import { certificateSigningRequests } from './certificate-signing-requests.ts';
import { prepareRequestApproval } from './strategy.ts';
import { validateRequestUpdate } from './validation.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const request = (spec: object = {}) => ({ spec: { request: base64(ECDSA_REQUEST), usages: ['client auth'], signerName: 'a.b/c', ...spec } });
const withStatus = (status: object, spec?: object) => ({ ...request(spec), status });
const condition = (type: string, status = 'True') => ({ type, status });
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const USAGES =
  '"any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping"';

describeCreates(certificateSigningRequests, [
  ['right', request(), []],
  [
    'nothing',
    { spec: {} },
    ['spec.request: Invalid value: null: PEM block type must be CERTIFICATE REQUEST', 'spec.usages: Required value', 'spec.signerName: Required value'],
  ],
  ['no request', request({ request: base64('x') }), ['spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST']],
  [
    'usages',
    request({ usages: ['x', 'any', 'any'] }),
    [`spec.usages[0]: Unsupported value: "x": supported values: ${USAGES}`, 'spec.usages[2]: Duplicate value: "any"'],
  ],
  [
    'a short time',
    request({ expirationSeconds: 599 }),
    ['spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)'],
  ],
  [
    'the legacy signer',
    request({ signerName: 'kubernetes.io/legacy-unknown' }),
    ['spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version'],
  ],
  [
    'a signer without a path',
    request({ signerName: 'a' }),
    ['spec.signerName: Invalid value: "a": must be a fully qualified domain and path of the form \'example.com/signer-name\''],
  ],
  ['a short domain', request({ signerName: 'a/b' }), ['spec.signerName: Invalid value: "a": should be a domain with at least two segments separated by dots']],
  ['a bad domain', request({ signerName: 'A.b/c' }), [`spec.signerName: Invalid value: "A.b": validating label "A": ${LABEL}`]],
  [
    'a bad path',
    request({ signerName: 'a.b/' }),
    [
      "spec.signerName: Invalid value: \"\": validating label \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  ['a long name', request({ signerName: `a.b/${'c.'.repeat(300)}c` }), ['spec.signerName: Too long: may not be more than 571 bytes']],
]);

test('who asks is set by the server, whatever the body says', () => {
  const user = { username: 'u', uid: '1', groups: ['g'], extra: { k: ['v'] } };
  const object = created(certificateSigningRequests, withStatus({ certificate: 'eA==' }, { username: 'root', groups: ['system:masters'] }), {
    ...CONTEXT,
    user,
  });
  assert.deepEqual([object.spec.username, object.spec.uid, object.spec.groups, object.spec.extra, object.status], ['u', '1', ['g'], { k: ['v'] }, {}]);
});
test('an update changes neither spec nor status', () => {
  const old = created(certificateSigningRequests, request());
  const object = updated(certificateSigningRequests, withStatus({ certificate: 'eA==' }, { usages: ['any'] }), old);
  assert.deepEqual([object.spec, object.status], [old.spec, old.status]);
});

void describe('the status of a request', () => {
  const cases: [string, object, object, string[]][] = [
    ['may get a certificate', { certificate: base64(CERTIFICATE) }, {}, []],
    [
      'keeps its certificate',
      { certificate: base64(`${CERTIFICATE}${CERTIFICATE}`) },
      { certificate: base64(CERTIFICATE) },
      ['status.certificate: Forbidden: updates may not modify existing certificate content'],
    ],
    [
      'needs certificates',
      { certificate: base64('x') },
      {},
      ['status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block'],
    ],
    [
      'holds nothing but certificates',
      { certificate: base64(ECDSA_REQUEST) },
      {},
      ['status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "CERTIFICATE REQUEST"'],
    ],
    ['may fail', { conditions: [condition('Failed')] }, {}, []],
    ['approves nothing', { conditions: [condition('Approved')] }, {}, ['status.conditions: Forbidden: updates may not add a condition of type "Approved"']],
    ['stays failed', {}, { conditions: [condition('Failed')] }, ['status.conditions: Forbidden: updates may not remove a condition of type "Failed"']],
    [
      'has conditions',
      { conditions: [condition(''), condition('Failed', 'False'), condition('x', 'y'), condition('x', '')] },
      {},
      [
        'status.conditions[0].type: Required value',
        'status.conditions[1].status: Unsupported value: "False": supported values: "True"',
        'status.conditions[2].status: Unsupported value: "y": supported values: "False", "True", "Unknown"',
        'status.conditions[3].status: Required value',
        'status.conditions[3].type: Duplicate value: "x"',
      ],
    ],
  ];
  for (const [title, status, old, errors] of cases) {
    test(title, () => assert.deepEqual(statusErrors(certificateSigningRequests, withStatus(status), withStatus(old)), errors));
  }
});

void describe('the approval of a request', () => {
  const approve = (status: object, old: object) => {
    const before = stored(certificateSigningRequests, withStatus(old));
    const object = stored(certificateSigningRequests, withStatus(status, { usages: ['any'] }));
    prepareRequestApproval(object, before, '2026-01-01T00:00:00Z');
    return { object, errors: validateRequestUpdate(object, before, 'approval').map(formatFieldError) };
  };
  test('sets times, and nothing but conditions', () => {
    const { object, errors } = approve({ conditions: [condition('Approved')], certificate: 'eA==' }, { certificate: base64(CERTIFICATE) });
    assert.deepEqual(errors, []);
    assert.deepEqual(object.spec.usages, ['client auth']);
    const expected: CertificateSigningRequest['status'] = {
      conditions: [{ type: 'Approved', status: 'True', lastUpdateTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z' }],
      certificate: base64(CERTIFICATE),
    };
    assert.deepEqual(object.status, expected);
  });
  test('is not both', () => {
    assert.deepEqual(approve({ conditions: [condition('Denied'), condition('Approved')] }, {}).errors, [
      'status.conditions[1].type: Invalid value: "Approved": Approved and Denied conditions are mutually exclusive',
    ]);
  });
  test('is final', () => {
    assert.deepEqual(approve({}, { conditions: [condition('Approved')] }).errors, [
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ]);
  });
});
