import { endpointSlices, newBadRequest, StatusError } from '#api';
import type { Service } from '#api/types/core-v1';
import type { EndpointSlice } from '#api/types/discovery-v1';
import type { ObjectReader } from '../contract.ts';

/** Takes apart `https:name:port`, `name:port` and `name`; throws BadRequest with upstream's text. */
export function splitProxyName(id: string, kind: 'pod' | 'service' | 'node'): { scheme: string; name: string; port: string } {
  const parts = id.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 1) return { scheme: 'http', name: first, port: '' };
  if (parts.length === 2) return { scheme: 'http', name: first, port: second };
  if (parts.length === 3 && (first === 'http' || first === 'https')) return { scheme: first, name: second, port: third };
  throw newBadRequest(`invalid ${kind} request ${JSON.stringify(id)}`);
}

/** A ready endpoint of a Service for a port given by name or number; throws ServiceUnavailable when there is none. */
export function serviceUpstream(reader: ObjectReader, service: Service, wanted: string): { host: string; port: number } {
  const { name = '', namespace = '' } = service.metadata;
  const ports = service.spec?.ports ?? [];
  const port = wanted === '' ? ports[0] : ports.find((each) => each.name === wanted || String(each.port) === wanted);
  if (!port) throw new StatusError('ServiceUnavailable', `no service port ${JSON.stringify(wanted)} found for service ${JSON.stringify(name)}`);
  for (const slice of reader.list<EndpointSlice>(endpointSlices, namespace)) {
    if (slice.metadata.labels?.['kubernetes.io/service-name'] !== name) continue;
    const target = slice.ports?.find((each) => (each.name ?? '') === (port.name ?? ''));
    const endpoint = slice.endpoints?.find(({ conditions }) => conditions?.ready !== false);
    const address = endpoint?.addresses[0];
    if (target?.port && address) return { host: address, port: target.port };
  }
  throw new StatusError('ServiceUnavailable', `no endpoints available for service ${JSON.stringify(name)}`);
}
