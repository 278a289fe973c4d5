import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { allResources } from '#api';
import { waitFor } from '#lib';
import { type Answer, startTestServer, type TestServer, textOf } from '../testing/test-server.ts';

/**
 * What each kind that knows fields of its own selects by, as upstream's field label conversions have it (pkg/apis/…/conversion.go). Where metadata.namespace is
 * not among them it is refused.
 */
const OWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'v1 pods': [
    'metadata.namespace',
    'spec.nodeName',
    'spec.host',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  'v1 nodes': ['spec.unschedulable'],
  'v1 namespaces': ['status.phase'],
  'v1 secrets': ['metadata.namespace', 'type'],
  'v1 services': ['metadata.namespace', 'spec.clusterIP', 'spec.type'],
  'v1 replicationcontrollers': ['metadata.namespace', 'status.replicas'],
  'v1 events': [
    'metadata.namespace',
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'events.k8s.io/v1 events': [
    'metadata.namespace',
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
    'regarding.apiVersion',
    'regarding.resourceVersion',
    'regarding.fieldPath',
    'reason',
    'reportingController',
    'type',
  ],
  'batch/v1 jobs': ['metadata.namespace', 'status.successful'],
  'certificates.k8s.io/v1 certificatesigningrequests': ['spec.signerName'],
  'resource.k8s.io/v1 resourceslices': ['spec.nodeName', 'spec.driver'],
};
const OWN_TEXTS: Readonly<Record<string, (field: string) => string>> = {
  'batch/v1 jobs': (field) => `field label "${field}" not supported for batchv1.Job`,
  'resource.k8s.io/v1 resourceslices': (field) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
};
const UNKNOWN = ['metadata.uid', 'spec', 'spec.replicas', 'name', 'source.component'];
const CANDIDATES = [...new Set([...Object.values(OWN_FIELDS).flat(), ...UNKNOWN])];

function refusal(resource: string, field: string): string {
  if (!OWN_FIELDS[resource]) return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
  return OWN_TEXTS[resource]?.(field) ?? `field label not supported: ${field}`;
}

void suite('field selectors', () => {
  let api: TestServer;
  before(async () => {
    api = await startTestServer();
    await api.fetch('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  });
  after(() => api[Symbol.asyncDispose]());
  const list = (path: string, selector: string): Promise<Answer> => api.fetch('GET', `${path}?fieldSelector=${encodeURIComponent(selector)}`);
  const names = ({ json, text }: Answer): string[] => {
    const items = json['items'] as unknown as { metadata: { name: string } }[] | undefined;
    assert.ok(items, text);
    return items.map(({ metadata }) => metadata.name);
  };

  void test('of every kind are exactly upstream’s, and others are refused in its words', async () => {
    const seen = new Set<string>();
    for (const definition of allResources) {
      if (!definition.verbs.includes('list') || definition.storage === undefined) continue;
      for (const { group, version } of [definition, ...(definition.alsoServedAs ?? [])]) {
        const groupVersion = group ? `${group}/${version}` : version;
        const resource = `${groupVersion} ${definition.plural}`;
        seen.add(resource);
        const path = `/${group ? 'apis' : 'api'}/${groupVersion}/${definition.plural}`;
        const known = ['metadata.name', ...(OWN_FIELDS[resource] ?? ['metadata.namespace'])];
        for (const field of new Set([...CANDIDATES, 'metadata.name', 'metadata.namespace'])) {
          const { status, json, text } = await list(path, `${field}=no-such-value`);
          if (known.includes(field)) {
            assert.equal(status, 200, `${resource} ${field}: ${text}`);
            assert.deepEqual(json['items'], [], `${resource} ${field}`);
          } else assert.deepEqual([status, json['message']], [400, refusal(resource, field)], `${resource} ${field}`);
        }
      }
    }
    assert.deepEqual(
      Object.keys(OWN_FIELDS).filter((each) => !seen.has(each)),
      [],
    );
  });

  void test('of custom kinds are those of the definition, and no others', async () => {
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { color: { type: 'string' } } } } } };
    const version = { name: 'v1', served: true, storage: true, schema, selectableFields: [{ jsonPath: '.spec.color' }] };
    for (const [scope, kind] of [
      ['Namespaced', 'Thing'],
      ['Cluster', 'Place'],
    ] as const) {
      const plural = `${kind.toLowerCase()}s`;
      const spec = { group: 'example.com', scope, names: { plural, kind }, versions: [version] };
      const definition = { metadata: { name: `${plural}.example.com` }, spec };
      assert.equal((await api.fetch('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: definition })).status, 201);
      const path = `/apis/example.com/v1/${scope === 'Cluster' ? plural : `namespaces/default/${plural}`}`;
      await waitFor('the kind', async () => (await api.fetch('GET', path)).status === 200);
      const thing = (name: string, color?: string): object => ({ apiVersion: 'example.com/v1', kind, metadata: { name }, spec: { color } });
      for (const body of [thing('one', 'red'), thing('two', 'blue'), thing('three')]) await api.fetch('POST', path, { body });
      assert.deepEqual(names(await list(path, 'spec.color=red')), ['one']);
      assert.deepEqual(names(await list(path, 'spec.color!=red')), ['three', 'two']);
      assert.deepEqual(names(await list(path, 'spec.color=')), ['three']);
      const unknown = await list(path, 'spec.size=1');
      assert.deepEqual([unknown.status, unknown.json['message']], [400, 'field label not supported: spec.size']);
      const namespaced = await list(path, 'metadata.namespace=default');
      if (scope === 'Namespaced') assert.equal(names(namespaced).length, 3);
      else assert.equal(namespaced.json['message'], 'field label not supported: metadata.namespace');
    }
  });

  void test('choose by the values that upstream reads', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const containers = [{ name: 'c', image: 'i' }];
    const make = async (path: string, body: object): Promise<void> => {
      const { status, text } = await api.fetch('POST', path, { body });
      assert.equal(status, 201, text);
    };
    await make(pods, { metadata: { name: 'plain' }, spec: { containers } });
    await make(pods, { metadata: { name: 'bound' }, spec: { containers, nodeName: 'n1', hostNetwork: true, restartPolicy: 'Never', schedulerName: 's' } });
    const status = { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], podIP: '10.0.0.1' };
    const headers = { 'content-type': 'application/merge-patch+json' };
    await api.fetch('PATCH', `${pods}/bound/status`, { headers, body: { status } });
    await make('/api/v1/nodes', { metadata: { name: 'n1' } });
    await make('/api/v1/nodes', { metadata: { name: 'n2' }, spec: { unschedulable: true } });
    await make('/api/v1/namespaces/default/secrets', { metadata: { name: 's' } });
    const involvedObject = { kind: 'Pod', name: 'bound', namespace: 'default', uid: 'u1', fieldPath: 'spec.containers{c}' };
    const event = { involvedObject, reason: 'Why', type: 'Normal', reportingComponent: 'kubelet' };
    await make('/api/v1/namespaces/default/events', { metadata: { name: 'e1' }, ...event, source: { component: 'old' } });
    await make('/api/v1/namespaces/default/events', { metadata: { name: 'e2' }, ...event });
    const both = ['bound', 'plain'];
    const events = '/apis/events.k8s.io/v1/events';
    const table: readonly [string, string, string[]][] = [
      [pods, 'spec.nodeName=n1', ['bound']],
      [pods, 'spec.nodeName=', ['plain']],
      [pods, 'spec.nodeName!=n1', ['plain']],
      [pods, 'spec.host=n1', ['bound']],
      [pods, 'spec.hostNetwork=true', ['bound']],
      [pods, 'spec.hostNetwork=false', ['plain']],
      [pods, 'spec.restartPolicy=Always', ['plain']],
      [pods, 'spec.schedulerName==s', ['bound']],
      [pods, 'spec.serviceAccountName=default', both],
      [pods, 'status.phase=Running', ['bound']],
      [pods, 'status.phase!=Running,spec.nodeName=', ['plain']],
      [pods, 'status.podIP=10.0.0.1', ['bound']],
      [pods, 'status.podIP=fd00::1', []],
      // Known, but never filled in.
      [pods, 'status.podIPs=10.0.0.1', []],
      [pods, 'status.podIPs=', both],
      [pods, 'status.nominatedNodeName=', both],
      [pods, 'metadata.name=bound,metadata.name=plain', []],
      [pods, 'metadata.name=bound,metadata.name!=plain', ['bound']],
      [pods, 'metadata.namespace=other', []],
      [pods, 'metadata.namespace!=other', both],
      ['/api/v1/pods', 'metadata.namespace=default,spec.nodeName=n1', ['bound']],
      [pods, ',,', both],
      ['/api/v1/nodes', 'spec.unschedulable=true', ['n2']],
      ['/api/v1/nodes', 'spec.unschedulable=false', ['n1']],
      ['/api/v1/namespaces', 'status.phase=Active,metadata.name=default', ['default']],
      ['/api/v1/secrets', 'type=Opaque', ['s']],
      ['/api/v1/services', 'spec.clusterIP=10.43.0.1', ['kubernetes']],
      ['/api/v1/services', 'spec.type=ClusterIP', ['kubernetes']],
      ['/api/v1/events', 'involvedObject.name=bound,involvedObject.kind=Pod', ['e1', 'e2']],
      ['/api/v1/events', 'involvedObject.fieldPath=spec.containers{c}', ['e1', 'e2']],
      ['/api/v1/events', 'source=old', ['e1']],
      ['/api/v1/events', 'source=kubelet', ['e2']],
      ['/api/v1/events', 'reportingComponent=kubelet,type=Normal,reason=Why', ['e1', 'e2']],
      [events, 'regarding.uid=u1,reportingController=kubelet', ['e1', 'e2']],
      // Kinds without namespaces take the field, and have none.
      ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 'metadata.namespace=default', []],
      ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 'metadata.name=admin,metadata.namespace=', ['admin']],
      ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 'metadata.name=admin,metadata.namespace!=', []],
    ];
    for (const [path, selector, wanted] of table) assert.deepEqual(names(await list(path, selector)), wanted, `${path} ${selector}`);
  });

  void test('and label selectors that cannot be read are refused in upstream’s words', async () => {
    const path = '/api/v1/pods';
    const label =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    const labels: readonly [string, string][] = [
      ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
      ['a,', "found '', expected: identifier after ','"],
      [',a', "found ',', expected: !, identifier, or 'end of string'"],
      ['a=b=c', "found '=', expected: ',' or 'end of string'"],
      ['a in b', "unable to parse requirement: found 'b' expected: '('"],
      ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
      ['a in (,=)', "unable to parse requirement: found '=', expected: ',', or identifier"],
      ['a in =', "unable to parse requirement: found '=' expected: '('"],
      ['a in (=', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
      ['a>', "unable to parse requirement: values[0]: Invalid value: \"\": for 'Gt', 'Lt' operators, the value must be an integer"],
      ['a<1.5', "unable to parse requirement: values[0]: Invalid value: \"1.5\": for 'Gt', 'Lt' operators, the value must be an integer"],
      [
        'a=-b',
        `unable to parse requirement: values[0][a]: Invalid value: "-b": ${label} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      ],
      ['!a=b', "found '=', expected: ',' or 'end of string'"],
      ['!!a', "unable to parse requirement: found '!', expected: identifier"],
    ];
    for (const [selector, message] of labels) {
      const { status, json } = await api.fetch('GET', `${path}?labelSelector=${encodeURIComponent(selector)}`);
      assert.deepEqual([status, json['reason'], json['message']], [400, 'BadRequest', message], selector);
    }
    const fields: readonly [string, string][] = [
      ['foo', "invalid selector: 'foo'; can't understand 'foo'"],
      ['x=1,foo,bar', "invalid selector: 'x=1,foo,bar'; can't understand 'bar'"],
      ['z=1,y=2', 'field label not supported: y'],
      ['metadata.name=a=b', 'invalid field selector: unescaped character in value: 61'],
      ['metadata.name=a\\b', 'invalid field selector: invalid escape sequence: \\b'],
      ['metadata.name=a\\', 'invalid field selector: invalid escape sequence: \\'],
      ['=a', 'field label not supported: '],
    ];
    for (const [selector, message] of fields) {
      const { status, json } = await list(path, selector);
      assert.deepEqual([status, textOf(json['message'])], [400, message], selector);
    }
    // Values may hold anything, with a backslash before what means something.
    assert.deepEqual(names(await list(path, 'spec.nodeName=a\\,b\\=c\\\\d')), []);
  });
});
