import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Job } from '#api/types/batch-v1';
import { validateJobStatus } from './job-status-validation.ts';
import { validateJob, validateJobUpdate } from './job-validation.ts';
import { jobs } from './jobs.ts';
import { type FieldError, formatFieldError } from '../../machinery/field-error.ts';

/** First lines, without the explanations of names' forms, which machinery/names.ts' tests check, and without large values. */
function textsOf(errors: readonly FieldError[]): string[] {
  return errors.map(
    (error) =>
      formatFieldError(error)
        .replace(/ must (?:consist of|contain only) .*/, ' …')
        .replace(/value: \{.{60,}\}: /, 'value: …: ')
        .split('\n')[0] ?? '',
  );
}
const POD = { containers: [{ name: 'c', image: 'i' }] };

function job(spec: object, status: object = {}, name = 'j'): Job {
  const template = { metadata: { labels: { a: 'b' } }, spec: { ...POD, restartPolicy: 'Never' } };
  const object = { metadata: { name, namespace: 'n', uid: 'u' }, spec: structuredClone({ template, ...spec }) } as Job;
  jobs.defaults?.(object);
  jobs.prepareForCreate?.(object, {} as never);
  object.status = status;
  return object;
}

void describe('a Job', () => {
  const rows: readonly (readonly [string, object, string[]])[] = [
    [
      'numbers',
      { parallelism: -1, completions: -1, activeDeadlineSeconds: -1, backoffLimit: -1, ttlSecondsAfterFinished: -1 },
      [
        'spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
        'spec.completions: Invalid value: -1: must be greater than or equal to 0',
        'spec.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0',
        'spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'numbers of indexes',
      { completionMode: 'Indexed', completions: 3, backoffLimitPerIndex: -1, maxFailedIndexes: -1 },
      [
        'spec.backoffLimitPerIndex: Invalid value: -1: must be greater than or equal to 0',
        'spec.maxFailedIndexes: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'max failed alone',
      { completionMode: 'Indexed', completions: 3, maxFailedIndexes: 1 },
      ['spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified'],
    ],
    ['manager', { managedBy: 'x' }, ['spec.managedBy: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")']],
    [
      'manager host',
      { managedBy: 'A_/b c' },
      [
        'spec.managedBy: Invalid value: "A_": a lowercase RFC 1123 subdomain …',
        "spec.managedBy: Invalid value: \"b c\": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
      ],
    ],
    [
      'long manager',
      { managedBy: 'a/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' },
      ['spec.managedBy: Too long: may not be more than 63 bytes'],
    ],
    ['mode', { completionMode: 'X' }, ['spec.completionMode: Unsupported value: "X": supported values: "NonIndexed", "Indexed"']],
    [
      'indexed',
      { completionMode: 'Indexed', parallelism: 100001 },
      [
        'spec.completions: Required value: when completion mode is Indexed',
        'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
      ],
    ],
    [
      'too many failed',
      { completionMode: 'Indexed', completions: 3, backoffLimitPerIndex: 1, maxFailedIndexes: 4 },
      ['spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions'],
    ],
    [
      'many completions',
      { completionMode: 'Indexed', completions: 100001, parallelism: 10001, backoffLimitPerIndex: 1 },
      [
        'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
        'spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
      ],
    ],
    [
      'many failed',
      { completionMode: 'Indexed', completions: 200000, parallelism: 1, backoffLimitPerIndex: 1, maxFailedIndexes: 100001 },
      [
        'spec.maxFailedIndexes: Invalid value: 100001: must be less than or equal to 100000',
        'spec.maxFailedIndexes: Invalid value: 100001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
      ],
    ],
    [
      'not indexed',
      { backoffLimitPerIndex: 1, maxFailedIndexes: 1 },
      [
        'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
        'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      ],
    ],
    [
      'no action',
      { podFailurePolicy: { rules: [{ onExitCodes: { operator: 'In', values: [1] } }] } },
      ['spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'],
    ],
    [
      'action',
      { podFailurePolicy: { rules: [{ action: 'X', onExitCodes: { operator: 'In', values: [1] } }] } },
      ['spec.podFailurePolicy.rules[0].action: Unsupported value: "X": supported values: "Count", "FailIndex", "FailJob", "Ignore"'],
    ],
    [
      'fail index',
      { podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }] } },
      ['spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set'],
    ],
    [
      'both',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] }, onPodConditions: [{ type: 'a', status: 'True' }] }] } },
      ['spec.podFailurePolicy.rules[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported'],
    ],
    [
      'neither',
      { podFailurePolicy: { rules: [{ action: 'FailJob' }] } },
      ['spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required'],
    ],
    [
      'conditions',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'a b', status: 'X' }] }] } },
      [
        'spec.podFailurePolicy.rules[0].onPodConditions[0].type: Invalid value: "a b": name part …',
        'spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
      ],
    ],
    [
      'lists that are missing, which Go writes as null',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: null } }] } },
      ['spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: null: at least one value is required'],
    ],
    [
      'operator',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'X', values: [1] } }] } },
      ['spec.podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value: "X": supported values: "In", "NotIn"'],
    ],
    [
      'no operator',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: '', values: [1] } }] } },
      ['spec.podFailurePolicy.rules[0].onExitCodes.operator: Required value: valid values: ["In" "NotIn"]'],
    ],
    [
      'container',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1], containerName: 'x' } }] } },
      ['spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template'],
    ],
    [
      'no codes',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [] } }] } },
      ['spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []: at least one value is required'],
    ],
    [
      'codes',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [0, 2, 1, 1] } }] } },
      [
        'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[3]: Duplicate value: 1',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [0,2,1,1]: must be ordered',
      ],
    ],
    [
      'restart with policy',
      {
        podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'a', status: 'True' }] }] },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'OnFailure' } },
      },
      ['spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified'],
    ],
    [
      'success not indexed',
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
      ['spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: requires indexed completion mode'],
    ],
    [
      'no success rules',
      { completionMode: 'Indexed', completions: 3, successPolicy: { rules: [] } },
      ['spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified'],
    ],
    [
      'empty success rule',
      { completionMode: 'Indexed', completions: 3, successPolicy: { rules: [{}] } },
      ['spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified'],
    ],
    [
      'success indexes',
      {
        completionMode: 'Indexed',
        completions: 3,
        successPolicy: {
          rules: [
            { succeededIndexes: '0,5' },
            { succeededIndexes: 'x' },
            { succeededIndexes: '1,0' },
            { succeededIndexes: '0-1-2' },
            { succeededIndexes: '2-1' },
          ],
        },
      },
      [
        'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0,5": error parsing succeededIndexes: too large index: "5"',
        'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "x": error parsing succeededIndexes: cannot convert string to integer for index: "x"',
        'spec.successPolicy.rules[2].succeededIndexes: Invalid value: "1,0": error parsing succeededIndexes: non-increasing order, previous: 1, current: 0',
        'spec.successPolicy.rules[3].succeededIndexes: Invalid value: "0-1-2": error parsing succeededIndexes: the fragment "0-1-2" violates the requirement that an index interval can have at most two parts separated by \'-\'',
        'spec.successPolicy.rules[4].succeededIndexes: Invalid value: "2-1": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1',
      ],
    ],
    [
      'success count',
      {
        completionMode: 'Indexed',
        completions: 3,
        successPolicy: { rules: [{ succeededCount: 4 }, { succeededCount: 2, succeededIndexes: '0' }, { succeededCount: -1 }] },
      },
      [
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)',
        'spec.successPolicy.rules[1].succeededCount: Invalid value: 2: must be less than or equal to 1 (the number of indexes in the specified succeededIndexes field)',
        'spec.successPolicy.rules[2].succeededCount: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    ['replacement', { podReplacementPolicy: 'X' }, ['spec.podReplacementPolicy: Unsupported value: "X": supported values: "Failed", "TerminatingOrFailed"']],
    [
      'replacement with policy',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'a', status: 'True' }] }] }, podReplacementPolicy: 'TerminatingOrFailed' },
      ['spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
    ],
    [
      'restart',
      { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'restart value',
      { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'X' } } },
      [
        'spec.template.spec.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure", "Never"',
        'spec.template.spec.restartPolicy: Unsupported value: "X": supported values: "OnFailure", "Never"',
      ],
    ],
    [
      'own selector',
      { selector: { matchLabels: { x: 'y' } } },
      [
        'spec.selector: Invalid value: …: `selector` not auto-generated',
        'spec.template.metadata.labels: Invalid value: …: `selector` does not match template `labels`',
      ],
    ],
    [
      'other label',
      { template: { metadata: { labels: { 'job-name': 'other' } }, spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never' } } },
      [
        'spec.template.metadata.labels[job-name]: Invalid value: "other": must be \'j\'',
        "spec.template.metadata.labels[batch.kubernetes.io/job-name]: Required value: must be 'j'",
      ],
    ],
    [
      'manual without selector',
      { manualSelector: true },
      ['spec.selector: Required value', 'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`'],
    ],
  ];
  for (const [name, spec, expected] of rows) void test(name, () => assert.deepEqual(textsOf(validateJob(job(spec))), expected));
});

