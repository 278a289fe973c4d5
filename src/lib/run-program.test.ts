import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChecked, runProgram } from './run-program.ts';

test('runProgram passes standard input and returns output and code', async () => {
  const result = await runProgram('sh', ['-c', 'cat; echo oops >&2; exit 3'], { stdin: 'hello' });
  assert.deepEqual(result, { code: 3, stdout: 'hello', stderr: 'oops\n' });
});

test('runProgram names a program that is missing', async () => {
  await assert.rejects(runProgram('no-such-program-here', []), { message: 'Cannot run no-such-program-here: it is not installed' });
});

test('runProgram survives a program that does not read its input', async () => {
  const result = await runProgram('true', [], { stdin: 'x'.repeat(1 << 20) });
  assert.equal(result.code, 0);
});

test('runChecked turns a non-zero code into an error with the reason', async () => {
  await assert.rejects(runChecked('sh', ['-c', 'echo bad >&2; exit 2']), { message: 'sh -c echo bad >&2; exit 2 failed with code 2: bad' });
});
