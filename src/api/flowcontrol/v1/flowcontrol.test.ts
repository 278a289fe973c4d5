import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeCreates, statusErrors } from '../../testing/kind-cases.ts';
import { flowSchemas } from './flow-schemas.ts';
import { everythingOf, mandatoryFlowSchemas, mandatoryPriorityLevels } from './mandatory.ts';
import { priorityLevelConfigurations } from './priority-level-configurations.ts';

const VERBS = '"create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"';
const schema = (spec: object = {}) => ({ spec: { priorityLevelConfiguration: { name: 'p' }, ...spec } });
const rule = (rules: object) => schema({ rules: [{ ...everythingOf('g'), ...rules }] });
const subject = (of: object) => rule({ subjects: [of] });
const resourceRule = (of: object) => rule({ resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], ...of }] });
const url = (...nonResourceURLs: string[]) => rule({ nonResourceRules: [{ verbs: ['get'], nonResourceURLs }] });
const URL = 'spec.rules[0].nonResourceRules[0].nonResourceURLs';
const named = (name: string, spec: object) => ({ metadata: { name }, spec });

describeCreates(flowSchemas, [
  ['right', rule({}), []],
  ['the mandatory ones', named('exempt', mandatoryFlowSchemas['exempt'] ?? {}), []],
  [
    'a mandatory one, changed',
    named('catch-all', { ...mandatoryFlowSchemas['catch-all'], rules: [], distinguisherMethod: undefined }),
    [
      `spec: Invalid value: {"PriorityLevelConfiguration":{"Name":"catch-all"},"MatchingPrecedence":10000,"DistinguisherMethod":null,"Rules":null}: spec of 'catch-all' must equal the fixed value`,
    ],
  ],
  ['precedence', schema({ matchingPrecedence: -1 }), ['spec.matchingPrecedence: Invalid value: -1: must be a positive value']],
  ['high precedence', schema({ matchingPrecedence: 10001 }), ['spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000']],
  [
    'the first precedence',
    schema({ matchingPrecedence: 1 }),
    ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
  ],
  [
    'a method',
    schema({ distinguisherMethod: { type: 'X' } }),
    ['spec.distinguisherMethod.type: Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser"'],
  ],
  ['no level', schema({ priorityLevelConfiguration: {} }), ['spec.priorityLevelConfiguration.name: Required value: must reference a priority level']],
  [
    'an empty rule',
    schema({ rules: [{}] }),
    [
      'spec.rules[0].subjects: Required value: subjects must contain at least one value',
      'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
    ],
  ],
  [
    'a kind of subject',
    subject({ kind: 'X' }),
    ['spec.rules[0].subjects[0].kind: Unsupported value: "X": supported values: "Group", "ServiceAccount", "User"'],
  ],
  [
    'no group',
    subject({ kind: 'Group', user: { name: 'u' } }),
    [
      "spec.rules[0].subjects[0].group: Required value: group is required when subject kind is 'Group'",
      "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
    ],
  ],
  ['a user without a name', subject({ kind: 'User', user: { name: '' } }), ['spec.rules[0].subjects[0].user.name: Required value']],
  [
    'an account',
    subject({ kind: 'ServiceAccount', serviceAccount: { name: '*' } }),
    ['spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account'],
  ],
  [
    'a bad namespace of an account',
    subject({ kind: 'ServiceAccount', serviceAccount: { name: 'a', namespace: 'a.b' } }),
    ['spec.rules[0].subjects[0].serviceAccount.namespace: Invalid value: "a.b": must not contain dots'],
  ],
  [
    'an empty resource rule',
    rule({ resourceRules: [{}] }),
    [
      'spec.rules[0].resourceRules[0].verbs: Required value: verbs must contain at least one value',
      'spec.rules[0].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'spec.rules[0].resourceRules[0].resources: Required value: resource rules must supply at least one resource',
      'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
    ],
  ],
  [
    'wildcards beside others',
    resourceRule({ verbs: ['*', 'get'], apiGroups: ['*', 'a'], resources: ['a', '*'], namespaces: ['*', 'a'] }),
    [
      `spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
      `spec.rules[0].resourceRules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other api groups`,
      `spec.rules[0].resourceRules[0].resources: Invalid value: ["a","*"]: if '*' is present, must not specify other resources`,
      `spec.rules[0].resourceRules[0].namespaces: Invalid value: ["*","a"]: if '*' is present, must not specify other namespaces`,
    ],
  ],
  [
    'a verb and a namespace',
    resourceRule({ verbs: ['use'], namespaces: ['a.b'] }),
    [
      `spec.rules[0].resourceRules[0].verbs: Unsupported value: ["use"]: supported values: ${VERBS}`,
      'spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: "a.b": each member of this list must be \'*\' or a DNS-1123 label; must not contain dots',
    ],
  ],
  ['no paths', url(), [`${URL}: Required value: nonResourceURLs must contain at least one value`]],
  ['all paths and one', url('*', '/a'), [`${URL}: Invalid value: ["*","/a"]: if '*' is present, must not specify other non-resource URLs`]],
  [
    'paths',
    url('', '/', 'a', '/a b', '/a//b', '/a*', '/a/*', '/*/a/*'),
    [
      `${URL}[0]: Invalid value: "": must not be empty`,
      `${URL}[2]: Invalid value: "a": must start with slash`,
      `${URL}[3]: Invalid value: "/a b": must not contain white-space`,
      `${URL}[4]: Invalid value: "/a//b": must not contain double slash`,
      `${URL}[5]: Invalid value: "/a*": wildcard can only do suffix matching`,
      `${URL}[7]: Invalid value: "/*/a/*": wildcard can only do suffix matching`,
    ],
  ],
]);

const limited = (of: object = {}) => ({ spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' }, ...of } } });
const queuing = (of: object) => limited({ limitResponse: { type: 'Queue', queuing: of } });
const QUEUING = 'spec.limited.limitResponse.queuing';
describeCreates(priorityLevelConfigurations, [
  ['right', queuing({}), []],
  ['the exempt one lends', named('exempt', { type: 'Exempt', exempt: { lendablePercent: 50 } }), []],
  [
    'a mandatory one, changed',
    named('catch-all', { ...mandatoryPriorityLevels['catch-all'], limited: { nominalConcurrencyShares: 6, limitResponse: { type: 'Reject' } } }),
    [
      `spec: Invalid value: {"Type":"Limited","Limited":{"NominalConcurrencyShares":6,"LimitResponse":{"Type":"Reject","Queuing":null},"LendablePercent":0,"BorrowingLimitPercent":null},"Exempt":null}: spec of 'catch-all' must equal the fixed value`,
    ],
  ],
  [
    'exempt by another name',
    { spec: { type: 'Exempt', limited: { limitResponse: { type: 'Reject' } }, exempt: { nominalConcurrencyShares: -1, lendablePercent: 101 } } },
    [
      "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'",
      'spec.limited: Forbidden: must be nil if the type is not Limited',
      'spec.exempt.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
      'spec.exempt.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
    ],
  ],
  ['no type', { spec: {} }, ['spec.type: Unsupported value: "": supported values: "Exempt", "Limited"']],
  [
    'no limits',
    { spec: { type: 'Limited', exempt: {} } },
    ['spec.exempt: Forbidden: must be nil if the type is Limited', 'spec.limited: Required value: must not be empty when type is Limited'],
  ],
  [
    'numbers',
    limited({ nominalConcurrencyShares: -1, lendablePercent: -1, borrowingLimitPercent: -1 }),
    [
      'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
      'spec.limited.lendablePercent: Invalid value: -1: must be between 0 and 100, inclusive',
      'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
    ],
  ],
  ['a response', limited({ limitResponse: { type: 'X' } }), ['spec.limited.limitResponse.type: Unsupported value: "X": supported values: "Queue", "Reject"']],
  [
    'queues of what rejects',
    limited({ limitResponse: { type: 'Reject', queuing: {} } }),
    [`${QUEUING}: Forbidden: must be nil if limited.limitResponse.type is not Limited`],
  ],
  ['no queues', limited({ limitResponse: { type: 'Queue' } }), [`${QUEUING}: Required value: must not be empty if limited.limitResponse.type is Limited`]],
  [
    'bad queues',
    queuing({ queues: -1, handSize: -1, queueLengthLimit: -1 }),
    [
      `${QUEUING}.queueLengthLimit: Invalid value: -1: must be positive`,
      `${QUEUING}.queues: Invalid value: -1: must be positive`,
      `${QUEUING}.handSize: Invalid value: -1: must be positive`,
    ],
  ],
  ['too many queues', queuing({ queues: 10_000_001, handSize: 1 }), [`${QUEUING}.queues: Invalid value: 10000001: must not be greater than 10000000`]],
  ['a big hand', queuing({ queues: 4, handSize: 5 }), [`${QUEUING}.handSize: Invalid value: 5: should not be greater than queues (4)`]],
  [
    'a hand that needs too many bits',
    queuing({ queues: 128, handSize: 9 }),
    [`${QUEUING}.handSize: Invalid value: 9: required entropy bits of deckSize 128 and handSize 9 should not be greater than 60`],
  ],
]);
test('conditions of a status', () => {
  const status = { conditions: [{ type: 'a' }, { type: 'a' }, {}] };
  const errors = ['status.conditions[1].type: Duplicate value: "a"', 'status.conditions[2].type: Required value: must not be empty'];
  assert.deepEqual(statusErrors(flowSchemas, { ...schema(), status }, schema()), errors);
  assert.deepEqual(statusErrors(priorityLevelConfigurations, { ...limited(), status }, limited()), errors);
});
