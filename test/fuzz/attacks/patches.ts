import type { JsonObject } from '#api';
import type { Random } from '#lib';
import { chance, damageBytes, damageJson, integer, json, pick, text } from '../noise.ts';
import type { Attack } from './attack.ts';
import { bodyOf, JSON_TYPE, NAMES, objectOf, pathOf, stored } from './objects.ts';
import { queryOf, safe } from './query.ts';

const PATCH_TYPES = ['merge-patch+json', 'strategic-merge-patch+json', 'json-patch+json', 'apply-patch+yaml'].map((type) => `application/${type}`);

/** Patches of every type to objects that are there. */
export const patches: Attack = {
  name: 'patches',
  async run(target, random) {
    const definition = pick(random, stored);
    const type = pick(random, PATCH_TYPES);
    const object = objectOf(definition, random);
    await target.send({ method: 'POST', path: pathOf(definition), headers: JSON_TYPE, body: bodyOf(object) });
    const patch = type.includes('json-patch')
      ? jsonPatch(random, object)
      : directed(random, damageJson(random, chance(random, 0.5) ? object : objectOf(definition, random)));
    const body = chance(random, 0.2) ? damageBytes(random, bodyOf(patch)) : bodyOf(patch);
    const query = `fieldManager=${encodeURIComponent(safe(text(random)) || 'm')}&${chance(random, 0.5) ? 'force=true' : queryOf(random)}`;
    const part = pick(random, ['', '', '', '/status', '/scale']);
    await target.send({ method: 'PATCH', path: `${pathOf(definition)}/fuzz-${pick(random, NAMES)}${part}?${query}`, headers: { 'content-type': type }, body });
  },
};
function jsonPatch(random: Random, object: JsonObject): unknown {
  const pointer = (): string => {
    let path = '';
    let at: unknown = object;
    while (typeof at === 'object' && at !== null && chance(random, 0.85)) {
      const key = pick(random, [...Object.keys(at), '-', '0', '99', '~0', '~1x', '']);
      path += `/${key}`;
      at = (at as Record<string, unknown>)[key];
    }
    return path;
  };
  const one = (): unknown => ({
    op: pick(random, ['add', 'remove', 'replace', 'move', 'copy', 'test', 'x']),
    path: pointer(),
    from: pointer(),
    value: json(random),
  });
  return Array.from({ length: 1 + integer(random, 5) }, () => (chance(random, 0.1) ? json(random) : one()));
}
/** Directives of strategic merge patch, anywhere. */
function directed(random: Random, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => directed(random, item));
    return chance(random, 0.2) ? [...items, { $patch: pick(random, ['replace', 'delete', 'merge', 'x']) }] : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    const own: [string, unknown] = [key, directed(random, member)];
    if (chance(random, 0.05)) return [own, [`$setElementOrder/${key}`, json(random)]];
    if (chance(random, 0.05)) return [own, [`$deleteFromPrimitiveList/${key}`, json(random)]];
    return [own];
  });
  if (chance(random, 0.05)) entries.push(['$patch', pick(random, ['replace', 'delete', 'merge', 7])]);
  if (chance(random, 0.05)) entries.push(['$retainKeys', json(random)]);
  return Object.fromEntries(entries);
}
