import { newBadRequest, newInternalError, newNotFound, nodes, pods, services, StatusError } from '#api';
import type { Pod, Service } from '#api/types/core-v1';
import type { ObjectReader } from '../contract.ts';
import { isTrue, type RequestInfo } from '../filters/request-info.ts';
import type { HttpAnswer, HttpRequest } from '../listener/http-message.ts';
import { requireEntry } from '../registry/commit.ts';
import { admitAndValidate, type Registry } from '../registry/registry.ts';
import { containerOf, kubeletOf, nodeOf } from './kubelet-connection.ts';
import { logQuery } from './log-options.ts';
import { proxyChecked, proxyTo, type Upstream } from './proxy.ts';
import { isProxyable, portNumber, serviceUpstream, splitProxyName } from './service-proxy.ts';
import type { Tunnel, Tunnels } from './tunnels.ts';

export interface TunnelParts {
  readonly registry: Registry;
  readonly reader: ObjectReader;
  /** How this server shows itself to kubelets, and how it knows them. */
  readonly kubeletClient: { readonly certPem: string; readonly keyPem: string; readonly caPem: string } | undefined;
}

/** Logs, exec, attach, port-forward and proxies: requests that are answered by the kubelet, a Pod or a Service. */
export function createTunnels(parts: TunnelParts): Tunnels {
  const podOf = async (call: Parameters<Tunnel>[0], name: string): Promise<Pod> => (await requireEntry(parts.registry, call, name)).object as Pod;
  const toKubelet = (nodeName: string, path: string, request: HttpRequest): Promise<HttpAnswer> => proxyTo(kubeletUpstream(parts, nodeName, path), request);
  const connected =
    (tunnel: Tunnel): Tunnel =>
    async (call, info, request, query) => {
      await admitAndValidate(parts.registry, call, { operation: 'CONNECT', name: info.name });
      return await tunnel(call, info, request, query);
    };

  const log: Tunnel = async (call, info, request, query) => {
    const parameters = logQuery(query, info.name);
    const pod = await podOf(call, info.name);
    const container = containerOf(pod, query.get('container') ?? '');
    if (!pod.spec.nodeName) {
      // Nothing was ever logged.
      return { status: 204, headers: {}, body: '' };
    }
    const path = `/containerLogs/${encodePath(call.namespace, info.name, container)}${parameters}`;
    return await proxyChecked(kubeletUpstream(parts, pod.spec.nodeName, path), request, (status, text) => logRefusal(status, text, info.name));
  };
  const stream = (kubeletPath: 'exec' | 'attach'): Tunnel =>
    connected(async (call, info, request, query) => {
      const pod = await podOf(call, info.name);
      const container = containerOf(pod, query.get('container') ?? '');
      const nodeName = nodeOf(pod);
      requireUpgrade(request);
      return await toKubelet(nodeName, `/${kubeletPath}/${encodePath(call.namespace, info.name, container)}${streamQuery(query, kubeletPath)}`, request);
    });
  const portforward: Tunnel = connected(async (call, info, request, query) => {
    const pod = await podOf(call, info.name);
    const nodeName = nodeOf(pod);
    requireUpgrade(request);
    const ports = query.getAll('ports').flatMap((each) => each.split(','));
    const parameters = ports.length > 0 ? `?${ports.map((port) => `port=${encodeURIComponent(port)}`).join('&')}` : '';
    return await toKubelet(nodeName, `/portForward/${encodePath(call.namespace, info.name)}${parameters}`, request);
  });
  const podProxy: Tunnel = connected(async (call, info, request) => {
    const { scheme, name, port } = splitProxyName(info.name, 'pod');
    const pod = await podOf(call, name);
    const host = pod.status?.podIP;
    if (!host || !isProxyable(host)) throw newBadRequest('address not allowed');
    const number = port ? portNumber(info.name, port, 'pod') : (pod.spec.containers.flatMap((each) => each.ports ?? [])[0]?.containerPort ?? 80);
    return await proxyTo(plainUpstream(scheme, host, number, proxyPath(info, request)), request);
  });
  const serviceProxy: Tunnel = connected(async (call, info, request) => {
    const { scheme, name, port } = splitProxyName(info.name, 'service');
    const service = parts.reader.get<Service>(services, { namespace: call.namespace, name });
    if (!service) throw newNotFound({ group: '', plural: 'services' }, name);
    const target = serviceUpstream(parts.reader, service, port, info.name);
    return await proxyTo(plainUpstream(scheme, target.host, target.port, proxyPath(info, request)), request);
  });
  const nodeProxy: Tunnel = connected(async (_call, info, request) => {
    const { scheme, name, port } = splitProxyName(info.name, 'node');
    const upstream = kubeletUpstream(parts, name, proxyPath(info, request));
    const number = port ? portNumber(info.name, port, 'node') : upstream.port;
    if (number === upstream.port) return await proxyTo(upstream, request);
    // Whoever else listens there is not shown this server's certificate.
    if (!isProxyable(upstream.host)) throw newBadRequest('address not allowed');
    return await proxyTo(plainUpstream(scheme, upstream.host, number, upstream.path), request);
  });

  const byPath = new Map<string, Tunnel>([
    [`${pods.plural}/log`, log],
    [`${pods.plural}/exec`, stream('exec')],
    [`${pods.plural}/attach`, stream('attach')],
    [`${pods.plural}/portforward`, portforward],
    [`${pods.plural}/proxy`, podProxy],
    [`${services.plural}/proxy`, serviceProxy],
    [`${nodes.plural}/proxy`, nodeProxy],
  ]);
  return { find: ({ definition, subresource }) => byPath.get(`${definition.plural}/${subresource}`) };
}

