/** Conversion webhooks have their place here; calling them comes with webhooks. Until then every one counts as not reachable. */
import type { CustomResourceConversion } from '#api/types/apiextensions-v1';
import type { KubeObject } from '../machinery/object.ts';
import { StatusError } from '../machinery/status-error.ts';

/** What upstream answers when an object has to be converted and the webhook cannot be reached. */
export function newConversionFailure({ webhook }: CustomResourceConversion, { apiVersion = '', kind = '' }: KubeObject, _toVersion: string): StatusError {
  const { url, service } = webhook?.clientConfig ?? {};
  const target = service
    ? {
        url: `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}${slashed(service.path)}`,
        problem: `service ${JSON.stringify(service.name)} not found`,
      }
    : { url: url ?? '', problem: `dial tcp: lookup ${hostOf(url ?? '')}: no such host` };
  const type = `${apiVersion}, Kind=${kind}`;
  return new StatusError('Unknown', `conversion webhook for ${type} failed: Post ${JSON.stringify(`${target.url}?timeout=30s`)}: ${target.problem}`, {});
}

function slashed(path: string | undefined): string {
  if (!path) return '/';
  return path.startsWith('/') ? path : `/${path}`;
}
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}
