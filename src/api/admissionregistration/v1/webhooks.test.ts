import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../machinery/field-error.ts';
import { webhookServiceErrors, webhookUrlErrors } from '../../machinery/webhook-client.ts';
import { created, describeCreates, describeUpdates } from '../../testing/kind-cases.ts';
import { loadExpressions } from './expressions.ts';
import { mutatingWebhookConfigurations } from './mutating-webhook-configurations.ts';
import { validatingWebhookConfigurations } from './validating-webhook-configurations.ts';

await loadExpressions();

const RULE = { operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] };
const HOOK = { name: 'a.b.c', clientConfig: { url: 'https://x/y' }, sideEffects: 'None', admissionReviewVersions: ['v1'], rules: [RULE] };
const SERVICE = { name: 's', namespace: 'n' };
const DNS =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

function hook(change: object): object {
  return { webhooks: [{ ...HOOK, ...change }] };
}
function rule(change: object): object {
  return hook({ rules: [{ ...RULE, ...change }] });
}
const AT = 'webhooks[0]';
const RULE_AT = `${AT}.rules[0]`;

describeCreates(validatingWebhookConfigurations, [
  ['is right', hook({}), []],
  ['needs no webhooks', {}, []],
  ['has named webhooks', hook({ name: '' }), [`${AT}.name: Required value`]],
  ['has webhooks with names of domains', hook({ name: 'A.b.c' }), [`${AT}.name: Invalid value: "A.b.c": ${DNS}`]],
  [
    'has webhooks with long names',
    hook({ name: 'a.b' }),
    [`${AT}.name: Invalid value: "a.b": should be a domain with at least three segments separated by dots`],
  ],
  ['has webhooks with names of their own', { webhooks: [HOOK, HOOK] }, ['webhooks[1].name: Duplicate value: "a.b.c"']],
  ['says the operations', rule({ operations: [] }), [`${RULE_AT}.operations: Required value`]],
  [
    'says all operations alone',
    rule({ operations: ['*', 'CREATE'] }),
    [`${RULE_AT}.operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`],
  ],
  [
    'knows the operations',
    rule({ operations: ['GET'] }),
    [`${RULE_AT}.operations[0]: Unsupported value: "GET": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"`],
  ],
  ['says the groups', rule({ apiGroups: [] }), [`${RULE_AT}.apiGroups: Required value`]],
  [
    'says all groups alone',
    rule({ apiGroups: ['*', 'a'] }),
    [`${RULE_AT}.apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other API groups`],
  ],
  ['says the versions', rule({ apiVersions: [] }), [`${RULE_AT}.apiVersions: Required value`]],
  ['has no empty versions', rule({ apiVersions: [''] }), [`${RULE_AT}.apiVersions[0]: Required value`]],
  [
    'says all versions alone',
    rule({ apiVersions: ['*', 'a'] }),
    [`${RULE_AT}.apiVersions: Invalid value: ["*","a"]: if '*' is present, must not specify other API versions`],
  ],
  ['says the resources', rule({ resources: [] }), [`${RULE_AT}.resources: Required value`]],
  ['has no empty resources', rule({ resources: [''] }), [`${RULE_AT}.resources[0]: Required value`]],
  [
    'does not add to all subresources',
    rule({ resources: ['a/*', 'a/x'] }),
    [`${RULE_AT}.resources[1]: Invalid value: "a/x": if 'a/*' is present, must not specify a/x`],
  ],
  [
    'does not add to a subresource of all',
    rule({ resources: ['*/x', 'a/x'] }),
    [`${RULE_AT}.resources[1]: Invalid value: "a/x": if '*/x' is present, must not specify a/x`],
  ],
  [
    'says everything alone',
    rule({ resources: ['*/*', 'a'] }),
    [`${RULE_AT}.resources: Invalid value: ["*/*","a"]: if '*/*' is present, must not specify other resources`],
  ],
  [
    'says all resources without others',
    rule({ resources: ['*', 'a'] }),
    [`${RULE_AT}.resources: Invalid value: ["*","a"]: if '*' is present, must not specify other resources without subresources`],
  ],
  ['may add a resource to its subresources', rule({ resources: ['a/*', 'a'] }), []],
  ['may add subresources to all resources', rule({ resources: ['*', 'a/x'] }), []],
  ['knows the scopes', rule({ scope: 'x' }), [`${RULE_AT}.scope: Unsupported value: "x": supported values: "*", "Cluster", "Namespaced"`]],
  ['knows the failure policies', hook({ failurePolicy: 'x' }), [`${AT}.failurePolicy: Unsupported value: "x": supported values: "Fail", "Ignore"`]],
  ['knows the match policies', hook({ matchPolicy: 'x' }), [`${AT}.matchPolicy: Unsupported value: "x": supported values: "Equivalent", "Exact"`]],
  ['says the side effects', hook({ sideEffects: null }), [`${AT}.sideEffects: Required value: must specify one of None, NoneOnDryRun`]],
  ['has no side effects', hook({ sideEffects: 'Some' }), [`${AT}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`]],
  ['has a short timeout', hook({ timeoutSeconds: 31 }), [`${AT}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds`]],
  [
    'has right selectors',
    hook({ namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] }, objectSelector: { matchExpressions: [{ key: 'a', operator: 'x' }] } }),
    [
      `${AT}.namespaceSelector.matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `${AT}.objectSelector.matchExpressions[0].operator: Invalid value: "x": not a valid selector operator`,
    ],
  ],
  ['says where', hook({ clientConfig: {} }), [`${AT}.clientConfig: Required value: exactly one of url or service is required`]],
  [
    'says where once',
    hook({ clientConfig: { url: 'https://x', service: SERVICE } }),
    [`${AT}.clientConfig: Required value: exactly one of url or service is required`],
  ],
  ['says the versions of reviews', hook({ admissionReviewVersions: [] }), [`${AT}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`]],
  [
    'says a known version of reviews',
    hook({ admissionReviewVersions: ['v9'] }),
    [`${AT}.admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1`],
  ],
  [
    'has right versions of reviews, each once',
    hook({ admissionReviewVersions: ['v1', 'v1', '1'] }),
    [`${AT}.admissionReviewVersions[1]: Invalid value: "v1": duplicate version`, `${AT}.admissionReviewVersions[2]: Invalid value: "1": ${LABEL}`],
  ],
  [
    'has conditions with names and expressions',
    hook({ matchConditions: [{ name: '', expression: ' ' }] }),
    [`${AT}.matchConditions[0].expression: Required value`, `${AT}.matchConditions[0].name: Required value`],
  ],
  [
    'has conditions with names of their own',
    hook({
      matchConditions: [
        { name: 'a', expression: 'true' },
        { name: 'a', expression: 'true' },
      ],
    }),
    [`${AT}.matchConditions[1].name: Duplicate value: "a"`],
  ],
  [
    'has few conditions',
    hook({ matchConditions: Array.from({ length: 65 }, (_, i) => ({ name: `c${i}`, expression: 'true' })) }),
    [`${AT}.matchConditions: Too many: 65: must have at most 64 items`],
  ],
]);

describeCreates(mutatingWebhookConfigurations, [
  ['is right', hook({}), []],
  [
    'knows the policies of reinvocation',
    hook({ reinvocationPolicy: 'x' }),
    [`${AT}.reinvocationPolicy: Unsupported value: "x": supported values: "IfNeeded", "Never"`],
  ],
]);

describeUpdates(validatingWebhookConfigurations, [
  ['may keep side effects', hook({ sideEffects: 'Some' }), hook({ sideEffects: 'Some' }), []],
  [
    'may keep that side effects are unsaid, but not more',
    hook({ sideEffects: 'x' }),
    hook({ sideEffects: null }),
    [`${AT}.sideEffects: Unsupported value: "x": supported values: "None", "NoneOnDryRun", "Some", "Unknown"`],
  ],
  ['may keep unknown versions', hook({ admissionReviewVersions: ['v9'] }), hook({ admissionReviewVersions: ['v9'] }), []],
  ['may keep a name twice', { webhooks: [HOOK, HOOK] }, { webhooks: [HOOK, HOOK] }, []],
  ['may not use a name twice', { webhooks: [HOOK, HOOK] }, hook({}), ['webhooks[1].name: Duplicate value: "a.b.c"']],
  ['may keep its conditions', hook({ matchConditions: [{ name: '', expression: '' }] }), hook({ matchConditions: [{ name: '', expression: '' }] }), []],
  [
    'may not change its conditions to wrong ones',
    hook({ matchConditions: [{ name: 'a', expression: '' }] }),
    hook({}),
    [`${AT}.matchConditions[0].expression: Required value`],
  ],
]);

const FORM = '; desired format: https://host[/path]';
const URLS: [string, string[]][] = [
  ['https://host:8443/path', []],
  ['http://h', [`u: Invalid value: "http": 'https' is the only allowed URL scheme${FORM}`]],
  ['https:///p', [`u: Invalid value: "": host must be specified${FORM}`]],
  ['https://a:b@h/', ['u: Invalid value: {}: user information is not permitted in the URL']],
  ['https://h#f', ['u: Invalid value: "f": fragments are not permitted in the URL']],
  ['https://h?q', ['u: Invalid value: "q": query parameters are not permitted in the URL']],
  ['://h', [`u: Required value: url must be a valid URL: parse "://h": missing protocol scheme${FORM}`]],
  ['https://h:x', [`u: Required value: url must be a valid URL: parse "https://h:x": invalid port ":x" after host${FORM}`]],
  ['1:2', [`u: Required value: url must be a valid URL: parse "1:2": first path segment in URL cannot contain colon${FORM}`]],
  ['https://h/%zz', [`u: Required value: url must be a valid URL: parse "https://h/%zz": invalid URL escape "%zz"${FORM}`]],
  ['https://a b', [`u: Required value: url must be a valid URL: parse "https://a b": invalid character " " in host name${FORM}`]],
  ['https://h/\n', [`u: Required value: url must be a valid URL: parse "https://h/\\n": net/url: invalid control character in URL${FORM}`]],
];
for (const [url, errors] of URLS) {
  test(`the address ${JSON.stringify(url)} of a webhook`, () => assert.deepEqual(webhookUrlErrors(url, 'u').map(formatFieldError), errors));
}

const SERVICES: [string, object, string[]][] = [
  ['right', { path: '/a/b/' }, []],
  ['of the root', { path: '/' }, []],
  [
    'without names',
    { name: '', namespace: '' },
    ['s.name: Required value: service name is required', 's.namespace: Required value: service namespace is required'],
  ],
  ['at no port', { port: 0 }, ['s.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive']],
  ['at an empty path', { path: '//' }, ['s.path: Invalid value: "//": segment[0] may not be empty']],
  ['with an empty segment', { path: '/a//b' }, ['s.path: Invalid value: "/a//b": segment[1] may not be empty']],
  ['with a wrong segment', { path: '/a/B' }, [`s.path: Invalid value: "/a/B": segment[1]: ${DNS}`]],
  ['without a slash', { path: 'xa' }, ['s.path: Invalid value: "xa": must start with a \'/\'']],
];
for (const [title, change, errors] of SERVICES) {
  test(`a webhook's Service ${title}`, () => {
    assert.deepEqual(webhookServiceErrors({ ...SERVICE, port: 443, ...change }, 's').map(formatFieldError), errors);
  });
}

test('names that files will have are warned of', () => {
  const object = created(validatingWebhookConfigurations, { ...hook({}), metadata: { name: 'x.static.k8s.io' } });
  assert.deepEqual(validatingWebhookConfigurations.warnings?.(object, undefined), [
    'metadata.name: names ending with ".static.k8s.io" will be reserved for static manifest-based configurations when the ManifestBasedAdmissionControlConfig feature gate is enabled',
  ]);
  assert.deepEqual(validatingWebhookConfigurations.warnings?.(object, object), []);
});
