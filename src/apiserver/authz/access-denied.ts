import { newForbidden, type StatusError } from '#api';
import type { Attributes } from '../contract.ts';

/** The refusal that clients see, in upstream's words. */
export function newAccessDenied(attributes: Attributes, reason: string): StatusError {
  const text = reason ? `${describe(attributes)}: ${reason}` : describe(attributes);
  if (!attributes.isResourceRequest) return newForbidden({ group: '', plural: '' }, '', text);
  return newForbidden({ group: attributes.apiGroup, plural: attributes.resource }, attributes.name, text);
}

function describe(attributes: Attributes): string {
  const { user, verb, resource, subresource, apiGroup, namespace, path } = attributes;
  const who = `User ${JSON.stringify(user.username ?? '')} cannot ${verb}`;
  if (!attributes.isResourceRequest) return `${who} path ${JSON.stringify(path)}`;
  const what = JSON.stringify(subresource ? `${resource}/${subresource}` : resource);
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  return `${who} resource ${what} in API group ${JSON.stringify(apiGroup)} ${where}`;
}
