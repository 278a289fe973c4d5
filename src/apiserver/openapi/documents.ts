import { type ApiDescriptions, apiFacts, type JsonObject } from '#api';
import { version } from '../version.ts';
import { type ServedKind, schemaName } from './names.ts';
import { type BodyRef, type Operation, operationsOf, queryType } from './operations.ts';
import { kindSchema, listSchema } from './custom-schemas.ts';
import { createSchemas, type Dialect, type OwnSchemas, type SchemaCollection } from './schemas.ts';

const MEDIA_TYPES = ['application/json', 'application/vnd.kubernetes.protobuf', 'application/yaml'];
const STREAM_TYPES = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
const PATCH_TYPES = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json'];

const CUSTOM_INFO = { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' };
const SECURITY_SCHEMES = {
  securitySchemes: { BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' } },
};

/** The OpenAPI 3 document of one group version. `groupVersions` are all that are served, for kinds that every group has. */
export function buildV3(kinds: readonly ServedKind[], groupVersions: readonly GroupVersion[], descriptions: ApiDescriptions): JsonObject {
  const schemas = createSchemas(3, descriptions, customSchemas(kinds, 3));
  const operations = kinds.flatMap(operationsOf);
  const paths = groupByPath(
    operations,
    (operation) => v3Operation(operation, schemas),
    (parameter) => ({
      name: parameter.name,
      in: parameter.in,
      ...(parameter.required ? { required: true } : {}),
      schema: { type: parameter.type, uniqueItems: true },
    }),
  );
  addKinds(schemas, kinds);
  const isCustom = kinds.every(({ definition }) => definition.custom);
  return {
    openapi: '3.0.0',
    info: isCustom ? CUSTOM_INFO : { title: 'Kubernetes', version: version.gitVersion },
    paths,
    components: { schemas: schemas.finish(kindsBySchema(kinds, groupVersions)), ...(isCustom ? {} : SECURITY_SCHEMES) },
  };
}

/** The OpenAPI 2 document of everything. */
export function buildV2(kinds: readonly ServedKind[], groupVersions: readonly GroupVersion[], descriptions: ApiDescriptions): JsonObject {
  const schemas = createSchemas(2, descriptions, customSchemas(kinds, 2));
  const operations = kinds.flatMap(operationsOf);
  const paths = groupByPath(
    operations,
    (operation) => v2Operation(operation, schemas),
    (parameter) => ({
      uniqueItems: true,
      type: parameter.type,
      name: parameter.name,
      in: parameter.in,
      ...(parameter.required ? { required: true } : {}),
    }),
  );
  addKinds(schemas, kinds);
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: version.gitVersion },
    paths,
    definitions: schemas.finish(kindsBySchema(kinds, groupVersions)),
    securityDefinitions: { BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' } },
    security: [{ BearerToken: [] }],
  };
}

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly type: string;
  readonly required: boolean;
}

function query(names: readonly string[]): Parameter[] {
  return names.map((name) => ({ name, in: 'query', type: queryType(name), required: false }));
}

function groupByPath(
  operations: readonly Operation[],
  operationOf: (operation: Operation) => JsonObject,
  parameterOf: (parameter: Parameter) => JsonObject,
): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const operation of [...operations].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const { path, method } = operation;
    const own = query(operation.query).map(parameterOf);
    const inPath: Parameter[] = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({ name, in: 'path', type: 'string', required: true }));
    const item = (paths[path] ??= { parameters: [...inPath, ...query(['pretty'])].map(parameterOf) });
    const rendered = operationOf(operation);
    const parameters = [...((rendered['parameters'] as JsonObject[] | undefined) ?? []), ...own];
    item[method] = parameters.length > 0 ? { ...rendered, parameters } : rendered;
  }
  return paths;
}

function codesOf({ method, action, isCustom }: Operation): [string, string][] {
  const created: [string, string] = ['201', 'Created'];
  const accepted: [string, string] = ['202', 'Accepted'];
  const others =
    method === 'post' && action !== 'connect'
      ? [created, accepted]
      : method === 'put' || (method === 'patch' && !isCustom)
        ? [created]
        : action === 'delete'
          ? [accepted]
          : [];
  return [['200', 'OK'], ...others];
}

function gvkOf({ gvk }: Operation): JsonObject {
  return { group: gvk.group, kind: gvk.kind, version: gvk.version };
}

