import { describeCreates, describeUpdates } from '../../testing/kind-cases.ts';
import { leases } from './leases.ts';

describeCreates(leases, [
  ['right', { spec: { leaseDurationSeconds: 1, strategy: 'OldestEmulationVersion', preferredHolder: 'a' } }, []],
  ['nothing', {}, []],
  [
    'numbers',
    { spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } },
    ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0', 'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'],
  ],
  ['a strategy', { spec: { strategy: 'X' } }, ['spec.strategy.strategy: Unsupported value: "X": supported values: "OldestEmulationVersion"']],
  [
    'a strategy of somebody',
    { spec: { strategy: 'a.b/' } },
    [
      'spec.strategy.strategy: Invalid value: "a.b/": name part must be non-empty',
      "spec.strategy.strategy: Invalid value: \"a.b/\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
  ['a holder without a strategy', { spec: { preferredHolder: 'a' } }, ['spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined']],
]);
describeUpdates(leases, [['numbers', { spec: { leaseDurationSeconds: 0 } }, {}, ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0']]]);
