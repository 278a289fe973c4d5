import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, startTestServer, type TestServer, textOf } from './testing/test-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(async () => await server[Symbol.asyncDispose]());

let count = 0;
async function configMap(data: Record<string, string> = { b: '1', a: '1' }): Promise<string> {
  const name = `m${count++}`;
  const { status } = await server.fetch('POST', MAPS, { body: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name }, data } });
  assert.equal(status, 201);
  return `${MAPS}/${name}`;
}
async function patch(path: string, type: keyof typeof TYPES, body: unknown): Promise<Answer> {
  return await server.fetch('PATCH', path, { headers: { 'content-type': TYPES[type] }, body });
}
function warnings({ headers }: Answer): unknown {
  return headers['warning'];
}

test('what is no patch is refused in the words of the kind of patch', async () => {
  const path = await configMap();
  const table: [keyof typeof TYPES, string, string, string][] = [
    ['json', '{}', '', 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
    ['json', '{}', 'Ignore', 'json: cannot unmarshal object into Go value of type jsonpatch.Patch'],
    ['json', '["x"]', '', 'error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp'],
    ['json', '["x"]', 'Ignore', 'json: cannot unmarshal string into Go value of type jsonpatch.Operation'],
    ['json', '[{"op":1}]', '', 'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string'],
    ['json', '[', 'Ignore', 'unexpected end of JSON input'],
    ['merge', '{"a"', '', 'error decoding patch: unexpected end of JSON input'],
    ['merge', '{"a"', 'Ignore', 'Invalid JSON Patch'],
    ['merge', '"x"', '', 'error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}'],
    ['merge', '"x"', 'Ignore', 'Invalid JSON Patch'],
    ['strategic', '[1]', '', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['strategic', '{', '', 'unexpected end of JSON input'],
  ];
  for (const [type, body, validation, message] of table) {
    const answer = await patch(`${path}${validation && `?fieldValidation=${validation}`}`, type, body);
    assert.equal(answer.status, 400, body);
    assert.equal(answer.json['message'], message, `${type} ${body} ${validation}`);
  }
});

test('null patches change nothing', async () => {
  const path = await configMap();
  for (const type of ['json', 'merge', 'strategic'] as const) assert.equal((await patch(path, type, 'null')).status, 200, type);
});

test('a strict patch is judged by what it makes of the object', async () => {
  const path = await configMap();
  const table: [keyof typeof TYPES, string, RegExp][] = [
    [
      'merge',
      '{"zz":1,"data":{"c":"1"}}',
      /^ "" is invalid: patch: Invalid value: "\{\\"apiVersion\\":\\"v1\\",\\"data\\":\{\\"a\\":\\"1\\",\\"b\\":\\"1\\",\\"c\\":\\"1\\"\},\\"kind\\".*\}": strict decoding error: unknown field "zz"$/,
    ],
    ['merge', '{"data":{"a":"2","a":"3"}}', /strict decoding error: duplicate field "data\.a"$/],
    [
      'json',
      '[{"op":"add","path":"/zz","value":1,"more":2}]',
      // What the patch left alone stands as Go writes it: fields as declared, maps in order.
      /"data\\":\{\\"a\\":\\"1\\",\\"b\\":\\"1\\"\},.*\\"metadata\\":\{\\"name\\":[^{]*\\"uid\\":[^{]*\\"resourceVersion\\":[^{]*\\"creationTimestamp\\":[^{]*\\"managedFields\\":\[\{\\"manager\\":.*strict decoding error: json patch unknown field "\[0\]\.more", unknown field "zz"$/,
    ],
    ['strategic', '{"zz":1}', /patch: Invalid value: "map\[zz:1\]": strict decoding error: unknown field "zz"$/],
  ];
  for (const [type, body, message] of table) {
    const strict = await patch(`${path}?fieldValidation=Strict`, type, body);
    assert.equal(strict.status, 422, body);
    assert.match(textOf(strict.json['message']), message);
  }
  // Converting tells what it did not know in order of its words, decoding the patched text in that of the text.
  const several = '{"zz":1,"metadata":{"yy":1,"bb":1,"labels":{"a":"1","a":"2"}},"ba":{"z":1},"Zz":1}';
  const orders: [keyof typeof TYPES, string, string[]][] = [
    ['strategic', several, ['Zz', 'ba', 'metadata.bb', 'metadata.yy', 'zz']],
    ['merge', several, ['Zz', 'ba', 'metadata.bb', 'metadata.yy', 'zz']],
    ['json', '[{"op":"add","path":"/zz","value":1},{"op":"add","path":"/binaryData","value":{}},{"op":"add","path":"/aa","value":1}]', ['aa', 'zz']],
  ];
  for (const [type, body, fields] of orders) {
    const { json } = await patch(`${path}?fieldValidation=Strict`, type, body);
    const unknown = [...textOf(json['message']).matchAll(/unknown field "(.*?)"/g)].map((match) => match[1]);
    assert.deepEqual(unknown, fields, body);
  }
  const lenient = await patch(path, 'json', '[{"op":"add","path":"/zz","value":1,"more":2}]');
  assert.equal(lenient.status, 200);
  assert.equal(warnings(lenient), '299 - "json patch unknown field \\"[0].more\\"", 299 - "unknown field \\"zz\\""');
  const silent = await patch(`${path}?fieldValidation=Ignore`, 'merge', '{"zz":1}');
  assert.equal(warnings(silent), undefined);
});

test('what a JSON patch expects is compared as Go writes it', async () => {
  const path = await configMap({ plain: 'ü/"\n', html: '<&>' });
  const table: [operation: string, status: number][] = [
    [String.raw`{"op":"test","path":"/data/plain","value":"ü/\"\n"}`, 200],
    [String.raw`{"op":"test","path":"/data/plain","value":"\u00fc/\"\n"}`, 422],
    [String.raw`{"op":"test","path":"/data/plain","value":"ü\/\"\n"}`, 422],
    [String.raw`{"op":"test","path":"/data/html","value":"\u003c\u0026\u003e"}`, 200],
    [String.raw`{"op":"test","path":"/data/html","value":"<&>"}`, 422],
    [String.raw`{"op":"test","path":"/data","value":{"html":"\u003c\u0026\u003e", "\u0070lain":"ü/\"\n"}}`, 200],
    [String.raw`{"op":"test","path":"/data","value":{"html":"<&>","plain":"ü/\"\n"}}`, 422],
    [String.raw`{"path":"/data","value":"<","op":"test","value":{"html":"\u003c\u0026\u003e","plain":"ü/\"\n"}}`, 200],
    // Only what is tested is looked at.
    [String.raw`{"op":"add","path":"/data/x","value":"<\u00fc"},{"op":"test","path":"/kind","value":"ConfigMap"}`, 200],
    [String.raw`{"op":"test","path":"/metadata/labels","value":null},{"op":"test","path":"/kind","value":"C\u006fnfigMap"}`, 422],
  ];
  for (const [operations, status] of table) assert.equal((await patch(`${path}?dryRun=All`, 'json', `[${operations}]`)).status, status, operations);
  const labels = { a: 'b' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  assert.equal(
    (await server.fetch('POST', deployments, { body: { metadata: { name: 'd' }, spec: { replicas: 2, selector: { matchLabels: labels }, template } } })).status,
    201,
  );
  for (const [value, status] of Object.entries({ '2': 200, '3': 422, '2.0': 422, '2e0': 422 })) {
    const answer = await patch(`${deployments}/d?dryRun=All`, 'json', `[{"op":"test","path":"/spec/replicas","value":${value}}]`);
    assert.equal(answer.status, status, value);
  }
});

test('repeated keys of an applied YAML are told behind the merge', async () => {
  const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata:\n  a: "1"\n  a: "2"\n';
  const strict = await patch(`${MAPS}/yaml?fieldManager=m&fieldValidation=Strict`, 'apply', body);
  assert.equal(strict.status, 400, strict.text);
  const line = 'line 6: key "a" already set in map';
  assert.equal(strict.json['message'], `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${line}`);
  const warned = await patch(`${MAPS}/yaml?fieldManager=m&fieldValidation=Warn`, 'apply', body);
  assert.equal(warned.status, 201);
  assert.equal(warnings(warned), `299 - ${JSON.stringify(line)}`);
  assert.deepEqual(warned.json['data'], { a: '2' });
});

test('what strict decoding finds in a JSON body stands in order of its text', async () => {
  const body = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","name":"json","more":1},"u":1,"v":1,"v":2,"data":{"a":"1"},"data":{"b":"2"}}`;
  const post = async (validation: string): Promise<Answer> =>
    await server.fetch('POST', `${MAPS}?dryRun=All&fieldValidation=${validation}`, { headers: { 'content-type': 'application/json' }, body });
  const strict = await post('Strict');
  const found = 'duplicate field "metadata.name", unknown field "metadata.more", unknown field "u", unknown field "v", duplicate field "data"';
  assert.equal(strict.json['message'], `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ${found}`);
  const silent = await post('Ignore');
  assert.equal(silent.status, 201, silent.text);
  assert.equal(warnings(silent), undefined);
  assert.deepEqual(silent.json['data'], { a: '1', b: '2' });
});

test('repeated keys of a YAML body are found by strict decoding', async () => {
  const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice}\ndata: {a: "1", "a": "2"}\nzz: 1\n';
  const post = async (validation: string): Promise<Answer> =>
    await server.fetch('POST', `${MAPS}?fieldValidation=${validation}`, { headers: { 'content-type': 'application/yaml' }, body });
  const strict = await post('Strict');
  const found = 'yaml: unmarshal errors:\n  line 4: key "a" already set in map, unknown field "zz"';
  assert.equal(strict.json['message'], `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ${found}`);
  assert.equal(warnings(await post('Warn')), '299 - "line 4: key \\"a\\" already set in map", 299 - "unknown field \\"zz\\""');
});

test('what is applied must be of the endpoint’s type', async () => {
  const table: [unknown, string][] = [
    [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }, 'invalid object type: /v1, Kind=Secret'],
    [{ apiVersion: 'apps/v1', kind: 'ConfigMap' }, 'invalid object type: apps/v1, Kind=ConfigMap'],
    [{ metadata: { name: 'x' } }, 'invalid object type: /, Kind='],
    ['[1]', 'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}'],
    [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', managedFields: [] } }, 'metadata.managedFields must be nil'],
  ];
  for (const [body, message] of table) {
    const answer = await patch(`${MAPS}/x?fieldManager=m`, 'apply', body);
    assert.equal(answer.status, 400);
    assert.equal(answer.json['message'], message);
  }
  const unborn = await patch(`${MAPS}/x?fieldManager=m`, 'apply', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', uid: 'u' } });
  assert.equal(unborn.status, 409);
  const text = 'uid mismatch: the provided object specified uid u, and no existing object was found';
  assert.equal(unborn.json['message'], `Operation cannot be fulfilled on configmaps "x": ${text}`);
});

test('a strategic merge patch has no say in the type, and JSON patches have a limit', async () => {
  const path = await configMap();
  const answer = await patch(path, 'strategic', { kind: 'Pod', apiVersion: 'apps/v7', data: { z: '1' } });
  assert.equal(answer.status, 200);
  assert.equal(answer.json['kind'], 'ConfigMap');
  const many = await patch(
    path,
    'json',
    Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' })),
  );
  assert.equal(many.status, 413);
  assert.equal(many.json['message'], 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001');
  const failed = await patch(path, 'json', [{ op: 'test', path: '/kind', value: 'x' }]);
  assert.equal(failed.status, 422);
  assert.equal(failed.json['message'], 'the server rejected our request due to an error in our request');
});

test('integers beyond 2^53 go through every kind of write unharmed', async () => {
  const [huge, other] = ['9007199254740993', '9223372036854775807'];
  const path = '/apis/apps/v1/namespaces/default/controllerrevisions';
  const body = `{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"r"},"revision":${huge},"data":{"a":${huge}}}`;
  const created = await server.fetch('POST', path, { body });
  assert.equal(created.status, 201, created.text);
  const holds = (answer: Answer, ...parts: string[]): void => {
    assert.ok(answer.status < 300, answer.text);
    for (const part of parts) assert.ok(answer.text.includes(part), `${part}: ${answer.text}`);
  };
  holds(created, `"revision":${huge}`, `"a":${huge}`);
  holds(await server.fetch('GET', `${path}/r`), `"revision":${huge}`, `"a":${huge}`);
  holds(await patch(`${path}/r`, 'merge', '{"metadata":{"labels":{"x":"y"}}}'), `"revision":${huge}`, `"a":${huge}`);
  holds(await patch(`${path}/r`, 'strategic', `{"revision":${other}}`), `"revision":${other}`, `"a":${huge}`);
  holds(
    await patch(`${path}/r`, 'json', `[{"op":"test","path":"/revision","value":${other}},{"op":"replace","path":"/revision","value":${huge}}]`),
    `"revision":${huge}`,
  );
  holds(
    await patch(`${path}/r?fieldManager=m`, 'apply', `{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"r"},"revision":${huge}}`),
    `"revision":${huge}`,
  );
  const tooBig = await patch(`${path}/r`, 'merge', '{"revision":9223372036854775808}');
  assert.equal(tooBig.status, 422);
  assert.match(
    textOf(tooBig.json['message']),
    /json: cannot unmarshal number 9223372036854775808 into Go struct field ControllerRevision\.revision of type int64$/,
  );
});

test('graces beyond 2^53 wrap around as Go’s durations do', async () => {
  const pods = '/api/v1/namespaces/default/pods';
  await server.fetch('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const huge = '9007199254740993';
  const spec = `{"nodeName":"n","terminationGracePeriodSeconds":${huge},"containers":[{"name":"c","image":"i"}]}`;
  for (const [name, query] of [
    ['own', ''],
    ['asked', `?gracePeriodSeconds=${huge}`],
  ]) {
    const made = await server.fetch('POST', pods, { body: `{"metadata":{"name":"${name}"},"spec":${spec}}` });
    assert.equal(made.status, 201, made.text);
    const marked = await server.fetch('DELETE', `${pods}/${name}${query}`);
    assert.equal(marked.status, 200, marked.text);
    assert.ok(marked.text.includes(`"deletionGracePeriodSeconds":${huge}`), marked.text);
    const shortened = await server.fetch('DELETE', `${pods}/${name}?gracePeriodSeconds=5`);
    assert.ok(shortened.text.includes('"deletionGracePeriodSeconds":5'), shortened.text);
  }
});

test('merge patches leave no nulls in the objects of lists', async () => {
  const path = '/api/v1/namespaces/default/serviceaccounts';
  await server.fetch('POST', path, { body: { metadata: { name: 'nulls' } } });
  const sent = { metadata: { ownerReferences: null, annotations: { a: null, b: '1' } }, imagePullSecrets: [{ name: 'x', none: null }] };
  const answer = await patch(`${path}/nulls?fieldValidation=Strict`, 'merge', sent);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual([answer.json['imagePullSecrets'], answer.json['metadata']?.['annotations']], [[{ name: 'x' }], { b: '1' }]);
});

test('what is no type of patch is refused by the router, what only looks like one by the endpoint', async () => {
  const path = await configMap();
  const known = 'application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml';
  const listed = `the body of the request was in an unknown format - accepted media types include: ${known}`;
  for (const [type, message] of [
    ['application/json', '415: Unsupported Media Type'],
    ['Application/Merge-Patch+json', '415: Unsupported Media Type'],
    ['application/merge-patch+json, application/json-patch+json', listed],
    ['application/merge-patch+json ;a=b', listed],
  ] as const) {
    const answer = await server.fetch('PATCH', path, { headers: { 'content-type': type }, body: {} });
    assert.deepEqual([answer.status, answer.json['reason'], answer.json['message']], [415, 'UnsupportedMediaType', message], type);
    assert.equal(JSON.stringify(answer.json['details']), message === listed ? undefined : '{}', type);
  }
});

test('applied YAML: the first document counts, no document is no object', async () => {
  const path = await configMap();
  const name = path.slice(path.lastIndexOf('/') + 1);
  const head = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
  const first = await patch(`${path}?fieldManager=m&force=yes`, 'apply', `---\n${head}data: {a: first}\n---\n${head}data: {a: second}\n`);
  assert.deepEqual([first.status, first.json['data']?.['a']], [200, 'first'], first.text);
  const none = await patch(`${path}?fieldManager=m`, 'apply', '');
  assert.deepEqual([none.status, none.json['message']], [400, 'invalid object type: /, Kind=']);
});

test('what a body calls itself is judged by the kinds there are', async () => {
  const answerTo = async (body: unknown): Promise<unknown> => (await server.fetch('POST', MAPS, { body })).json['message'];
  const scheme = 'in scheme "pkg/api/legacyscheme/scheme.go:30"';
  for (const [apiVersion, kind, reason] of [
    ['v1', 'Pod', 'converting (v1.Pod) to (core.ConfigMap): unknown conversion'],
    ['v1', 'Nope', `no kind "Nope" is registered for version "v1" ${scheme}`],
    ['v2', 'ConfigMap', `no kind "ConfigMap" is registered for version "v2" ${scheme}`],
    ['constructor', 'toString', `no kind "toString" is registered for version "constructor" ${scheme}`],
  ] as const) {
    const expected = `${kind} in version "${apiVersion}" cannot be handled as a ConfigMap: ${reason}`;
    assert.equal(await answerTo({ apiVersion, kind, metadata: { name: 'x' } }), expected);
  }
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1beta1', kind: 'Role', metadata: { name: 'x' } };
  const roles = await server.fetch('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', { body: role });
  const mismatch = 'the API version in the data (rbac.authorization.k8s.io/v1beta1) does not match the expected API version (rbac.authorization.k8s.io/v1)';
  assert.equal(roles.json['message'], mismatch);
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const definitionScheme = 'in scheme "pkg/apiserver/apiserver.go:53"';
  for (const [apiVersion, kind, text] of [
    ['v1', 'Status', 'converting (v1.Status) to (apiextensions.CustomResourceDefinition): unknown conversion'],
    ['v1', 'Pod', `no kind "Pod" is registered for version "v1" ${definitionScheme}`],
  ] as const) {
    const { json } = await server.fetch('POST', definitions, { body: { apiVersion, kind, metadata: { name: 'x' } } });
    assert.equal(json['message'], `${kind} in version "v1" cannot be handled as a CustomResourceDefinition: ${text}`);
  }
  const former = { apiVersion: 'apiextensions.k8s.io/v1beta1', kind: 'CustomResourceDefinition', metadata: { name: 'x' } };
  const { json } = await server.fetch('POST', definitions, { body: former });
  assert.equal(json['message'], mismatch.replaceAll('rbac.authorization', 'apiextensions'));
  const path = await configMap();
  const patched = await patch(path, 'json', [{ op: 'replace', path: '/kind', value: 'Nope' }]);
  assert.equal(patched.status, 422);
  assert.ok(textOf(patched.json['message']).endsWith(`: no kind "Nope" is registered for version "v1" ${scheme}`), patched.text);
});

test('values of wrong types in strategic merge patches are worded as Go’s converter words them', async () => {
  const path = await configMap();
  const table: [patched: object, text: string][] = [
    [{ data: { a: 5 } }, 'cannot convert int64 to string'],
    [{ data: { a: 1.5 } }, 'unrecognized type: string'],
    [{ data: { a: true } }, 'unrecognized type: string'],
    [{ data: { a: [] } }, 'unrecognized type: string'],
    [{ immutable: 1 }, 'unrecognized type: bool'],
    [{ metadata: { generation: 'x' } }, 'unrecognized type: int64'],
    [{ metadata: { generation: 1.5 } }, 'cannot convert float64 to int64'],
    [{ binaryData: { x: 5 } }, 'cannot restore slice from int64'],
    [{ binaryData: { x: '!' } }, 'error decoding from json: illegal base64 data at input byte 0'],
    [{ data: 5 }, 'cannot restore map from int64'],
    [{ metadata: 5 }, 'cannot restore struct from: int64'],
  ];
  for (const [patched, text] of table) {
    const { status, json } = await patch(path, 'strategic', patched);
    assert.equal(status, 422, text);
    assert.ok(textOf(json['message']).endsWith(`": ${text}`), textOf(json['message']));
  }
});

test('what the schema of apply lets pass and Go’s type does not is a failure of the server', async () => {
  const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 1.5 }] } };
  const answer = await patch('/api/v1/namespaces/default/services/s?fieldManager=m', 'apply', body);
  const type = '/v1, Kind=Service';
  const text = `failed to convert new object (/s; ${type}) to proper version: unable to convert unstructured object to ${type}: cannot convert float64 to int32`;
  assert.deepEqual([answer.status, answer.json['message']], [500, text]);
});
