import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writable } from 'node:stream';
import { prepareBody } from './compress.ts';
import { beginBody, chunksOf, type PiecedBody } from './pieced-body.ts';

function bodyOf(pieces: readonly (Buffer | string)[], sizeHint?: number): { body: PiecedBody; expected: Buffer } {
  const expected = Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
  return { body: { sizeHint: sizeHint ?? expected.length, pieces: () => pieces }, expected };
}

/** What a connection gets that takes each chunk some time after it was written, and until then only looks at it. */
function received(sendTo: (out: Writable) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const out = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        setImmediate(() => {
          chunks.push(Buffer.from(chunk));
          done();
        });
      },
    });
    out.on('finish', () => resolve(Buffer.concat(chunks)));
    out.on('error', reject);
    sendTo(out);
  });
}

void test('a small body is whole at once, at any hint that is large enough', () => {
  for (const extra of [0, 1, 100]) {
    const { body, expected } = bodyOf(['{"a":', Buffer.from('1'), '}', 'é€😀']);
    const begun = beginBody({ ...body, sizeHint: expected.length + extra });
    // Text may be up to three times as long as its characters: it is tried in place only where that fits.
    assert.deepEqual('whole' in begun && begun.whole, expected);
  }
});

const cases: [string, (Buffer | string)[]][] = [
  ['many small pieces', Array.from({ length: 50_000 }, (_, i) => (i % 2 ? `text ${i} é` : Buffer.from(`bytes ${i}`)))],
  ['pieces larger than a chunk', [Buffer.alloc(700_000, 'a'), 'b'.repeat(600_000), Buffer.alloc(5, 'c')]],
  ['pieces that end with a chunk', [Buffer.alloc(256 * 1024, 'a'), Buffer.alloc(256 * 1024, 'b')]],
  ['nothing', []],
];
for (const [name, pieces] of cases) {
  void test(`${name} arrive complete and in order, whatever the hint says`, async () => {
    for (const hint of [undefined, 1, 10_000_000]) {
      const { body, expected } = bodyOf(pieces, hint);
      assert.ok(expected.equals(Buffer.concat([...chunksOf(body)].map((chunk) => Buffer.from(chunk)))));
      const begun = beginBody(body);
      if ('whole' in begun) {
        assert.ok(expected.equals(begun.whole));
        continue;
      }
      assert.ok(expected.equals(await received(begun.sendTo)));
    }
  });
}

void test('pieces that fail after the beginning break the answer off', async () => {
  function* pieces(): Generator<Buffer> {
    for (let i = 0; i < 3; i++) yield Buffer.alloc(200_000);
    throw new Error('as the test says');
  }
  const begun = beginBody({ sizeHint: 1_000_000, pieces });
  assert.ok('sendTo' in begun);
  await assert.rejects(received(begun.sendTo), /as the test says/);
});

test('a body that cannot even be begun is answered as a failure of the server', async () => {
  const pieces = (): Iterable<Buffer> => {
    throw new Error('as the test says');
  };
  const ready = await prepareBody({}, { status: 200, headers: { 'content-type': 'text/plain' }, body: { sizeHint: 10, pieces } });
  assert.equal(ready.status, 500);
  assert.ok('whole' in ready.begun);
  assert.match(ready.begun.whole.toString(), /"message":"Internal error occurred: as the test says"/);
});
