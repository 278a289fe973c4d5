import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '#api';
import type { DeleteOptions } from '#api/types/meta-v1';
import { checkDeleteOptions, checkOptions, type SentOptions } from './options-check.ts';

test('options of writes are refused as upstream refuses them', () => {
  const table: [SentOptions, string?][] = [
    [{ kind: 'CreateOptions', dryRun: ['All', 'All'], fieldManager: 'me', fieldValidation: 'Strict' }],
    [{ kind: 'CreateOptions', dryRun: [''] }, 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: [""]: supported values: "All"'],
    [
      { kind: 'UpdateOptions', dryRun: ['x'], fieldManager: 'a\tb', fieldValidation: 'y' },
      'UpdateOptions.meta.k8s.io "" is invalid: [fieldManager: Invalid value: "a\\tb": invalid character U+0009 (at position 1), ' +
        'dryRun: Unsupported value: ["x"]: supported values: "All", ' +
        'fieldValidation: Unsupported value: "y": supported values: "", "Ignore", "Strict", "Warn"]',
    ],
    [{ kind: 'PatchOptions', isApply: true }, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'],
    [{ kind: 'PatchOptions', force: false }, 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch'],
  ];
  for (const [options, text] of table) assert.equal(refusal(checkOptions, options), text);
});

test('options of deletions are refused in one list', () => {
  const table: [DeleteOptions, string?][] = [
    [{ orphanDependents: true }],
    [
      { orphanDependents: true, propagationPolicy: 'x', dryRun: ['y'] },
      'DeleteOptions.meta.k8s.io "" is invalid: [propagationPolicy: Invalid value: "x": orphanDependents and deletionPropagation cannot be both set, ' +
        'propagationPolicy: Unsupported value: "x": supported values: "Foreground", "Background", "Orphan", "nil", ' +
        'dryRun: Unsupported value: ["y"]: supported values: "All"]',
    ],
  ];
  for (const [options, text] of table) assert.equal(refusal(checkDeleteOptions, options), text);
});

function refusal<Options>(check: (options: Options) => void, options: Options): string | undefined {
  try {
    check(options);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof StatusError);
    return error.message;
  }
}
