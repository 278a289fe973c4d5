import type { Random } from '#lib';
import { integer, pick } from '../../testing/generate-object.ts';
import type { JsonObject, JsonValue } from '../json.ts';

const NAMES = ['a', 'b', 'c', 'a/b', '~t', '0', '', '__proto__x', '-'];

/** Any JSON value, `depth` levels deep at most; members and texts repeat, so that patches meet what they are about. */
export function randomJson(random: Random, depth = 3): JsonValue {
  const kind = random.number();
  if (depth === 0 || kind < 0.35) return pick<JsonValue>(random, [null, true, false, 0, 1, 2.5, '', 'x', 'y']);
  if (kind < 0.6) return Array.from({ length: integer(random, 0, 4) }, () => randomJson(random, depth - 1));
  return randomObject(random, depth);
}
/** Any JSON object. */
export function randomObject(random: Random, depth = 3): JsonObject {
  return Object.fromEntries(Array.from({ length: integer(random, 0, 4) }, () => [pick(random, NAMES), randomJson(random, depth - 1)]));
}
