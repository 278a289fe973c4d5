import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, humanDuration, parseDuration } from './duration.ts';
import { parseMicroTime, parseTime } from './time.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

test('Go durations are read and printed', () => {
  const table: [string, number, string][] = [
    ['0', 0, '0s'],
    ['1h', HOUR, '1h0m0s'],
    ['1h30m', 1.5 * HOUR, '1h30m0s'],
    ['1.5h', 1.5 * HOUR, '1h30m0s'],
    ['90s', 90 * SECOND, '1m30s'],
    ['250ms', 250, '250ms'],
    ['1.5s', 1500, '1.5s'],
    ['1500us', 1.5, '1.5ms'],
    ['10us', 0.01, '10µs'],
    ['-1m', -MINUTE, '-1m0s'],
    ['+5s', 5 * SECOND, '5s'],
    ['.5s', 500, '500ms'],
  ];
  for (const [text, ms, printed] of table) {
    assert.equal(parseDuration(text), ms, text);
    assert.equal(formatDuration(ms), printed, text);
  }
  assert.throws(() => parseDuration('5'), { message: 'time: missing unit in duration "5"' });
  assert.throws(() => parseDuration('5d'), { message: 'time: unknown unit "d" in duration "5d"' });
  for (const text of ['', 's', '.', '-']) assert.throws(() => parseDuration(text), { message: `time: invalid duration ${JSON.stringify(text)}` });
});

test('ages read as kubectl shows them', () => {
  const table: [number, string][] = [
    [-5 * SECOND, '<invalid>'],
    [-1 * SECOND, '0s'],
    [0, '0s'],
    [119 * SECOND, '119s'],
    [2 * MINUTE, '2m'],
    [3 * MINUTE + 10 * SECOND, '3m10s'],
    [10 * MINUTE + 5 * SECOND, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR, '3h'],
    [7 * HOUR + 59 * MINUTE, '7h59m'],
    [47 * HOUR, '47h'],
    [48 * HOUR, '2d'],
    [51 * HOUR, '2d3h'],
    [8 * DAY, '8d'],
    [400 * DAY, '400d'],
    [730 * DAY, '2y'],
    [740 * DAY, '2y10d'],
    [8 * 365 * DAY + 9 * DAY, '8y'],
  ];
  for (const [ms, text] of table) assert.equal(humanDuration(ms), text, String(ms));
});

test('times become UTC seconds or microseconds', () => {
  assert.deepEqual(parseTime('2026-01-02T03:04:05Z'), { value: '2026-01-02T03:04:05Z' });
  assert.deepEqual(parseTime('2026-01-02T03:04:05.678+02:00'), { value: '2026-01-02T01:04:05Z' });
  assert.deepEqual(parseMicroTime('2026-01-02T03:04:05.123456Z'), { value: '2026-01-02T03:04:05.123456Z' });
  assert.deepEqual(parseMicroTime('0001-01-01T00:00:00.000000Z'), { value: null });
  assert.deepEqual(parseTime('0010-02-03T00:00:00.5Z'), { value: '0010-02-03T00:00:00Z' });
  assert.deepEqual(parseMicroTime('2026-01-02T03:04:05.1234567Z'), {
    error: 'parsing time "2026-01-02T03:04:05.1234567Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "7Z" as "Z07:00"',
  });
  const table: [string, string][] = [
    ['yesterday', 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'],
    ['2026-01-02', 'parsing time "2026-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    ['2026-01-02T03:04:05', 'parsing time "2026-01-02T03:04:05" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'],
    ['2026-13-02T03:04:05Z', 'parsing time "2026-13-02T03:04:05Z": month out of range'],
    ['2026-02-29T03:04:05Z', 'parsing time "2026-02-29T03:04:05Z": day out of range'],
    ['2026-01-02T03:04:05Zx', 'parsing time "2026-01-02T03:04:05Zx": extra text: "x"'],
  ];
  for (const [text, error] of table) assert.deepEqual(parseTime(text), { error });
});