void describe('a changed Job', () => {
  const rows: readonly (readonly [string, object, object, object, string[]])[] = [
    ['completions', { completions: 1 }, { completions: 2 }, {}, ['spec.completions: Invalid value: 2: field is immutable']],
    ['elastic', { completionMode: 'Indexed', completions: 3, parallelism: 3 }, { completionMode: 'Indexed', completions: 4, parallelism: 4 }, {}, []],
    [
      'elastic apart',
      { completionMode: 'Indexed', completions: 3, parallelism: 3 },
      { completionMode: 'Indexed', completions: 4, parallelism: 3 },
      {},
      ['spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism'],
    ],
    [
      'policies',
      { completionMode: 'Indexed', completions: 3 },
      {
        completionMode: 'Indexed',
        completions: 3,
        podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'a', status: 'True' }] }] },
        podReplacementPolicy: 'Failed',
        backoffLimitPerIndex: 1,
        managedBy: 'a/b',
        successPolicy: { rules: [{ succeededCount: 1 }] },
      },
      {},
      [
        'spec.podFailurePolicy: Invalid value: …: field is immutable',
        'spec.backoffLimitPerIndex: Invalid value: 1: field is immutable',
        'spec.managedBy: Invalid value: "a/b": field is immutable',
        'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: field is immutable',
      ],
    ],
    [
      'template',
      {},
      { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never', nodeSelector: { a: 'b' } } } },
      {},
      ['spec.template: Invalid value: …: field is immutable'],
    ],
    [
      'suspended template',
      { suspend: true },
      {
        suspend: true,
        template: {
          metadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
          spec: {
            containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1' } } }],
            restartPolicy: 'Never',
            nodeSelector: { a: 'b' },
            tolerations: [{ operator: 'Exists' }],
            affinity: { nodeAffinity: {} },
          },
        },
      },
      {},
      [],
    ],
    [
      'suspended image',
      { suspend: true },
      { suspend: true, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'j' }], restartPolicy: 'Never' } } },
      {},
      ['spec.template: Invalid value: …: field is immutable'],
    ],
    [
      'suspended while it runs',
      { suspend: true },
      {
        suspend: true,
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never', nodeSelector: { a: 'b' } } },
      },
      { startTime: '2020-01-01T00:00:00Z' },
      ['spec.template: Invalid value: …: field is immutable'],
    ],
  ];
  for (const [name, old, spec, status, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(validateJobUpdate(job(spec, status), job(old, status))), expected));
});

