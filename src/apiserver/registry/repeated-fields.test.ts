import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaOf } from '#api';
import { parseRepeated } from './repeated-fields.ts';

test('repeated fields of a kind go over each other as in Go', () => {
  const pod = schemaOf({ groupVersion: 'core/v1', struct: 'Pod' });
  const table: [text: string, value: unknown, findings: string[]][] = [
    // Structs and maps get both parts, members of maps the last.
    [
      '{"metadata":{"name":"a","labels":{"x":"1"}}, "metadata" : {"labels":{"y":"2","y":"3"}}}',
      { metadata: { name: 'a', labels: { x: '1', y: '3' } } },
      ['duplicate field "metadata"', 'duplicate field "metadata.labels.y"'],
    ],
    // So do items of lists; the last list says how many there are.
    [
      '{"spec":{"containers":[{"name":"a","image":"i"},{"name":"b"}],"containers":[{"name":"c"}]}}',
      { spec: { containers: [{ name: 'c', image: 'i' }] } },
      ['duplicate field "spec.containers"'],
    ],
    // Null empties maps and pointers, and says nothing to others.
    [
      '{"metadata":{"name":"a","name":null,"labels":{"x":"1"},"labels":null,"deletionGracePeriodSeconds":1,"deletionGracePeriodSeconds":null}}',
      { metadata: { name: 'a', labels: null, deletionGracePeriodSeconds: null } },
      ['duplicate field "metadata.name"', 'duplicate field "metadata.labels"', 'duplicate field "metadata.deletionGracePeriodSeconds"'],
    ],
    // Findings stand in order of the text; what is unknown is not repeated, and nothing in it is looked at.
    [
      '{"zz":{"a":1,"a":"}\\\\"},"kind":"x","kind":"Pod","zz":2,"spec":{"q":[{}],"nodeName":"n","nodeName":"m"}}',
      { kind: 'Pod', spec: { nodeName: 'm' } },
      ['unknown field "zz"', 'duplicate field "kind"', 'unknown field "spec.q"', 'duplicate field "spec.nodeName"'],
    ],
    // Nor in what is kept as it is.
    [
      '{"kind":"","kind":"Pod","metadata":{"managedFields":[{"fieldsV1":{"f:a":{"x":1},"f:a":{}}}]}}',
      { kind: 'Pod', metadata: { managedFields: [{ fieldsV1: { 'f:a': {} } }] } },
      ['duplicate field "kind"'],
    ],
    // Wrong types are left to decoding.
    [
      '{"kind":5,"kind":[],"spec":[1,{"a":1}],"metadata":{"labels":[]}}',
      { kind: [], spec: [1, { a: 1 }], metadata: { labels: [] } },
      ['duplicate field "kind"'],
    ],
  ];
  for (const [text, value, findings] of table) assert.deepEqual(parseRepeated(text, pod), { value, findings }, text);
});

test('no more findings are told than upstream tells', () => {
  const fields = Array.from({ length: 120 }, (_, i) => `"u${i}":1`);
  assert.equal(parseRepeated(`{${fields.join(',')}}`, schemaOf({ groupVersion: 'core/v1', struct: 'Pod' })).findings.length, 100);
});
