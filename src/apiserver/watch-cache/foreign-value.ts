import { apiVersionOf, codecFor, decodeProtobuf, type KubeObject, openEnvelope, type ResourceDefinition, schemaRefOf, type SchemaRef } from '#api';

/**
 * The object of a value that upstream stored as protobuf, in the kind's stored version and with its defaults, as upstream reads it too:
 * what an older server stored lacks the newer fields. Throws where the bytes are damaged.
 */
export function readForeignProtobuf(definition: ResourceDefinition, value: Buffer): KubeObject {
  const { apiVersion } = openEnvelope(value);
  const own = apiVersionOf(definition);
  const other = apiVersion === own ? undefined : definition.alsoServedAs?.find((each) => apiVersionOf(each) === apiVersion);
  const schema = other?.schema ?? schemaOf(definition, apiVersion || own);
  const { object } = codecFor(schema).convert(decodeProtobuf(value, schema));
  const stored = other ? other.toStored(object) : object;
  definition.defaults?.(stored);
  return { ...stored, kind: definition.kind, apiVersion: own };
}

/** Versions that are no longer served differ in little: their fields are read by their own numbers and taken as they are called. */
function schemaOf(definition: ResourceDefinition, apiVersion: string): SchemaRef {
  if (apiVersion === apiVersionOf(definition)) return definition.schema;
  return schemaRefOf(apiVersion, definition.kind) ?? definition.schema;
}
