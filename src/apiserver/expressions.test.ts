import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from './testing/test-server.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const RULE = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const UNKNOWN = "compilation failed: ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x\n | ^";

test('expressions are compiled before what has them is stored', async () => {
  await using api = await startTestServer();
  const post = async (path: string, body: object): Promise<string> => {
    const { status, json } = await api.fetch('POST', path, { body });
    return status === 201 ? '' : ((json as { message?: string }).message ?? '');
  };
  const policy = (expression: string) =>
    post(`${ADMISSION}/validatingadmissionpolicies`, {
      metadata: { name: 'p' },
      spec: { matchConstraints: { resourceRules: [RULE] }, validations: [{ expression }] },
    });
  const prefix = 'ValidatingAdmissionPolicy.admissionregistration.k8s.io "p" is invalid: spec.validations[0].expression: Invalid value: "x": ';
  assert.equal(await policy('x'), prefix + UNKNOWN);
  assert.equal(await policy("object.metadata.name.startsWith('a')"), '');
  const changed = await api.fetch('PATCH', `${ADMISSION}/validatingadmissionpolicies/p`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { spec: { validations: [{ expression: 'x' }] } },
  });
  assert.equal(changed.json['message'], prefix + UNKNOWN);
  const webhook = (expression: string) =>
    post(`${ADMISSION}/validatingwebhookconfigurations`, {
      metadata: { name: 'w' },
      webhooks: [
        {
          name: 'a.b.c',
          clientConfig: { url: 'https://h' },
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          rules: [RULE],
          matchConditions: [{ name: 'm', expression }],
        },
      ],
    });
  assert.match(await webhook('x'), /webhooks\[0\]\.matchConditions\[0\]\.expression: Invalid value: "x": compilation failed/);
  assert.equal(await webhook('true'), '');
  const deviceClass = (expression: string) =>
    post('/apis/resource.k8s.io/v1/deviceclasses', { metadata: { name: 'd' }, spec: { selectors: [{ cel: { expression } }] } });
  assert.match(await deviceClass('x'), /spec\.selectors\[0\]\.cel\.expression: Invalid value: "x": compilation failed/);
  assert.equal(await deviceClass("device.driver == 'd'"), '');
});
