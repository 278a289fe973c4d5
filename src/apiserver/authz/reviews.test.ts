import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterRoleBindings, clusterRoles, type KubeObject, StatusError } from '#api';
import { FakeClock } from '#lib';
import { createFakeReader } from '../testing/fake-reader.ts';
import { createAuthorization, createReviews, type Reviews } from './index.ts';

const NODE = { username: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };
const USER = { username: 'u', groups: ['system:authenticated'] };

function reviews() {
  const reader = createFakeReader();
  return { reader, reviews: createReviews(createAuthorization(reader), new FakeClock()) };
}
async function ask(name: keyof Reviews, body: object, user = USER): Promise<KubeObject | string> {
  try {
    return await reviews().reviews[name]({ metadata: {}, ...body } as KubeObject, user);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error.message.replace('.authorization.k8s.io "" is invalid: ', '');
  }
}

const NAME =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const fields = (fieldSelector: object): object => ({ spec: { resourceAttributes: { fieldSelector } } });
const labels = (labelSelector: object): object => ({ spec: { resourceAttributes: { labelSelector } } });
const FIELDS = 'spec.resourceAttributes.fieldSelector';
const LABELS = 'spec.resourceAttributes.labelSelector';

void describe('a review is refused', () => {
  const cases: [string, keyof Reviews, object, string][] = [
    [
      'that asks about two things',
      'selfsubjectaccessreviews',
      { spec: { resourceAttributes: {}, nonResourceAttributes: { path: '/x', verb: 'get' } } },
      'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: cannot be specified in combination with resourceAttributes',
    ],
    [
      'that asks about nothing, of nobody',
      'subjectaccessreviews',
      { spec: {} },
      '[spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be specified]',
    ],
    [
      'that has a name',
      'selfsubjectaccessreviews',
      { metadata: { name: 'x' }, spec: { resourceAttributes: {} } },
      'metadata: Invalid value: {"name":"x"}: must be empty',
    ],
    [
      'that is local and asks about a path',
      'localsubjectaccessreviews',
      { metadata: { namespace: 'n', name: 'x' }, spec: { user: 'u', nonResourceAttributes: { path: '/' } } },
      '[metadata: Invalid value: {"namespace":"n","name":"x"}: must be empty except for namespace, spec.nonResourceAttributes: Invalid value: {"Path":"/","Verb":""}: disallowed on this kind of request]',
    ],
    [
      'that selects in two ways',
      'selfsubjectaccessreviews',
      fields({ rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In', values: ['b'] }] }),
      `${FIELDS}.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements`,
    ],
    [
      'that selects by nothing',
      'selfsubjectaccessreviews',
      labels({}),
      `${LABELS}.requirements: Required value: when ${LABELS} is specified, requirements or rawSelector is required`,
    ],
    [
      'that selects fields without names or values',
      'selfsubjectaccessreviews',
      fields({ requirements: [{ operator: 'In' }, { key: 'a', operator: 'Exists', values: ['b'] }] }),
      `[${FIELDS}.requirements[0].key: Required value: must be specified, ${FIELDS}.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn', ${FIELDS}.requirements[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist']`,
    ],
    [
      'that selects labels that cannot be',
      'selfsubjectaccessreviews',
      labels({ requirements: [{ key: '_', operator: 'In', values: ['_'] }] }),
      `[${LABELS}.requirements[0].key: Invalid value: "_": ${NAME}, ${LABELS}.requirements[0].values[0]: Invalid value: "_": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')]`,
    ],
    ['that asks for the rules of no namespace', 'selfsubjectrulesreviews', { spec: {} }, 'no namespace on request'],
  ];
  for (const [title, name, body, text] of cases) test(title, async () => assert.equal(await ask(name, body), text));
});

void describe('selectors of a review', () => {
  const pods = (selectors: object): object => ({ spec: { resourceAttributes: { verb: 'list', resource: 'pods', ...selectors } } });
  const own = { key: 'spec.nodeName', operator: 'In', values: ['a'] };
  const IGNORED = 'ignored due to parse error';
  const cases: [string, object, object][] = [
    ['let a node list its Pods', { fieldSelector: { rawSelector: 'spec.nodeName=a' } }, { allowed: true }],
    ['let a node list its Pods, as requirements', { fieldSelector: { requirements: [own] } }, { allowed: true }],
    [
      'that are not understood are overlooked',
      { fieldSelector: { requirements: [own, { key: 'x', operator: 'New' }] }, labelSelector: { requirements: [{ key: 'x', operator: 'New' }] } },
      { allowed: true, evaluationError: `${FIELDS} partially ${IGNORED}; ${LABELS} ${IGNORED}` },
    ],
    [
      'that cannot be read are overlooked',
      { fieldSelector: { rawSelector: 'a' }, labelSelector: { rawSelector: 'a in' } },
      { allowed: false, reason: 'can only list/watch pods with spec.nodeName field selector', evaluationError: `${FIELDS} ${IGNORED}; ${LABELS} ${IGNORED}` },
    ],
  ];
  for (const [title, selectors, status] of cases) {
    test(title, async () => {
      const answer = (await ask('selfsubjectaccessreviews', pods(selectors), NODE)) as { status?: object };
      assert.deepEqual(answer.status, status);
    });
  }
});

test('who am I is answered with the time and nothing of the question', async () => {
  const answer = await ask('selfsubjectreviews', { metadata: { name: 'x' } });
  assert.deepEqual(answer, {
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
    status: { userInfo: USER },
  });
});

test('rules are listed with what is missing; those of nodes are not all', async () => {
  const { reader, reviews: answers } = reviews();
  const subjects = [
    { kind: 'User', name: 'u' },
    { kind: 'User', name: NODE.username },
  ];
  const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
  reader.put(clusterRoles, { metadata: { name: 'r' }, rules: [rule] });
  for (const name of ['r', 'gone', 'away']) reader.put(clusterRoleBindings, { metadata: { name }, roleRef: { kind: 'ClusterRole', name }, subjects } as never);
  const body = { metadata: { name: 'x' }, spec: { namespace: 'n' } } as never;
  const missing = ['gone', 'away'].map((name) => `clusterrole.rbac.authorization.k8s.io "${name}" not found`);
  assert.deepEqual(await answers.selfsubjectrulesreviews(body, USER), {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: {},
    status: { resourceRules: [rule], nonResourceRules: [], evaluationError: `[${missing.join(', ')}]`, incomplete: false },
  });
  const ofNode = (await answers.selfsubjectrulesreviews(body, NODE)) as { status?: { incomplete?: boolean } };
  assert.equal(ofNode.status?.incomplete, true);
});
