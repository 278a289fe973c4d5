import { apiVersionOf, type Column, type FieldError, type KubeObject, newBadRequest } from '#api';
import type { Call } from './call.ts';
import { type BodyType, ownBodyType } from './decode-body.ts';

/** What an update through a subresource does instead of the kind's own hooks. */
export interface UpdateStrategy {
  prepareForUpdate?(object: KubeObject, old: KubeObject): void;
  validateUpdate?(object: KubeObject, old: KubeObject): FieldError[];
  warnings?(object: KubeObject): string[];
}

/**
 * How a request sees a stored object and changes it: as itself in some version, as its status, as a Scale.
 * Reading shows, PUT takes, PATCH shows, patches and takes.
 */
export interface View {
  readonly bodyType: BodyType;
  /** The columns of its tables, where it is shown as another kind. */
  readonly columns?: readonly Column[];
  /** Refuses to be read where an object lacks what it shows: throws StatusError. */
  checkRead?(stored: KubeObject): void;
  /** The stored object as the request sees it. */
  show(stored: KubeObject): KubeObject;
  /** The stored object with the body put in; `body` is the callee's own, `live` is shared. */
  take(body: KubeObject, live: KubeObject | undefined): KubeObject;
  readonly strategy?: UpdateStrategy | undefined;
}

/** A version's object for a stored one, with its kind and apiVersion. */
export function inServedVersion(call: Call, stored: KubeObject): KubeObject {
  const { fromStored } = call.served;
  if (!fromStored) return stored;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = fromStored(stored);
  return { kind: call.definition.kind, apiVersion: apiVersionOf(call.served), ...rest };
}

/** The object itself. */
export function objectView(call: Call): View {
  return {
    bodyType: ownBodyType(call),
    show: (stored) => inServedVersion(call, stored),
    take: (body) => toStored(call, body),
  };
}

/** A body of the kind in its stored form, with defaults. */
export function toStored(call: Call, body: KubeObject): KubeObject {
  const { toStored: convert } = call.served;
  const object = convert ? { ...convert(body), kind: call.definition.kind, apiVersion: apiVersionOf(call.definition) } : body;
  call.definition.defaults?.(object);
  return object;
}

/** The URL's place counts; another one in the body is a mistake. */
export function checkPlace(call: Call, body: KubeObject, name: string): void {
  placeInNamespace(call, body);
  const { metadata } = body;
  if (!metadata.name) throw newBadRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== name) throw newBadRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
}

/** The URL's namespace counts; another one in the body is a mistake, but nothing where there are no namespaces. */
export function placeInNamespace({ definition, namespace }: Call, { metadata }: KubeObject): void {
  if (!definition.namespaced) delete metadata.namespace;
  else if (!metadata.namespace) metadata.namespace = namespace;
  else if (metadata.namespace !== namespace) throw newBadRequest('the namespace of the provided object does not match the namespace sent on the request');
}