void describe("a Job's status", () => {
  const rows: readonly (readonly [string, object, object, object, string[]])[] = [
    [
      'right',
      {},
      {},
      {
        startTime: '2020-01-01T00:00:00Z',
        completionTime: '2020-01-01T00:00:01Z',
        succeeded: 1,
        conditions: [
          { type: 'SuccessCriteriaMet', status: 'True' },
          { type: 'Complete', status: 'True' },
        ],
      },
      [],
    ],
    [
      'negative',
      {},
      {},
      { active: -1, succeeded: -1, failed: -1, ready: -1, terminating: -1 },
      [
        'status.active: Invalid value: -1: must be greater than or equal to 0',
        'status.succeeded: Invalid value: -1: must be greater than or equal to 0',
        'status.failed: Invalid value: -1: must be greater than or equal to 0',
        'status.ready: Invalid value: -1: must be greater than or equal to 0',
        'status.terminating: Invalid value: -1: must be greater than or equal to 0',
        'status.failed: Invalid value: -1: cannot decrease the failed counter',
        'status.succeeded: Invalid value: -1: cannot decrease the succeeded counter',
      ],
    ],
    [
      'uncounted',
      {},
      {},
      { uncountedTerminatedPods: { succeeded: ['', 'a'], failed: ['a'] } },
      ['status.uncountedTerminatedPods.succeeded[0]: Invalid value: "": must not be empty', 'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"'],
    ],
    [
      'complete and failed',
      {},
      {},
      {
        startTime: '2020-01-01T00:00:00Z',
        completionTime: '2020-01-01T00:00:01Z',
        conditions: [
          { type: 'Complete', status: 'True' },
          { type: 'Failed', status: 'True' },
        ],
      },
      [
        'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
        'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
      ],
    ],
    [
      'complete and failing',
      {},
      {},
      {
        startTime: '2020-01-01T00:00:00Z',
        completionTime: '2020-01-01T00:00:01Z',
        conditions: [
          { type: 'Complete', status: 'True' },
          { type: 'FailureTarget', status: 'True' },
          { type: 'SuccessCriteriaMet', status: 'True' },
        ],
      },
      [
        'status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
      ],
    ],
    [
      'completion time too soon',
      {},
      {},
      { startTime: '2020-01-01T00:00:01Z', completionTime: '2020-01-01T00:00:00Z' },
      [
        'status.completionTime: Invalid value: "2020-01-01T00:00:00Z": cannot set completionTime when there is no Complete=True condition',
        'status.completionTime: Invalid value: "2020-01-01T00:00:00Z": completionTime cannot be set before startTime',
      ],
    ],
    [
      'no completion time',
      {},
      {},
      {
        startTime: '2020-01-01T00:00:01Z',
        conditions: [
          { type: 'Complete', status: 'True' },
          { type: 'SuccessCriteriaMet', status: 'True' },
        ],
      },
      ['status.completionTime: Required value: completionTime is required for Complete jobs'],
    ],
    [
      'failed at once',
      {},
      {},
      { startTime: '2020-01-01T00:00:01Z', conditions: [{ type: 'Failed', status: 'True' }] },
      ['status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition'],
    ],
    [
      'finished with pods',
      {},
      {},
      {
        startTime: '2020-01-01T00:00:00Z',
        completionTime: '2020-01-01T00:00:01Z',
        active: 1,
        terminating: 1,
        uncountedTerminatedPods: { failed: ['a'] },
        conditions: [
          { type: 'Complete', status: 'True' },
          { type: 'SuccessCriteriaMet', status: 'True' },
        ],
      },
      [
        'status.active: Invalid value: 1: active>0 is invalid for finished job',
        'status.uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a"]}: uncountedTerminatedPods needs to be empty for finished job',
        'status.terminating: Invalid value: 1: terminating>0 is invalid for finished job',
      ],
    ],
    [
      'finished unstarted',
      {},
      {},
      {
        conditions: [
          { type: 'FailureTarget', status: 'True' },
          { type: 'Failed', status: 'True' },
        ],
      },
      ['status.startTime: Required value: startTime is required for finished job'],
    ],
    [
      'indexes',
      {},
      {},
      { completedIndexes: '0', failedIndexes: '0' },
      [
        'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
        'status.failedIndexes: Invalid value: "0": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
        'status.failedIndexes: Invalid value: "0": failedIndexes and completedIndexes overlap at index: 0',
      ],
    ],
    [
      'indexes format',
      { completionMode: 'Indexed', completions: 3, backoffLimitPerIndex: 1 },
      {},
      { completedIndexes: '5', failedIndexes: 'x' },
      [
        'status.completedIndexes: Invalid value: "5": error parsing completedIndexes: too large index: "5"',
        'status.failedIndexes: Invalid value: "x": error parsing failedIndexes: cannot convert string to integer for index: "x"',
      ],
    ],
    [
      'indexes overlap',
      { completionMode: 'Indexed', completions: 3, backoffLimitPerIndex: 1 },
      {},
      { completedIndexes: '0-1', failedIndexes: '1-2' },
      ['status.failedIndexes: Invalid value: "1-2": failedIndexes and completedIndexes overlap at index: 1'],
    ],
    ['ready', {}, {}, { ready: 2, active: 1 }, ['status.ready: Invalid value: 2: cannot set more ready pods than active']],
    [
      'met and failed',
      {},
      {},
      {
        startTime: '2020-01-01T00:00:00Z',
        conditions: [
          { type: 'SuccessCriteriaMet', status: 'True' },
          { type: 'FailureTarget', status: 'True' },
          { type: 'Failed', status: 'True' },
        ],
      },
      [
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions',
        'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
      ],
    ],
    [
      'success policy',
      { completionMode: 'Indexed', completions: 3, successPolicy: { rules: [{ succeededCount: 1 }] } },
      { startTime: '2020-01-01T00:00:00Z', completionTime: '2020-01-01T00:00:01Z', conditions: [{ type: 'Complete', status: 'True' }] },
      { startTime: '2020-01-01T00:00:00Z', completionTime: '2020-01-01T00:00:01Z', conditions: [{ type: 'Complete', status: 'True' }] },
      ['status.conditions: Invalid value: cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'],
    ],
    [
      'back',
      {},
      {
        startTime: '2020-01-01T00:00:00Z',
        completionTime: '2020-01-01T00:00:01Z',
        failed: 1,
        succeeded: 1,
        conditions: [
          { type: 'SuccessCriteriaMet', status: 'True' },
          { type: 'Complete', status: 'True' },
        ],
      },
      { startTime: '2020-01-01T00:00:01Z', completionTime: '2020-01-01T00:00:05Z' },
      [
        'status.completionTime: Invalid value: "2020-01-01T00:00:05Z": cannot set completionTime when there is no Complete=True condition',
        'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
        'status.failed: Invalid value: 0: cannot decrease the failed counter',
        'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
        'status.completionTime: Invalid value: "2020-01-01T00:00:05Z": completionTime cannot be mutated',
        'status.startTime: Required value: startTime cannot be removed for unsuspended job',
        'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
      ],
    ],
    [
      'met too late',
      {},
      { startTime: '2020-01-01T00:00:00Z', completionTime: '2020-01-01T00:00:01Z', conditions: [{ type: 'Complete', status: 'True' }] },
      {
        startTime: '2020-01-01T00:00:00Z',
        completionTime: '2020-01-01T00:00:01Z',
        conditions: [
          { type: 'Complete', status: 'True' },
          { type: 'SuccessCriteriaMet', status: 'True' },
        ],
      },
      ['status.conditions: Invalid value: cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'],
    ],
  ];
  for (const [name, spec, old, status, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(validateJobStatus(job(spec, status), job(spec, old))), expected));
});

