import { newForbidden, type StatusError } from '#api';
import type { AdmissionRequest } from '../contract.ts';

/** The Forbidden that plugins answer with; like upstream's it names the object by its name, its generateName, or `Unknown`. */
export function refuse(request: AdmissionRequest, cause: string): StatusError {
  const metadata = request.object?.metadata;
  return newForbidden(request.resource, request.name || metadata?.name || metadata?.generateName || 'Unknown', cause);
}

/** Whether the request is for the object itself of this core resource. */
export function isFor(request: AdmissionRequest, plural: string, group = ''): boolean {
  return request.resource.plural === plural && request.resource.group === group && request.subresource === '';
}

/** Several problems as Go's error aggregates show them: `a`, or `[a, b]`, each once. */
export function aggregateText(texts: readonly string[]): string {
  const unique = [...new Set(texts)];
  return unique.length > 1 ? `[${unique.join(', ')}]` : (unique[0] ?? '');
}
