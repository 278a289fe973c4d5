import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { created, createErrors, describeCreates, describeUpdates, statusErrors } from '../../testing/kind-cases.ts';
import { loadExpressions } from './expressions.ts';
import { mutatingAdmissionPolicies } from './mutating-admission-policies.ts';
import { mutatingAdmissionPolicyBindings } from './mutating-admission-policy-bindings.ts';
import { validatingAdmissionPolicies } from './validating-admission-policies.ts';
import { validatingAdmissionPolicyBindings } from './validating-admission-policy-bindings.ts';

await loadExpressions();

const RULE = { operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] };
const MATCH = { resourceRules: [RULE] };
const SPEC = { matchConstraints: MATCH, validations: [{ expression: 'true' }] };
const MUTATING = {
  matchConstraints: MATCH,
  reinvocationPolicy: 'Never',
  mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'remove', path: '/a'}]" } }],
};
const BINDING = { policyName: 'p', validationActions: ['Deny'] };
const CONDITION = { name: 'a', expression: 'true' };

const spec = (change: object): object => ({ spec: { ...SPEC, ...change } });
const validation = (change: object): object => spec({ validations: [{ expression: 'true', ...change }] });
const annotation = (...list: object[]): object => spec({ auditAnnotations: list.map((change) => ({ key: 'k', valueExpression: "'x'", ...change })) });
const match = (change: object): object => spec({ matchConstraints: { ...MATCH, ...change } });
const mutating = (change: object): object => ({ spec: { ...MUTATING, ...change } });
const mutation = (change: object): object => mutating({ mutations: [change] });
const binding = (change: object): object => ({ spec: { ...BINDING, ...change } });
const SUB =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const NEITHER = 'Required value: validations or auditAnnotations must contain at least one item';

