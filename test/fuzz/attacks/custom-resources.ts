import { chance, damageBytes, damageJson, integer, json, pick, text } from '../noise.ts';
import type { Attack } from './attack.ts';
import { bodyOf, JSON_TYPE, NAMES, NAMESPACE } from './objects.ts';
import { ACCEPTS } from './reads.ts';

const RULES = [
  'self',
  'self.a',
  'self.a + 1 > 2',
  "self.s.matches('^(a+)+$')",
  'self.l.all(x, x > 0)',
  'self.l.map(x, self.l.map(y, y))',
  'oldSelf == self',
  'has(self.a)',
  "quantity('1k').isGreaterThan(quantity('2'))",
  "self.s.split('')",
  'size(self.s) * 9223372036854775807',
  '[1,2,3].all(x, [1,2].exists(y, y == x))',
  "duration('1h') + timestamp('2020-01-01T00:00:00Z')",
  '{"a": 1}.a',
  'self.m[self.s]',
  "ip('::1').family()",
  "url('https://a').getHost()",
  'optional.of(self.a).orValue(1)',
  '1/0',
  'dyn(self).x.y',
];
const SCHEMAS = [
  {
    type: 'object',
    properties: {
      a: { type: 'integer', default: 1 },
      s: { type: 'string', pattern: '^(a+)+$', maxLength: 99 },
      l: { type: 'array', maxItems: 9, items: { type: 'integer' } },
      m: { type: 'object', additionalProperties: { type: 'string' } },
    },
  },
];
/** Definitions with schemas and CEL rules, and objects of theirs. */
export const customResources: Attack = {
  name: 'custom resources and CEL',
  async run(target, random) {
    const plural = pick(random, ['gadgets', 'gizmos']);
    const group = 'fuzz.example.com';
    const rule = chance(random, 0.5) ? pick(random, RULES) : damageBytes(random, Buffer.from(pick(random, RULES))).toString();
    const schema = damageJson(random, { ...pick(random, SCHEMAS), 'x-kubernetes-validations': [{ rule, message: text(random) }] }, integer(random, 3));
    const names = { plural, singular: plural.slice(0, -1), kind: plural === 'gadgets' ? 'Gadget' : 'Gizmo' };
    const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: schema } } } };
    const spec = { group, scope: 'Namespaced', names, versions: [version] };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: chance(random, 0.2) ? damageJson(random, spec) : spec,
    };
    const base = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await target.send({ method: 'POST', path: base, headers: JSON_TYPE, body: bodyOf(definition) });
    const object = {
      apiVersion: `${group}/v1`,
      kind: names.kind,
      metadata: { name: `fuzz-${pick(random, NAMES)}` },
      spec: chance(random, 0.5) ? json(random) : { a: 1, s: 'a'.repeat(50), l: [1, 2], m: { a: 'b' } },
    };
    await target.send({ method: 'POST', path: `/apis/${group}/v1/namespaces/${NAMESPACE}/${plural}`, headers: JSON_TYPE, body: bodyOf(object) });
    await target.send({ method: 'GET', path: `/apis/${group}/v1/namespaces/${NAMESPACE}/${plural}`, headers: { accept: pick(random, ACCEPTS) } });
    if (chance(random, 0.5)) await target.send({ method: 'DELETE', path: `${base}/${plural}.${group}` });
  },
};
