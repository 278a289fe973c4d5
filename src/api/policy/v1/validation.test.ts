import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PodDisruptionBudget } from '#api/types/policy-v1';
import { formatFieldError } from '../../machinery/field-error.ts';
import { validateDisruptionBudget, validateDisruptionStatus } from './validation.ts';

const budget = (spec: object, status: object = {}): PodDisruptionBudget => ({ metadata: { name: 'b' }, spec, status }) as PodDisruptionBudget;
const BAD_VALUE = { matchExpressions: [{ key: 'a', operator: 'In', values: ['b c'] }] };

void describe('what is wrong with a budget', () => {
  const cases: [string, object, string[]][] = [
    ['right', { minAvailable: '50%', selector: { matchLabels: { a: 'b' } } }, []],
    [
      'both',
      { minAvailable: 1, maxUnavailable: 1 },
      [
        'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    ['negative', { minAvailable: -1 }, ['spec.minAvailable: Invalid value: -1: must be greater than or equal to 0']],
    ['too much', { maxUnavailable: '101%' }, ['spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%']],
    [
      'selector',
      { selector: { matchExpressions: [{ key: 'a', operator: 'X' }] } },
      ['spec.selector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator'],
    ],
    [
      'policy',
      { unhealthyPodEvictionPolicy: 'X' },
      ['spec.unhealthyPodEvictionPolicy: Unsupported value: "X": supported values: "AlwaysAllow", "IfHealthyBudget"'],
    ],
  ];
  for (const [name, spec, expected] of cases) void test(name, () => assert.deepEqual(validateDisruptionBudget(budget(spec)).map(formatFieldError), expected));
  void test('a stored selector with values that no label has may stay', () => {
    assert.equal(validateDisruptionBudget(budget({ selector: BAD_VALUE })).length, 1);
    assert.deepEqual(validateDisruptionBudget(budget({ selector: BAD_VALUE }), budget({ selector: BAD_VALUE })), []);
  });
});

void describe('what is wrong with its status', () => {
  const condition = { type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
  const cases: [string, object, string[]][] = [
    ['right', { conditions: [condition], disruptionsAllowed: 1 }, []],
    [
      'counts',
      { disruptionsAllowed: -1, expectedPods: -1 },
      [
        'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
        'status.expectedPods: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    ['twice', { conditions: [condition, condition] }, ['status.conditions[1].type: Duplicate value: "DisruptionAllowed"']],
    [
      'empty',
      { conditions: [{ ...condition, status: 'X', observedGeneration: -1, lastTransitionTime: undefined, reason: '' }] },
      [
        'status.conditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
        'status.conditions[0].observedGeneration: Invalid value: -1: must be greater than or equal to zero',
        'status.conditions[0].lastTransitionTime: Required value: must be set',
        'status.conditions[0].reason: Required value: must be set',
      ],
    ],
    ['reason', { conditions: [{ ...condition, reason: 'a b' }] }, ['status.conditions[0].reason: Invalid value: "a b": a condition reason must start with']],
  ];
  for (const [name, status, expected] of cases) {
    void test(name, () => {
      const errors = validateDisruptionStatus(budget({}, status)).map(formatFieldError);
      assert.deepEqual(
        errors.map((error, i) => error.slice(0, expected[i]?.length)),
        expected,
      );
    });
  }
});
