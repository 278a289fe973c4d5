import { goQuote, newForbidden, type StatusError } from '#api';
import type { Attributes } from '../contract.ts';

const denials = new WeakSet<object>();
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The refusal that clients see, in upstream's words; follows k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go. */
export function newAccessDenied(attributes: Attributes, reason: string): StatusError {
  // Nothing that a browser could take for HTML.
  const what = describe(attributes).replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? character);
  const text = reason ? `${what}: ${reason}` : what;
  const type = attributes.isResourceRequest ? { group: attributes.apiGroup, plural: attributes.resource } : { group: '', plural: '' };
  const error = newForbidden(type, attributes.isResourceRequest ? attributes.name : '', text);
  denials.add(error);
  return error;
}

/** Whether access was denied, rather than something refused that was looked at. */
export function isAccessDenied(error: unknown): boolean {
  return typeof error === 'object' && error !== null && denials.has(error);
}

function describe(attributes: Attributes): string {
  const { user, verb, resource, subresource, apiGroup, namespace, path } = attributes;
  const who = `User ${goQuote(user.username ?? '')} cannot ${verb}`;
  if (!attributes.isResourceRequest) return `${who} path ${goQuote(path)}`;
  const what = goQuote(subresource ? `${resource}/${subresource}` : resource);
  const where = namespace ? `in the namespace ${goQuote(namespace)}` : 'at the cluster scope';
  return `${who} resource ${what} in API group ${goQuote(apiGroup)} ${where}`;
}
