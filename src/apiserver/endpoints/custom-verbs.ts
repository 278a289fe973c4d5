import { newBadRequest, newNotFound, type ResourceDefinition, type StatusError } from '#api';
import type { RequestInfo } from '../filters/request-info.ts';
import { NotRoutedError } from './result.ts';

/** Refuses what kinds that clients defined do not offer, in the words of upstream's handler for them. */
export function checkCustomVerb(definition: ResourceDefinition, { verb, name, subresource }: RequestInfo): void {
  const { group, plural, subresources } = definition;
  if ((verb === 'update' || verb === 'patch') && !name) throw newBadRequest('name must be provided');
  if (!subresource) return;
  const isKnown = (subresource === 'status' && subresources?.status) || (subresource === 'scale' && subresources?.scale);
  if (!isKnown) throw newNotFound({ group, plural }, name);
  if (verb !== 'get' && verb !== 'update' && verb !== 'patch') throw newNotSupported(definition, verb);
}

function newNotSupported({ group, plural }: ResourceDefinition, verb: string): StatusError {
  const message = `${verb} is not supported on resources of kind ${JSON.stringify(`${plural}.${group}`)}`;
  return new NotRoutedError('MethodNotAllowed', message, { details: { group, kind: plural } });
}
