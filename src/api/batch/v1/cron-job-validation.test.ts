import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CronJob } from '#api/types/batch-v1';
import { validateCronJob, validateCronJobUpdate } from './cron-job-validation.ts';
import { cronJobs } from './cron-jobs.ts';
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

function cronJob(spec: object, name = 'c'): CronJob {
  const template = { metadata: { labels: { a: 'b' } }, spec: { ...POD, restartPolicy: 'Never' } };
  const whole = structuredClone({ schedule: '* * * * *', jobTemplate: { spec: { template } }, ...spec });
  const object = { metadata: { name, namespace: 'n' }, spec: whole } as CronJob;
  cronJobs.defaults?.(object);
  return object;
}

void describe('a CronJob', () => {
  const rows: readonly (readonly [string, object, string[]])[] = [
    ['no schedule', { schedule: '' }, ['spec.schedule: Required value']],
    ['fields', { schedule: '* * *' }, ['spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]']],
    ['word', { schedule: 'a * * * *' }, ['spec.schedule: Invalid value: "a * * * *": failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax']],
    [
      'huge number',
      { schedule: '9223372036854775808 * * * *' },
      [
        'spec.schedule: Invalid value: "9223372036854775808 * * * *": failed to parse int from 9223372036854775808: strconv.Atoi: parsing "9223372036854775808": value out of range',
      ],
    ],
    ['too low', { schedule: '* * 0 * *' }, ['spec.schedule: Invalid value: "* * 0 * *": beginning of range (0) below minimum (1): 0']],
    ['too high', { schedule: '60 * * * *' }, ['spec.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60']],
    ['backwards', { schedule: '5-1 * * * *' }, ['spec.schedule: Invalid value: "5-1 * * * *": beginning of range (5) beyond end of range (1): 5-1']],
    ['hyphens', { schedule: '1-2-3 * * * *' }, ['spec.schedule: Invalid value: "1-2-3 * * * *": too many hyphens: 1-2-3']],
    ['slashes', { schedule: '*/1/2 * * * *' }, ['spec.schedule: Invalid value: "*/1/2 * * * *": too many slashes: */1/2']],
    ['step', { schedule: '*/0 * * * *' }, ['spec.schedule: Invalid value: "*/0 * * * *": step of range should be a positive number: */0']],
    ['negative', { schedule: '*/-1 * * * *' }, ['spec.schedule: Invalid value: "*/-1 * * * *": negative number (-1) not allowed: -1']],
    ['names', { schedule: '0 0 * jan-MAR mon,Tue' }, []],
    ['day seven', { schedule: '0 0 * * 7' }, ['spec.schedule: Invalid value: "0 0 * * 7": end of range (7) above maximum (6): 7']],
    ['descriptor', { schedule: '@never' }, ['spec.schedule: Invalid value: "@never": unrecognized descriptor: @never']],
    ['every', { schedule: '@every x' }, ['spec.schedule: Invalid value: "@every x": failed to parse duration @every x: time: invalid duration "x"']],
    ['every hour', { schedule: '@every 1h' }, []],
    [
      'zone in schedule',
      { schedule: 'TZ=UTC 0 0 * * *' },
      ['spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
    ],
    [
      'bad zone in schedule',
      { schedule: 'CRON_TZ=X/Y 0 0 * * *' },
      [
        'spec.schedule: Invalid value: "CRON_TZ=X/Y 0 0 * * *": provided bad location X/Y: unknown time zone X/Y',
        'spec.schedule: Invalid value: "CRON_TZ=X/Y 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
    ['zone', { timeZone: 'X/Y' }, ['spec.timeZone: Invalid value: "X/Y": unknown time zone X/Y']],
    ['odd zone', { timeZone: '../x' }, ['spec.timeZone: Invalid value: "../x": unknown time zone ../x']],
    ['no zone', { timeZone: '' }, ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string']],
    [
      'local zone',
      { timeZone: 'local' },
      [
        'spec.timeZone: Invalid value: "local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
        'spec.timeZone: Invalid value: "local": unknown time zone local',
      ],
    ],
    ['short zone only ICU knows', { timeZone: 'PST' }, ['spec.timeZone: Invalid value: "PST": unknown time zone PST']],
    ['offset', { timeZone: '+0100' }, ['spec.timeZone: Invalid value: "+0100": unknown time zone +0100']],
    ['case of an alias', { timeZone: 'us/pacific' }, ['spec.timeZone: Invalid value: "us/pacific": unknown time zone us/pacific']],
    ['case of a zone', { timeZone: 'europe/berlin' }, ['spec.timeZone: Invalid value: "europe/berlin": unknown time zone europe/berlin']],
    ['right zone', { timeZone: 'Europe/Berlin' }, []],
    ['policy', { concurrencyPolicy: 'X' }, ['spec.concurrencyPolicy: Unsupported value: "X": supported values: "Allow", "Forbid", "Replace"']],
    [
      'numbers',
      { startingDeadlineSeconds: -1, successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -1 },
      [
        'spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
        'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'template',
      {
        jobTemplate: {
          spec: {
            template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
            manualSelector: true,
            selector: { matchLabels: { a: 'b' } },
          },
        },
      },
      [
        'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
        'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
      ],
    ],
  ];
  for (const [name, spec, expected] of rows) void test(name, () => assert.deepEqual(textsOf(validateCronJob(cronJob(spec))), expected));
});

void describe('a changed CronJob', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    ['a zone stays', { schedule: 'TZ=UTC 0 0 * * *' }, { schedule: 'TZ=UTC 0 0 * * *' }, []],
    [
      'a zone twice',
      { schedule: 'TZ=UTC 0 0 * * *' },
      { schedule: 'TZ=UTC 0 0 * * *', timeZone: 'UTC' },
      ['spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule'],
    ],
    ['an old zone', { timeZone: 'X' }, { timeZone: 'X' }, []],
  ];
  for (const [name, old, spec, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(validateCronJobUpdate(cronJob(spec), cronJob(old))), expected));
});

void test("a CronJob's name leaves room for a time", () => {
  const long = cronJob({}, 'c'.repeat(53));
  assert.deepEqual(textsOf(validateCronJob(long)), [`metadata.name: Invalid value: "${'c'.repeat(53)}": must be no more than 52 characters`]);
  assert.deepEqual(validateCronJobUpdate(long, long), []);
});

void test('a zone in a schedule is warned about', () => {
  const zoned = cronJob({ schedule: 'TZ=UTC 0 0 * * *' });
  assert.deepEqual(cronJobs.warnings?.(zoned, zoned), [
    'CRON_TZ or TZ used in spec.spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
  ]);
});