function content(types: readonly string[], schema: JsonObject): JsonObject {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function v3Operation(operation: Operation, schemas: SchemaCollection): JsonObject {
  const { body, response, method, action } = operation;
  const own = mediaTypesOf(operation);
  const types = action === 'list' && !operation.isCustom ? [...own, ...STREAM_TYPES] : own;
  const answer = response ? content(types, refOf(schemas, response)) : content(['*/*'], { type: 'string' });
  const responses = Object.fromEntries(codesOf(operation).map(([code, description]) => [code, { description, content: answer }]));
  const requestBody = body && {
    content: content(consumedBy(operation), refOf(schemas, body)),
    ...(method === 'delete' ? {} : { required: true }),
  };
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    ...(requestBody ? { requestBody } : {}),
    responses: { ...responses, '401': { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvkOf(operation),
  };
}

function v2Operation(operation: Operation, schemas: SchemaCollection): JsonObject {
  const { body, response, method, action } = operation;
  const schema = response ? refOf(schemas, response) : { type: 'string' };
  const responses = Object.fromEntries(codesOf(operation).map(([code, description]) => [code, { description, schema }]));
  const parameter = body && { name: 'body', in: 'body', ...(method === 'delete' ? {} : { required: true }), schema: refOf(schemas, body) };
  return {
    description: operation.description,
    consumes: [...consumedBy(operation)],
    produces: response ? [...mediaTypesOf(operation)] : ['*/*'],
    schemes: ['https'],
    tags: [operation.tag],
    operationId: operation.id,
    ...(parameter ? { parameters: [parameter] } : {}),
    responses: { ...responses, '401': { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvkOf(operation),
  };
}

/** The schemas of kinds that clients defined, and of their lists. */
function customSchemas(kinds: readonly ServedKind[], dialect: Dialect): OwnSchemas {
  const custom = new Map(kinds.filter(({ definition }) => definition.custom).map((kind) => [`${kind.schema.groupVersion}.${kind.definition.kind}`, kind]));
  const lists = new Map([...custom.values()].map((kind) => [`${kind.schema.groupVersion}.${kind.definition.listKind}`, kind]));
  return (ref, { reference }) => {
    const id = `${ref.groupVersion}.${ref.struct}`;
    const refer = (struct: string): JsonObject => reference({ groupVersion: 'meta/v1', struct });
    const kind = custom.get(id);
    if (kind) return kindSchema(kind, dialect, refer);
    const list = lists.get(id);
    return list && listSchema(list, reference(list.schema), dialect, refer);
  };
}

/** Structs that the facts do not know are shown as plain objects. */
function isCustomGroup(groupVersion: string): boolean {
  return groupVersion.slice(0, groupVersion.indexOf('/')).includes('.');
}
function mediaTypesOf({ isCustom }: Operation): readonly string[] {
  return isCustom ? MEDIA_TYPES.filter((type) => !type.includes('protobuf')) : MEDIA_TYPES;
}
function consumedBy(operation: Operation): readonly string[] {
  const { method, isCustom } = operation;
  if (method === 'patch') return isCustom ? PATCH_TYPES.filter((type) => !type.includes('strategic')) : PATCH_TYPES;
  return isCustom ? mediaTypesOf(operation) : ['*/*'];
}
function refOf(schemas: SchemaCollection, ref: BodyRef): JsonObject {
  return isKnown(ref) ? schemas.reference(ref) : { type: 'object' };
}
function isKnown({ groupVersion, struct }: BodyRef): boolean {
  return struct === 'Patch' || isCustomGroup(groupVersion) || apiFacts()[groupVersion]?.structs[struct] !== undefined;
}

/** Kinds and their lists belong to the document even where no operation names them. */
function addKinds(schemas: SchemaCollection, kinds: readonly ServedKind[]): void {
  for (const { definition, schema } of kinds) {
    refOf(schemas, schema);
    refOf(schemas, { groupVersion: schema.groupVersion, struct: definition.listKind });
  }
  const common = kinds.every(({ definition }) => definition.custom) ? [] : ['APIResourceList', 'WatchEvent'];
  for (const struct of [...common, 'Status', 'DeleteOptions']) schemas.reference({ groupVersion: 'meta/v1', struct });
}

function kindsBySchema(kinds: readonly ServedKind[], groupVersions: readonly GroupVersion[]): Map<string, JsonObject[]> {
  const all = new Map<string, JsonObject[]>();
  const add = (ref: BodyRef, gvk: JsonObject) => {
    const name = schemaName(ref);
    all.set(name, [...(all.get(name) ?? []), gvk]);
  };
  for (const { definition, group, version: servedVersion, schema } of kinds) {
    add(schema, { group, kind: definition.kind, version: servedVersion });
    const list = { groupVersion: schema.groupVersion, struct: definition.listKind };
    if (isKnown(list)) add(list, { group, kind: definition.listKind, version: servedVersion });
    for (const special of Object.values(definition.subresources?.special ?? {})) {
      if (!special.group) continue;
      const gvk = { group: special.group, kind: special.kind, version: special.version ?? servedVersion };
      const ref = { groupVersion: `${special.group.split('.')[0]}/${gvk.version}`, struct: special.kind };
      if (!all.has(schemaName(ref))) add(ref, gvk);
    }
    const scale = { groupVersion: 'autoscaling/v1', struct: 'Scale' };
    if (definition.subresources?.scale && !all.has(schemaName(scale))) add(scale, { group: 'autoscaling', kind: 'Scale', version: 'v1' });
  }
  for (const { group, version: servedVersion } of groupVersions) {
    for (const kind of ['DeleteOptions', 'WatchEvent']) add({ groupVersion: 'meta/v1', struct: kind }, { group, kind, version: servedVersion });
  }
  add({ groupVersion: 'meta/v1', struct: 'Status' }, { group: '', kind: 'Status', version: 'v1' });
  add({ groupVersion: 'meta/v1', struct: 'APIResourceList' }, { group: '', kind: 'APIResourceList', version: 'v1' });
  return all;
}
