import type { JsonObject, JsonValue } from '#api';

// OpenAPI 2 in the protobuf form that client-go asks for (gnostic's openapi.v2.Document). Field numbers are those of OpenAPIv2.proto;
// only what our documents use is written. Values of extensions are YAML, of which JSON is a part.

type Part = Buffer | undefined;
type Encoder = (value: JsonObject) => Buffer;

/** The document that `buildV2` makes, in protobuf. */
export function encodeV2(document: JsonObject): Buffer {
  const info = objectOf(document['info']);
  return message([
    text(1, document['swagger']),
    nested(2, message([text(1, info['title']), text(2, info['version'])])),
    nested(8, message(entries(document['paths']).map(([path, item]) => named(2, path, pathItem(item))))),
    nested(9, message(entries(document['definitions']).map(([name, definition]) => named(1, name, schema(definition))))),
  ]);
}

function pathItem(item: JsonObject): Buffer {
  const methods: [number, string][] = [
    [2, 'get'],
    [3, 'put'],
    [4, 'post'],
    [5, 'delete'],
    [8, 'patch'],
  ];
  return message([
    ...methods.map(([field, method]) => (item[method] ? nested(field, operation(objectOf(item[method]))) : undefined)),
    ...objects(item['parameters']).map((value) => nested(9, parameter(value))),
  ]);
}

function operation(value: JsonObject): Buffer {
  return message([
    ...texts(1, value['tags']),
    text(3, value['description']),
    text(5, value['operationId']),
    ...texts(6, value['produces']),
    ...texts(7, value['consumes']),
    ...objects(value['parameters']).map((item) => nested(8, parameter(item))),
    nested(9, message(entries(value['responses']).map(([code, item]) => named(1, code, nested(1, response(item)))))),
    ...texts(10, value['schemes']),
    ...extensions(13, value),
  ]);
}

function response(value: JsonObject): Buffer {
  return message([text(1, value['description']), value['schema'] ? nested(2, nested(1, schema(objectOf(value['schema'])))) : undefined]);
}

/** A ParametersItem: the kinds of parameters have numbers of their own for the same members. */
function parameter(value: JsonObject): Buffer {
  const common = [flag(1, value['required']), text(2, value['in']), text(3, value['description']), text(4, value['name'])];
  if (value['in'] === 'body') {
    const body = message([
      text(1, value['description']),
      text(2, value['name']),
      text(3, value['in']),
      flag(4, value['required']),
      nested(5, schema(objectOf(value['schema']))),
    ]);
    return nested(1, nested(1, body));
  }
  if (value['in'] === 'path') {
    return nested(1, nested(2, nested(4, message([...common, text(5, value['type']), flag(19, value['uniqueItems'])]))));
  }
  return nested(1, nested(2, nested(3, message([...common, text(6, value['type']), flag(20, value['uniqueItems'])]))));
}

const schema: Encoder = (value) =>
  message([
    text(1, value['$ref']),
    text(2, value['format']),
    text(4, value['description']),
    ...texts(19, value['required']),
    ...(Array.isArray(value['enum']) ? value['enum'] : []).map((item) => nested(20, yaml(item))),
    value['additionalProperties'] ? nested(21, nested(1, schema(objectOf(value['additionalProperties'])))) : undefined,
    value['type'] ? nested(22, message([text(1, value['type'])])) : undefined,
    value['items'] ? nested(23, nested(1, schema(objectOf(value['items'])))) : undefined,
    value['properties'] ? nested(25, message(entries(value['properties']).map(([name, property]) => named(1, name, schema(property))))) : undefined,
    ...extensions(31, value),
  ]);

function extensions(field: number, value: JsonObject): Buffer[] {
  return Object.entries(value)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, extension]) => named(field, name, yaml(extension ?? null)));
}

/** An `Any`. */
function yaml(value: JsonValue): Buffer {
  return message([text(2, JSON.stringify(value))]);
}

function named(field: number, name: string, value: Buffer): Buffer {
  return nested(field, message([text(1, name), nested(2, value)]));
}

// The wire format: a key (field number and type), then a number or a length and bytes.

function message(parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.filter((part) => part !== undefined));
}
function nested(field: number, body: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
}
function text(field: number, value: JsonValue | undefined): Part {
  return typeof value === 'string' && value !== '' ? nested(field, Buffer.from(value)) : undefined;
}
function texts(field: number, values: JsonValue | undefined): Part[] {
  return Array.isArray(values) ? values.map((value) => text(field, value)) : [];
}
function flag(field: number, value: JsonValue | undefined): Part {
  return value === true ? Buffer.concat([varint(field << 3), varint(1)]) : undefined;
}
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
function entries(value: JsonValue | undefined): [string, JsonObject][] {
  return Object.entries(objectOf(value)).map(([name, item]) => [name, objectOf(item)]);
}
