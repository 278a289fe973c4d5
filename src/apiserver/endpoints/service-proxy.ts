import { isIP } from 'node:net';
import { endpointSlices, newBadRequest, pods, StatusError } from '#api';
import type { Pod, Service } from '#api/types/core-v1';
import type { Endpoint, EndpointSlice } from '#api/types/discovery-v1';
import type { ObjectReader } from '../contract.ts';

/** Takes apart `https:name:port`, `name:port` and `name`; throws BadRequest with upstream's text. */
export function splitProxyName(id: string, kind: 'pod' | 'service' | 'node'): { scheme: string; name: string; port: string } {
  const parts = id.split(':');
  const [scheme = '', name = '', port = ''] = parts.length < 3 ? ['', ...parts] : parts;
  if (parts.length > 3 || !name || !['', 'http', 'https'].includes(scheme)) throw newBadRequest(`invalid ${kind} request ${JSON.stringify(id)}`);
  return { scheme: scheme || 'http', name, port };
}

/** A ready endpoint of a Service for a port given by name or number, as part of what `id` asks for; throws ServiceUnavailable when there is none. */
export function serviceUpstream(reader: ObjectReader, service: Service, wanted: string, id: string): { host: string; port: number } {
  const { name = '', namespace = '' } = service.metadata;
  const port = /^[+-]?\d+$/.test(wanted) ? nameOfPort(service, Number(wanted)) : wanted;
  const all = reader.list<EndpointSlice>(endpointSlices, namespace);
  const slices = [...all].filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
  if (slices.length === 0) throw noEndpoints(name);
  const [family] = service.spec?.ipFamilies ?? [];
  slices.sort((one, other) => Number(other.addressType === family) - Number(one.addressType === family));
  for (const slice of slices) {
    const target = slice.ports?.find((each) => (each.name ?? '') === port);
    const endpoint = slice.endpoints?.find((each) => each.conditions?.ready !== false && isOfPod(reader, namespace, each));
    const address = endpoint?.addresses[0];
    if (target?.port && address) return { host: address, port: target.port };
  }
  throw noEndpoints(id);
}
/** What the Service calls the port of that number; endpoints know it by name. */
function nameOfPort({ metadata, spec }: Service, number: number): string {
  const port = spec?.ports?.find((each) => each.port === number);
  if (port) return port.name ?? '';
  throw new StatusError('ServiceUnavailable', `no service port ${number} found for service ${JSON.stringify(metadata.name)}`);
}
function noEndpoints(wanted: string): StatusError {
  return new StatusError('ServiceUnavailable', `no endpoints available for service ${JSON.stringify(wanted)}`);
}

/** Who may write endpoints must not reach addresses through this server that no Pod of the namespace has. */
function isOfPod(reader: ObjectReader, namespace: string, { addresses, targetRef }: Endpoint): boolean {
  if (!targetRef?.name || (targetRef.namespace && targetRef.namespace !== namespace)) return false;
  const address = addresses[0] ?? '';
  const pod = reader.get<Pod>(pods, { namespace, name: targetRef.name });
  const isPods = pod?.status?.podIP === address || (pod?.status?.podIPs?.some(({ ip }) => ip === address) ?? false);
  return isPods && isProxyable(address);
}

/** Whether requests of clients may be sent to an address: not to this host's own, nor to its link's (k8s.io/apiserver's IsProxyableIP). */
export function isProxyable(address: string): boolean {
  if (isIP(address) === 4) return !/^(127|169\.254|224\.0\.0|0)\./.test(address);
  return isIP(address) === 6 && !/^(::1?$|::ffff:|fe[89ab]|ff[0-9a-f]2:|ff[0-9a-f]1:)/i.test(address);
}

/** The port that a proxied name gives; throws BadRequest for what is none. */
export function portNumber(id: string, port: string, kind: 'pod' | 'node'): number {
  const number = Number(port);
  if (/^\d+$/.test(port) && number > 0 && number < 65_536) return number;
  throw newBadRequest(`invalid ${kind} request ${JSON.stringify(id)}`);
}
