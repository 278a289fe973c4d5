/** A container's environment, as makeEnvironmentVariables of pkg/kubelet/kubelet_pods.go builds it. */
import type { ConfigMap, Container, EnvVar, Secret, Service } from '#api/types/core-v1';
import { type DownwardSource, fieldText, resourceText } from './downward.ts';
import type { AnyContainer } from './pod-worker/labels.ts';

export interface EnvSource extends DownwardSource {
  /** undefined: there is none. */
  configMap(name: string): Promise<ConfigMap | undefined>;
  secret(name: string): Promise<Secret | undefined>;
  /** All services, for the variables that announce them. */
  services(): readonly Service[];
}

/** Makes the container wait with reason CreateContainerConfigError; the message is upstream's. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

/** Variables in upstream's order: services, envFrom, env; later ones win. Throws ContainerConfigError. */
export async function buildEnv(source: EnvSource, container: AnyContainer): Promise<{ key: string; value: string }[]> {
  const isLinked = source.pod.spec?.enableServiceLinks ?? true;
  const fromServices = serviceEnv(source.services(), source.pod.metadata.namespace ?? '', isLinked);
  const result = new Map<string, string>();
  for (const from of container.envFrom ?? []) await addAll(source, from, result);
  const known = new Map([...fromServices, ...result]);
  for (const variable of container.env ?? []) {
    const value = await valueOf(source, container, variable, known);
    if (value === undefined) continue;
    known.set(variable.name, value);
    result.set(variable.name, value);
  }
  for (const [key, value] of fromServices) if (!result.has(key)) result.set(key, value);
  return [...result].map(([key, value]) => ({ key, value }));
}

async function addAll(source: EnvSource, from: NonNullable<Container['envFrom']>[number], into: Map<string, string>): Promise<void> {
  const prefix = from.prefix ?? '';
  const namespace = source.pod.metadata.namespace ?? '';
  if (from.configMapRef) {
    const name = from.configMapRef.name ?? '';
    const configMap = await source.configMap(name);
    if (!configMap && !from.configMapRef.optional) throw new ContainerConfigError(`configmap "${name}" not found`);
    for (const [key, value] of Object.entries(configMap?.data ?? {})) into.set(prefix + key, value);
  } else if (from.secretRef) {
    const name = from.secretRef.name ?? '';
    const secret = await source.secret(name);
    if (!secret && !from.secretRef.optional) throw new ContainerConfigError(`secret "${name}" not found`);
    for (const [key, value] of Object.entries(secret?.data ?? {})) into.set(prefix + key, Buffer.from(value, 'base64').toString());
  } else {
    throw new ContainerConfigError(`envFrom of pod ${namespace}/${source.pod.metadata.name} names nothing`);
  }
}

async function valueOf(source: EnvSource, container: AnyContainer, variable: EnvVar, known: ReadonlyMap<string, string>): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (!from) return expandVariables(variable.value ?? '', (name) => known.get(name));
  const namespace = source.pod.metadata.namespace ?? '';
  if (from.fieldRef) return fieldText(source, from.fieldRef);
  if (from.resourceFieldRef) {
    const { containerName } = from.resourceFieldRef;
    const target = containerName
      ? [...(source.pod.spec?.containers ?? []), ...(source.pod.spec?.initContainers ?? [])].find((c) => c.name === containerName)
      : container;
    if (!target) throw new ContainerConfigError(`container ${containerName} not found`);
    return resourceText(source, target, from.resourceFieldRef);
  }
  if (from.configMapKeyRef) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const configMap = await source.configMap(name);
    if (!configMap && optional) return undefined;
    if (!configMap) throw new ContainerConfigError(`configmap "${name}" not found`);
    const value = configMap.data?.[key];
    if (value === undefined && !optional) throw new ContainerConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
    return value;
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional } = from.secretKeyRef;
    const secret = await source.secret(name);
    if (!secret && optional) return undefined;
    if (!secret) throw new ContainerConfigError(`secret "${name}" not found`);
    const value = secret.data?.[key];
    if (value === undefined && !optional) throw new ContainerConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`);
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
  }
  return undefined;
}

/** Replaces `$(NAME)`; `$$` is a dollar, and what is unknown stays as it is. */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): string {
  return text.includes('$')
    ? text.replaceAll(/\$(\$|\(([^)]*)\))/g, (whole, mark: string, name: string) => (mark === '$' ? '$' : (lookup(name) ?? whole)))
    : text;
}

/** Variables that announce services: those of the pod's namespace (if linked), and always `kubernetes` of `default`. */
export function serviceEnv(services: readonly Service[], namespace: string, isLinked: boolean): Map<string, string> {
  const env = new Map<string, string>();
  const chosen = new Map<string, Service>();
  for (const service of services) {
    const name = service.metadata.name ?? '';
    const ip = service.spec?.clusterIP;
    if (!ip || ip === 'None') continue;
    if (service.metadata.namespace === 'default' && name === 'kubernetes' && !chosen.has(name)) chosen.set(name, service);
    else if (isLinked && service.metadata.namespace === namespace) chosen.set(name, service);
  }
  for (const [name, service] of chosen) addService(env, name.toUpperCase().replaceAll('-', '_'), service);
  return env;
}

function addService(env: Map<string, string>, prefix: string, service: Service): void {
  const ip = service.spec?.clusterIP ?? '';
  const host = ip.includes(':') ? `[${ip}]` : ip;
  const ports = service.spec?.ports ?? [];
  env.set(`${prefix}_SERVICE_HOST`, ip);
  env.set(`${prefix}_SERVICE_PORT`, String(ports[0]?.port ?? ''));
  for (const port of ports) if (port.name) env.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port));
  for (const [index, port] of ports.entries()) {
    const protocol = port.protocol ?? 'TCP';
    const url = `${protocol.toLowerCase()}://${host}:${port.port}`;
    const name = `${prefix}_PORT_${port.port}_${protocol}`;
    if (index === 0) env.set(`${prefix}_PORT`, url);
    env.set(name, url);
    env.set(`${name}_PROTO`, protocol.toLowerCase());
    env.set(`${name}_PORT`, String(port.port));
    env.set(`${name}_ADDR`, ip);
  }
}
