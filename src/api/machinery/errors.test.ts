import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  duplicate,
  type FieldError,
  forbidden,
  formatFieldError,
  internalError,
  invalid,
  notFound,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from './field-error.ts';
import {
  newAlreadyExists,
  newConflict,
  newForbidden,
  newInternalError,
  newInvalid,
  newMethodNotSupported,
  newNotFound,
  newServerTimeout,
  newTooManyRequests,
  StatusError,
} from './status-error.ts';

test('field errors read as upstream’s', () => {
  const table: [FieldError, string][] = [
    [required('spec.a'), 'spec.a: Required value'],
    [required('spec.a', 'why'), 'spec.a: Required value: why'],
    [invalid('a', 'x"y', 'must be z'), 'a: Invalid value: "x\\"y": must be z'],
    [invalid('a', 5, 'must be z'), 'a: Invalid value: 5: must be z'],
    [invalid('a', true, 'must be z'), 'a: Invalid value: true: must be z'],
    [invalid('a', undefined, 'field is immutable'), 'a: Invalid value: "null": field is immutable'],
    [notSupported('a', 'x', ['A', 'B']), 'a: Unsupported value: "x": supported values: "A", "B"'],
    [forbidden('a', 'no'), 'a: Forbidden: no'],
    [duplicate('a', 'x'), 'a: Duplicate value: "x"'],
    [notFound('a', 'x'), 'a: Not found: "x"'],
    [tooLong('a', 63), 'a: Too long: may not be more than 63 bytes'],
    [tooMany('a', 5, 3), 'a: Too many: 5: must have at most 3 items'],
    [typeInvalid('a', 'x', 'must be an int'), 'a: Invalid value: "x": must be an int'],
    [internalError('a', 'broken'), 'a: Internal error: broken'],
  ];
  for (const [error, text] of table) assert.equal(formatFieldError(error), text);
});

test('statuses carry upstream’s code, text and details', () => {
  const pods = { group: '', plural: 'pods' };
  const deployments = { group: 'apps', plural: 'deployments' };
  const table: [StatusError, number, string, object | undefined][] = [
    [newNotFound(pods, 'x'), 404, 'pods "x" not found', { name: 'x', kind: 'pods' }],
    [newNotFound(deployments, 'x'), 404, 'deployments.apps "x" not found', { name: 'x', group: 'apps', kind: 'deployments' }],
    [newAlreadyExists(pods, 'x'), 409, 'pods "x" already exists', { name: 'x', kind: 'pods' }],
    [newConflict(pods, 'x', 'why'), 409, 'Operation cannot be fulfilled on pods "x": why', { name: 'x', kind: 'pods' }],
    [newForbidden(pods, 'x', 'why'), 403, 'pods "x" is forbidden: why', { name: 'x', kind: 'pods' }],
    [newForbidden(pods, '', 'why'), 403, 'pods is forbidden: why', { kind: 'pods' }],
    [newInternalError(new Error('why')), 500, 'Internal error occurred: why', { causes: [{ message: 'why' }] }],
    [newMethodNotSupported(pods, 'patch'), 405, 'patch is not supported on resources of kind "pods"', { kind: 'pods' }],
    [newTooManyRequests('slow down', 3), 429, 'slow down', { retryAfterSeconds: 3 }],
    [
      newServerTimeout(pods, 'list', 2),
      500,
      'The list operation against pods could not be completed at this time, please try again.',
      { kind: 'pods', retryAfterSeconds: 2 },
    ],
  ];
  for (const [error, code, message, details] of table) {
    const status = error.toStatus();
    assert.deepEqual([status.code, status.message, status.details], [code, message, details]);
    assert.deepEqual(StatusError.fromStatus(status).toStatus(), status);
  }
});

test('an invalid object names every field once', () => {
  const kind = { group: 'apps', kind: 'Deployment' };
  const one = newInvalid(kind, 'd', [required('spec.a')]);
  assert.equal(one.message, 'Deployment.apps "d" is invalid: spec.a: Required value');
  assert.deepEqual(one.details, {
    name: 'd',
    group: 'apps',
    kind: 'Deployment',
    causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.a' }],
  });
  assert.equal(
    newInvalid(kind, 'd', [required('a'), required('b'), required('a')]).message,
    'Deployment.apps "d" is invalid: [a: Required value, b: Required value]',
  );
  assert.equal(newInvalid({ group: '', kind: '' }, '', [required('patch')]).message, ' "" is invalid: patch: Required value');
});