void test('the hosts of a Job with indexes have names', () => {
  assert.deepEqual(textsOf(validateJob(job({ completionMode: 'Indexed', completions: 3 }, {}, 'j'.repeat(62)))), [
    `metadata.name: Invalid value: "${'j'.repeat(62)}": will not able to create pod with invalid DNS label: ${'j'.repeat(62)}-2`,
  ]);
});

void test('there are not many rules', () => {
  const many = Array.from({ length: 21 }, () => ({ action: 'Ignore', onPodConditions: [{ type: 'a', status: 'True' }] }));
  const success = Array.from({ length: 21 }, () => ({ succeededCount: 1 }));
  const spec = { podFailurePolicy: { rules: many }, completionMode: 'Indexed', completions: 1, successPolicy: { rules: success } };
  assert.deepEqual(textsOf(validateJob(job(spec))), [
    'spec.podFailurePolicy.rules: Too many: 21: must have at most 20 items',
    'spec.successPolicy.rules: Too many: 21: must have at most 20 items',
  ]);
});

void test('a Job of very many indexes is warned about', () => {
  const [warning] = jobs.warnings?.(job({ completionMode: 'Indexed', completions: 100_001, parallelism: 10_001 }), undefined) ?? [];
  assert.match(warning ?? '', /^In Indexed Jobs with a number of completions higher than 10\^5/);
});

void test("labels that a Job has of its template, and none other, are added to with the template's", () => {
  const made = { 'job-name': 'j', 'batch.kubernetes.io/job-name': 'j', 'controller-uid': 'u', 'batch.kubernetes.io/controller-uid': 'u' };
  const shared = job({});
  assert.deepEqual(shared.metadata.labels, { a: 'b', ...made });
  assert.notEqual(shared.metadata.labels, shared.spec.template.metadata?.labels);
  assert.deepEqual(job({ template: { spec: { ...POD, restartPolicy: 'Never' } } }).metadata.labels, made);
  const own = { metadata: { name: 'j', uid: 'u', labels: { a: 'b' } }, spec: structuredClone(shared.spec) } as Job;
  own.spec.template.metadata = { labels: { a: 'b' } };
  jobs.defaults?.(own);
  jobs.prepareForCreate?.(own, {} as never);
  assert.deepEqual(own.metadata.labels, { a: 'b' });
});
