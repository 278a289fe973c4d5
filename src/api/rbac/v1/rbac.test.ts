import { describeCreates, describeUpdates } from '../../testing/kind-cases.ts';
import { clusterRoleBindings } from './cluster-role-bindings.ts';
import { clusterRoles } from './cluster-roles.ts';
import { roleBindings } from './role-bindings.ts';
import { roles } from './roles.ts';

const GROUP = 'rbac.authorization.k8s.io';
const REF = { apiGroup: GROUP, kind: 'ClusterRole', name: 'r' };
describeCreates(roles, [
  ['right', { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }, []],
  [
    'an empty rule',
    { rules: [{}] },
    [
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
  ],
  [
    'paths',
    { rules: [{ verbs: ['get'], nonResourceURLs: ['/a'], resourceNames: ['x'] }] },
    [
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: namespaced rules cannot apply to non-resource URLs',
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
  ],
]);
const aggregating = (selector: object) => ({ aggregationRule: { clusterRoleSelectors: [selector] } });
const BAD_SELECTOR = aggregating({ matchExpressions: [{ key: 'a', operator: 'X' }] });
const BAD_VALUE = aggregating({ matchExpressions: [{ key: 'a', operator: 'In', values: ['-'] }] });
describeCreates(clusterRoles, [
  ['paths', { rules: [{ verbs: ['get'], nonResourceURLs: ['/a'] }] }, []],
  [
    'no selectors',
    { aggregationRule: {} },
    ['aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil'],
  ],
  [
    'a bad selector',
    BAD_SELECTOR,
    [
      'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "X": not a valid selector operator',
      'aggregationRule.clusterRoleSelectors[0]: Invalid value: "null": invalid label selector.',
    ],
  ],
]);
describeUpdates(clusterRoles, [
  [
    'a bad label value stays; everything is counted twice',
    BAD_VALUE,
    BAD_VALUE,
    [
      'aggregationRule.clusterRoleSelectors[0]: Invalid value: "null": invalid label selector.',
      'aggregationRule.clusterRoleSelectors[0]: Invalid value: "null": invalid label selector.',
    ],
  ],
]);
describeCreates(roleBindings, [
  ['right', { roleRef: REF, subjects: [{ kind: 'User', name: 'u' }] }, []],
  [
    'a reference',
    { roleRef: { apiGroup: 'x', kind: 'Y', name: '' } },
    [
      `roleRef.apiGroup: Unsupported value: "x": supported values: "${GROUP}"`,
      'roleRef.kind: Unsupported value: "Y": supported values: "Role", "ClusterRole"',
      'roleRef.name: Required value',
    ],
  ],
  ['a name', { roleRef: { ...REF, name: 'a/b' } }, ['roleRef.name: Invalid value: "a/b": may not contain \'/\'']],
  [
    'subjects',
    {
      roleRef: REF,
      subjects: [
        { kind: 'ServiceAccount', name: 'a', apiGroup: 'x' },
        { kind: 'User', name: '', apiGroup: 'x' },
        { kind: 'X', name: 'a' },
      ],
    },
    [
      'subjects[0].apiGroup: Unsupported value: "x": supported values: ""',
      'subjects[1].name: Required value',
      `subjects[1].apiGroup: Unsupported value: "x": supported values: "${GROUP}"`,
      'subjects[2].kind: Unsupported value: "X": supported values: "ServiceAccount", "User", "Group"',
    ],
  ],
]);
describeUpdates(roles, [
  [
    'mistakes are counted twice',
    { rules: [{ apiGroups: [''], resources: ['pods'] }] },
    {},
    ['rules[0].verbs: Required value: verbs must contain at least one value', 'rules[0].verbs: Required value: verbs must contain at least one value'],
  ],
]);
describeUpdates(roleBindings, [
  [
    'another role',
    { roleRef: { ...REF, name: 's' } },
    { roleRef: REF },
    [`roleRef: Invalid value: {"APIGroup":"${GROUP}","Kind":"ClusterRole","Name":"s"}: cannot change roleRef`],
  ],
]);
describeCreates(clusterRoleBindings, [
  ['a Role', { roleRef: { ...REF, kind: 'Role' } }, ['roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"']],
  ['an account without a namespace', { roleRef: REF, subjects: [{ kind: 'ServiceAccount', name: 'a' }] }, ['subjects[0].namespace: Required value']],
]);