/** What upstream answers when the kubelet has no log to give. */
function logRefusal(status: number, text: string, name: string): StatusError {
  if (status === 400) return newBadRequest(text);
  if (status === 404)
    return new StatusError('NotFound', `the server could not find the requested resource ( pods/log ${name})`, { details: { name, kind: 'pods/log' } });
  return newInternalError(new Error(text));
}

function kubeletUpstream({ reader, kubeletClient }: TunnelParts, nodeName: string, path: string): Upstream {
  if (!kubeletClient) throw new StatusError('ServiceUnavailable', 'this server has no client certificate for kubelets');
  const { host, port } = kubeletOf(reader, nodeName);
  // The kubelet's serving certificate must be the cluster's, and be made out to this address.
  const { certPem, keyPem, caPem } = kubeletClient;
  return { isTls: true, host, port, path, tls: { cert: certPem, key: keyPem, ca: caPem } };
}

function plainUpstream(scheme: string, host: string, port: number, path: string): Upstream {
  return { isTls: scheme === 'https', host, port, path, tls: { rejectUnauthorized: false } };
}

function encodePath(...parts: string[]): string {
  return parts.map((part) => encodeURIComponent(part)).join('/');
}

/** What follows `/proxy` in the URL, with the query. */
function proxyPath(info: RequestInfo, request: HttpRequest): string {
  return `/${info.rest}${request.search ? `?${request.search}` : ''}`;
}

/** PodExecOptions in the kubelet's words. */
function streamQuery(query: URLSearchParams, kind: 'exec' | 'attach'): string {
  const parameters: string[] = [];
  const flags = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;
  for (const [name, kubeletName] of Object.entries(flags)) if (isTrue(query.get(name))) parameters.push(`${kubeletName}=1`);
  if (kind === 'exec') for (const word of query.getAll('command')) parameters.push(`command=${encodeURIComponent(word)}`);
  return parameters.length > 0 ? `?${parameters.join('&')}` : '';
}

function requireUpgrade(request: HttpRequest): void {
  if (!request.isUpgrade) throw newBadRequest('Upgrade request required');
}
