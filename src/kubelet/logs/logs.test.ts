import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ContainerTarget } from '../streaming/contract.ts';
import { waitFor } from '#lib';
import { chooseLog } from './container-log.ts';
import { type LogOptions, logOptionsOf } from './log-options.ts';
import { readLog } from './read-log.ts';

const ALL: LogOptions = { follow: false, previous: false, timestamps: false, stream: 'All' };
const TIME = '2026-01-01T00:00:0';
const LOG = [
  `${TIME}0.1Z stdout F one\n`,
  `${TIME}1.12Z stderr P tw\n`,
  `${TIME}2.123Z stderr F o\n`,
  `${TIME}3.123456789Z stdout F \n`,
  `${TIME}4.5+02:00 stdout F four \n`,
].join('');

function fixture(content: string) {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-log-'));
  const path = join(dir, '0.log');
  writeFileSync(path, content);
  return { path, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}
async function read(content: string, options: Partial<LogOptions>): Promise<string> {
  using file = fixture(content);
  const parts: Buffer[] = [];
  for await (const part of readLog({ ...ALL, ...options, path: file.path, signal: new AbortController().signal })) parts.push(part);
  return Buffer.concat(parts).toString();
}

test('readLog shows', async (t) => {
  const cases: [string, Partial<LogOptions>, string][] = [
    ['whole lines from both streams', {}, 'one\ntwo\n\nfour \n'],
    [
      'times with nine digits, once for a line in parts',
      { timestamps: true },
      `${TIME}0.100000000Z one\n${TIME}1.120000000Z two\n${TIME}3.123456789Z \n${TIME}4.500000000+02:00 four \n`,
    ],
    ['one stream', { stream: 'Stderr' }, 'two\n'],
    ['the last lines', { tailLines: 2 }, '\nfour \n'],
    ['everything when fewer lines are there', { tailLines: 99 }, 'one\ntwo\n\nfour \n'],
    ['nothing of zero lines', { tailLines: 0 }, ''],
    ['no more than so many bytes', { limitBytes: 6 }, 'one\ntw'],
    ['lines since a time', { sinceMs: Date.parse(`${TIME}2Z`) }, 'o\n\n'],
  ];
  for (const [name, options, expected] of cases) await t.test(name, async () => assert.equal(await read(LOG, options), expected));
  await t.test('lines longer than a block, and the tail of a large file', async () => {
    const long = 'x'.repeat(200_000);
    const content = Array.from({ length: 5 }, (_, index) => `${TIME}0Z stdout F ${index}${long}\n`).join('');
    assert.equal((await read(content, {})).length, 5 * 200_002);
    assert.equal(await read(content, { tailLines: 1 }), `4${long}\n`);
  });
  await t.test('what a crash left of a line as nothing', async () => assert.equal(await read(`${TIME}0Z stdout F a\n${TIME}1Z std`, {}), 'a\n'));
});

test('readLog follows through a rotation to the end of the container', async () => {
  using file = fixture(`${TIME}0Z stdout F old\n`);
  let end: () => void = () => assert.fail('nobody waits for the end');
  const onEnd = (ended: () => void) => {
    end = ended;
    return () => undefined;
  };
  let seen = '';
  const reading = (async () => {
    for await (const part of readLog({ ...ALL, follow: true, path: file.path, signal: new AbortController().signal, onEnd })) seen += part.toString();
  })();
  await waitFor('the first line', () => seen === 'old\n');
  appendFileSync(file.path, `${TIME}1Z stdout F ne`);
  appendFileSync(file.path, 'w\n');
  await waitFor('the second line', () => seen === 'old\nnew\n');
  renameSync(file.path, `${file.path}.rotated`);
  appendFileSync(`${file.path}.rotated`, `${TIME}2Z stdout F late\n`);
  writeFileSync(file.path, `${TIME}3Z stdout F fresh\n`);
  await waitFor('lines around the rotation', () => seen === 'old\nnew\nlate\nfresh\n');
  appendFileSync(file.path, `${TIME}4Z stdout F last\n`);
  end();
  await reading;
  assert.equal(seen, 'old\nnew\nlate\nfresh\nlast\n');
});

test('readLog stops following when nobody listens any more', async () => {
  using file = fixture('');
  const gone = new AbortController();
  const reading = Array.fromAsync(readLog({ ...ALL, follow: true, path: file.path, signal: gone.signal, onEnd: () => () => undefined }));
  gone.abort();
  assert.deepEqual(await reading, []);
});

test('logOptionsOf', async (t) => {
  const now = Date.UTC(2026, 0);
  const cases: [string, Partial<LogOptions> | 400 | 422][] = [
    ['', {}],
    ['follow=true&timestamps=1&previous=false', { follow: true, timestamps: true }],
    ['tailLines=5&limitBytes=10', { tailLines: 5, limitBytes: 10 }],
    ['sinceSeconds=60', { sinceMs: now - 60_000 }],
    ['sinceTime=2025-12-31T00:00:00Z', { sinceMs: Date.UTC(2025, 11, 31) }],
    ['stream=Stdout', { stream: 'Stdout' }],
    ['tailLines=x', 400],
    ['follow=maybe', 400],
    ['sinceTime=yesterday', 400],
    ['tailLines=-1', 422],
    ['limitBytes=0', 422],
    ['sinceSeconds=0', 422],
    ['sinceSeconds=1&sinceTime=2025-12-31T00:00:00Z', 422],
    ['stream=Stdout&tailLines=1', 422],
    ['stream=Other', 422],
  ];
  for (const [query, expected] of cases) {
    await t.test(query || 'nothing', () => {
      const options = logOptionsOf(new URLSearchParams(query), now);
      if (typeof expected === 'number') assert.deepEqual(options, { invalid: expected });
      else assert.deepEqual(options, { ...ALL, sinceMs: undefined, tailLines: undefined, limitBytes: undefined, ...expected });
    });
  }
});

test('chooseLog', async (t) => {
  const base: ContainerTarget = {
    namespace: 'n',
    podName: 'p',
    podUid: '1',
    container: 'c',
    containerId: 'new',
    logPath: '/1.log',
    previousLogPath: '/0.log',
    tty: false,
    stdin: false,
  };
  const ended = (id: string) => ({ terminated: { exitCode: 1, containerID: `containerd://${id}` } });
  const subject = 'container "c" in pod "p"';
  const cases: [string, Partial<ContainerTarget>, boolean, string][] = [
    ['running', { state: { running: {} } }, false, '/1.log'],
    ['ended', { state: ended('new') }, false, '/1.log'],
    ['in crash loop', { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended('new') }, false, '/1.log'],
    ['previous of a running one', { state: { running: {} }, lastState: ended('old') }, true, '/0.log'],
    ['previous in crash loop', { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended('new') }, true, '/1.log'],
    ['no previous', { state: { running: {} } }, true, `previous terminated ${subject} not found`],
    ['unknown', {}, false, `${subject} is not available`],
    ['being created', { state: { waiting: { reason: 'ContainerCreating' } } }, false, `${subject} is waiting to start: ContainerCreating`],
    ['image missing', { state: { waiting: { reason: 'ErrImagePull' } } }, false, `${subject} is waiting to start: image can't be pulled`],
    [
      'image missing for long',
      { state: { waiting: { reason: 'ImagePullBackOff' } } },
      false,
      `${subject} is waiting to start: trying and failing to pull image`,
    ],
  ];
  for (const [name, target, previous, expected] of cases) {
    await t.test(name, () => {
      const choice = chooseLog({ ...base, ...target }, previous);
      assert.equal('refusal' in choice ? choice.refusal : choice.path, expected);
    });
  }
});
