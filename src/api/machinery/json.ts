/**
 * What JSON.parse can return. Integers beyond 2^53 are bigints, which the type does not tell: whoever decodes, compares or prints values meets them,
 * nobody reckons with them.
 */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
// An interface, so that the two types may refer to each other; optional members may be undefined, as everywhere in the API's types.
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}
