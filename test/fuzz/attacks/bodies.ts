import { apiVersionOf, encodeProtobuf, hasProtobuf, type JsonObject } from '#api';
import { chance, damageBytes, damageJson, pick, text } from '../noise.ts';
import type { Attack } from './attack.ts';
import { bodyOf, JSON_TYPE, objectOf, stored, write } from './objects.ts';

/** Objects in JSON, whole and damaged. */
export const bodies: Attack = {
  name: 'bodies',
  async run(target, random) {
    const definition = pick(random, stored);
    const object = objectOf(definition, random);
    const damaged = chance(random, 0.7) ? damageJson(random, object) : object;
    const body = chance(random, 0.2) ? damageBytes(random, bodyOf(damaged)) : bodyOf(damaged);
    await write(target, random, definition, body, JSON_TYPE);
  },
};

/** The same in protobuf. */
export const protobuf: Attack = {
  name: 'protobuf',
  async run(target, random) {
    const definition = pick(
      random,
      stored.filter(({ schema }) => hasProtobuf(schema)),
    );
    const bytes = encodeProtobuf(objectOf(definition, random) as JsonObject & { apiVersion: string; kind: string });
    const accept = chance(random, 0.5) ? { accept: 'application/vnd.kubernetes.protobuf' } : {};
    await write(target, random, definition, chance(random, 0.8) ? damageBytes(random, bytes) : bytes, {
      'content-type': 'application/vnd.kubernetes.protobuf',
      ...accept,
    });
  },
};

/** The same in YAML, with what YAML has beside. */
export const yaml: Attack = {
  name: 'yaml',
  async run(target, random) {
    const definition = pick(random, stored);
    const { metadata, ...rest } = objectOf(definition, random);
    const lines = [`apiVersion: ${apiVersionOf(definition)}`, `kind: ${definition.kind}`, `metadata: ${JSON.stringify(metadata)}`];
    for (const [key, value] of Object.entries(rest)) if (!['kind', 'apiVersion'].includes(key)) lines.push(`${key}: ${JSON.stringify(value)}`);
    lines.push(pick(random, ['a: &a [1]\nb: *a', '? [x]\n: y', '<<: {a: b}', '--- # next', '!!binary "="', '\t- x', 'x: !!python/object y', text(random)]));
    await write(target, random, definition, damageBytes(random, Buffer.from(lines.join('\n'))), { 'content-type': 'application/yaml' });
  },
};