describeCreates(validatingAdmissionPolicies, [
  ['is right', spec({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, matchConditions: [CONDITION], variables: [CONDITION] }), []],
  ['may only annotate', spec({ validations: [], auditAnnotations: [{ key: 'k', valueExpression: "'x'" }] }), []],
  ['validates or annotates', spec({ validations: [] }), [`spec.validations: ${NEITHER}`, `spec.auditAnnotations: ${NEITHER}`]],
  ['knows the failure policies', spec({ failurePolicy: 'x' }), ['spec.failurePolicy: Unsupported value: "x": supported values: "Fail", "Ignore"']],
  ['says its parameters', spec({ paramKind: {} }), ['spec.paramKind.apiVersion: Required value', 'spec.paramKind.kind: Required value']],
  [
    'has parameters of one version',
    spec({ paramKind: { apiVersion: 'a/b/c', kind: 'K' } }),
    ['spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
  ],
  ['has parameters of a right group', spec({ paramKind: { apiVersion: 'A/v1', kind: 'K' } }), [`spec.paramKind.apiVersion: Invalid value: "A": ${SUB}`]],
  [
    'has parameters of a version',
    spec({ paramKind: { apiVersion: 'a/', kind: 'K' } }),
    ['spec.paramKind.apiVersion: Invalid value: "a/": version must be specified'],
  ],
  ['has parameters of a right version', spec({ paramKind: { apiVersion: 'a/1', kind: 'K' } }), [`spec.paramKind.apiVersion: Invalid value: "1": ${LABEL}`]],
  [
    'has parameters of a right kind',
    spec({ paramKind: { apiVersion: 'v1', kind: 'K_' } }),
    [`spec.paramKind.kind: Invalid value: "K_": may have mixed case, but should otherwise match: ${LABEL}`],
  ],
  ['says what it matches', spec({ matchConstraints: null }), ['spec.matchConstraints: Required value']],
  ['matches something', match({ resourceRules: [] }), ['spec.matchConstraints.resourceRules: Required value']],
  [
    'knows the match policies',
    match({ matchPolicy: 'x' }),
    ['spec.matchConstraints.matchPolicy: Unsupported value: "x": supported values: "Equivalent", "Exact"'],
  ],
  [
    'has right selectors',
    match({ objectSelector: { matchExpressions: [{ key: 'a', operator: 'x' }] } }),
    ['spec.matchConstraints.objectSelector.matchExpressions[0].operator: Invalid value: "x": not a valid selector operator'],
  ],
  [
    'has rules that are right',
    match({ excludeResourceRules: [{ ...RULE, operations: [] }] }),
    ['spec.matchConstraints.excludeResourceRules[0].operations: Required value'],
  ],
  [
    'matches names that can be, each once',
    match({ resourceRules: [{ ...RULE, resourceNames: ['a/b', 'c', 'c'] }] }),
    [
      `spec.matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: "a/b": may not contain '/'`,
      'spec.matchConstraints.resourceRules[0].resourceNames[2]: Duplicate value: "c"',
    ],
  ],
  ['has conditions that are right', spec({ matchConditions: [{ ...CONDITION, expression: '' }] }), ['spec.matchConditions[0].expression: Required value']],
  [
    'has variables with names and expressions',
    spec({ variables: [{ name: '', expression: ' ' }] }),
    ['spec.variables[0].name: Required value: name is not specified', 'spec.variables[0].expression: Required value: expression is not specified'],
  ],
  [
    'has variables that CEL can name',
    spec({ variables: [{ name: 'a-b', expression: '1' }] }),
    ['spec.variables[0].name: Invalid value: "a-b": name is not a valid CEL identifier'],
  ],
  [
    'has variables that CEL does not keep',
    spec({ variables: [{ name: 'for', expression: '1' }] }),
    ['spec.variables[0].name: Invalid value: "for": name is not a valid CEL identifier'],
  ],
  ['says what is valid', validation({ expression: ' ' }), ['spec.validations[0].expression: Required value: expression is not specified']],
  [
    'has messages that say something',
    validation({ message: ' ' }),
    ['spec.validations[0].message: Invalid value: " ": message must be non-empty if specified'],
  ],
  ['has messages of one line', validation({ message: 'a\nb' }), ['spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks']],
  [
    'has expressions of messages that say something',
    validation({ messageExpression: ' ' }),
    ['spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified'],
  ],
  [
    'knows the reasons',
    validation({ reason: 'x' }),
    ['spec.validations[0].reason: Unsupported value: "x": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"'],
  ],
  [
    'has annotations with values',
    annotation({ valueExpression: '' }),
    ['spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified'],
  ],
  [
    'has annotations with short values',
    annotation({ valueExpression: 'x'.repeat(5121) }),
    ['spec.auditAnnotations[0].valueExpression: Required value: must not exceed 5120 bytes in length'],
  ],
  ['has annotations with keys of their own', annotation({}, {}), ['spec.auditAnnotations[1].key: Duplicate value: "k"']],
  [
    'has annotations with right keys',
    annotation({ key: '_' }),
    [
      "spec.auditAnnotations[0].key: Invalid value: \"x/_\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
]);

test('a ValidatingAdmissionPolicy has few annotations', () => {
  const errors = createErrors(validatingAdmissionPolicies, annotation(...Array.from({ length: 21 }, (_, i) => ({ key: `k${i}` }))));
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /^spec\.auditAnnotations: Invalid value: \[.*\]: must not have more than 20 auditAnnotations$/);
});

describeUpdates(validatingAdmissionPolicies, [
  ['may keep its conditions', spec({ matchConditions: [{ name: '', expression: '' }] }), spec({ matchConditions: [{ name: '', expression: '' }] }), []],
  [
    'is judged whole else',
    spec({ matchConditions: [{ name: 'a', expression: '' }], failurePolicy: 'x' }),
    spec({}),
    ['spec.failurePolicy: Unsupported value: "x": supported values: "Fail", "Ignore"', 'spec.matchConditions[0].expression: Required value'],
  ],
]);

test("a ValidatingAdmissionPolicy's status", () => {
  const status = {
    typeChecking: {
      expressionWarnings: [
        { fieldRef: '', warning: '' },
        { fieldRef: 'a[', warning: 'w' },
      ],
    },
    conditions: [{ type: 'A', status: 'x', reason: 'R' }],
  };
  assert.deepEqual(statusErrors(validatingAdmissionPolicies, { ...spec({}), status }, spec({})), [
    'status.typeChecking.expressionWarnings[0].warning: Required value',
    'status.typeChecking.expressionWarnings[0].fieldRef: Required value',
    'status.typeChecking.expressionWarnings[1].fieldRef: Invalid value: "a[": invalid JSONPath: unterminated array',
    'status.conditions[0].status: Unsupported value: "x": supported values: "False", "True", "Unknown"',
    'status.conditions[0].lastTransitionTime: Required value: must be set',
  ]);
});

describeCreates(mutatingAdmissionPolicies, [
  ['is right', mutating({}), []],
  ['says what is changed', mutating({ mutations: [] }), ['spec.mutations: Required value: mutations must contain at least one item']],
  ['says whether it runs again', mutating({ reinvocationPolicy: '' }), ['spec.reinvocationPolicy: Required value']],
  [
    'knows the policies of reinvocation',
    mutating({ reinvocationPolicy: 'x' }),
    ['spec.reinvocationPolicy: Unsupported value: "x": supported values: "IfNeeded", "Never"'],
  ],
  ['says what it matches', mutating({ matchConstraints: null }), ['spec.matchConstraints: Required value']],
  [
    'does not change what is deleted',
    mutating({ matchConstraints: { resourceRules: [{ ...RULE, operations: ['DELETE'] }] } }),
    ['spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"'],
  ],
  ['says how it changes', mutation({}), ['spec.mutations[0].patchType: Required value']],
  [
    'knows the patches',
    mutation({ patchType: 'x' }),
    ['spec.mutations[0].patchType: Unsupported value: "x": supported values: "ApplyConfiguration", "JSONPatch"'],
  ],
  ['has the JSON patch', mutation({ patchType: 'JSONPatch' }), ['spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch']],
  [
    'has the configuration to apply alone',
    mutation({ patchType: 'ApplyConfiguration', applyConfiguration: { expression: '' }, jsonPatch: {} }),
    [
      'spec.mutations[0].jsonPatch: Invalid value: "{jsonPatch}": must not be specified when patchType is ApplyConfiguration',
      'spec.mutations[0].applyConfiguration.expression: Required value',
    ],
  ],
]);

describeCreates(validatingAdmissionPolicyBindings, [
  ['is right', binding({ paramRef: { name: 'a' }, matchResources: MATCH }), []],
  ['names a policy', binding({ policyName: '' }), ['spec.policyName: Required value']],
  ['names a policy that can be', binding({ policyName: 'A' }), [`spec.policyName: Invalid value: "A": ${SUB}`]],
  ['says the parameters', binding({ paramRef: {} }), ['spec.paramRef: Required value: one of name or selector must be specified']],
  [
    'says the parameters once',
    binding({ paramRef: { name: 'a', selector: {} } }),
    [
      'spec.paramRef.name: Invalid value: "a": name and selector are mutually exclusive',
      'spec.paramRef.selector: Invalid value: {}: name and selector are mutually exclusive',
    ],
  ],
  ['names parameters that can be', binding({ paramRef: { name: 'a/b' } }), [`spec.paramRef.name: Invalid value: "a/b": may not contain '/'`]],
  [
    'knows what to do without parameters',
    binding({ paramRef: { name: 'a', parameterNotFoundAction: 'x' } }),
    ['spec.paramRef.parameterNotFoundAction: Unsupported value: "x": supported values: "Deny", "Allow"'],
  ],
  ['says what it does', binding({ validationActions: null }), ['spec.validationActions: Required value: at least one validation action is required']],
  [
    'knows the actions',
    binding({ validationActions: ['x', 'Audit', 'Audit'] }),
    ['spec.validationActions[0]: Unsupported value: "x": supported values: "Audit", "Deny", "Warn"', 'spec.validationActions[2]: Duplicate value: "Audit"'],
  ],
  [
    'does not deny and warn',
    binding({ validationActions: ['Deny', 'Warn'] }),
    [
      'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
  ],
  [
    'matches by right rules',
    binding({ matchResources: { resourceRules: [{ ...RULE, operations: [] }] } }),
    ['spec.matchResources.resourceRules[0].operations: Required value'],
  ],
]);

describeCreates(mutatingAdmissionPolicyBindings, [
  ['is right', { spec: { policyName: 'p' } }, []],
  ['names a policy', { spec: {} }, ['spec.policyName: Required value']],
  [
    'does not change what is deleted',
    { spec: { policyName: 'p', matchResources: { resourceRules: [{ ...RULE, operations: ['DELETE'] }] } } },
    ['spec.matchResources.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"'],
  ],
]);

void describe('an expression', () => {
  const NODE_ERROR = "ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x\n | ^";
  const cases: [string, object, object, string[]][] = [
    [
      'names what it may',
      validatingAdmissionPolicies,
      spec({
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConditions: [{ name: 'c', expression: 'request.userInfo.username != params.data.user' }],
        variables: [
          { name: 'names', expression: 'object.spec.names.map(n, string(n))' },
          { name: 'count', expression: 'size(variables.names)' },
        ],
        validations: [
          {
            expression: "variables.count < 3 && authorizer.group('').resource('pods').check('get').allowed()",
            messageExpression: "'got ' + string(variables.count)",
          },
        ],
        auditAnnotations: [{ key: 'k', valueExpression: 'namespaceObject.metadata.name' }],
      }),
      [],
    ],
    [
      'has to compile',
      validatingAdmissionPolicies,
      validation({ expression: 'x' }),
      [`spec.validations[0].expression: Invalid value: "x": compilation failed: ${NODE_ERROR}`],
    ],
    [
      'that validates is a bool',
      validatingAdmissionPolicies,
      validation({ expression: '1' }),
      ['spec.validations[0].expression: Invalid value: "1": must evaluate to bool'],
    ],
    [
      'of a message is a string',
      validatingAdmissionPolicies,
      validation({ messageExpression: '1' }),
      ['spec.validations[0].messageExpression: Invalid value: "1": must evaluate to string'],
    ],
    [
      'of a message does not ask who may do what',
      validatingAdmissionPolicies,
      validation({ messageExpression: 'authorizer' }),
      [
        "spec.validations[0].messageExpression: Invalid value: \"authorizer\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'authorizer' (in container '')\n | authorizer\n | ^",
      ],
    ],
    [
      'of an annotation is a string or nothing',
      validatingAdmissionPolicies,
      annotation({ valueExpression: '1' }),
      ['spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type]'],
    ],
    [
      'of a condition is a bool and knows no parameters that are not there',
      validatingAdmissionPolicies,
      spec({
        matchConditions: [
          { name: 'a', expression: '1' },
          { name: 'b', expression: 'params' },
        ],
      }),
      [
        'spec.matchConditions[0].expression: Invalid value: "1": must evaluate to bool',
        "spec.matchConditions[1].expression: Invalid value: \"params\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params\n | ^",
      ],
    ],
    [
      'of a variable knows the variables before it',
      validatingAdmissionPolicies,
      spec({
        variables: [
          { name: 'a', expression: 'variables.b' },
          { name: 'b', expression: '1' },
        ],
        validations: [{ expression: "variables.b == 'x'" }],
      }),
      [
        'spec.variables[0].expression: Invalid value: "variables.b": compilation failed: ERROR: <input>:1:10: undefined field \'b\'\n | variables.b\n | .........^',
        "spec.validations[0].expression: Invalid value: \"variables.b == 'x'\": compilation failed: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(int, string)'\n | variables.b == 'x'\n | ............^",
      ],
    ],
    [
      'of a patch is a list of its steps',
      mutatingAdmissionPolicies,
      mutation({ patchType: 'JSONPatch', jsonPatch: { expression: "[JSONPatch{op: 'add', path: '/a/' + jsonpatch.escapeKey('b/c'), value: Object.x{}}]" } }),
      [],
    ],
    [
      'of a patch is nothing else',
      mutatingAdmissionPolicies,
      mutation({ patchType: 'JSONPatch', jsonPatch: { expression: '1' } }),
      ['spec.mutations[0].jsonPatch.expression: Invalid value: "1": must evaluate to list(JSONPatch)'],
    ],
    [
      'of a configuration to apply is an object',
      mutatingAdmissionPolicies,
      mutation({ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: 1}}' } }),
      [],
    ],
    [
      'of a configuration to apply is nothing else',
      mutatingAdmissionPolicies,
      mutation({ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object.spec{}' } }),
      ['spec.mutations[0].applyConfiguration.expression: Invalid value: "Object.spec{}": must evaluate to Object'],
    ],
  ];
  for (const [title, definition, body, errors] of cases) {
    test(title, () => assert.deepEqual(createErrors(definition as typeof validatingAdmissionPolicies, body), errors));
  }
});
test('a binding shows its parameters', () => {
  const shown = (paramRef?: object): unknown =>
    validatingAdmissionPolicyBindings.columns?.[2]?.value(created(validatingAdmissionPolicyBindings, binding(paramRef ? { paramRef } : {})), 0);
  assert.equal(shown(), '<unset>');
  assert.equal(shown({ name: 'a' }), '*/a');
  assert.equal(shown({ name: 'a', namespace: 'n' }), 'n/a');
  const selector = { matchLabels: { b: 'c', a: 'b' }, matchExpressions: [{ key: 'k', operator: 'In', values: ['x', 'y'] }] };
  const requirement = 'LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],}';
  const text = `&LabelSelector{MatchLabels:map[string]string{a: b,b: c,},MatchExpressions:[]LabelSelectorRequirement{${requirement},},}`;
  assert.equal(shown({ selector }), text);
});
