import type { Container, ContainerPort, ContainerResizePolicy, EphemeralContainer, PodSpec } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notFound, notSupported, required } from '../../../machinery/field-error.ts';
import { isDns1123Label, isPortName, isPortNumber } from '../../../machinery/names.ts';
import { invalidEach } from './checks.ts';
import { validateContainerResources } from './container-resources.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { validateVolumeDevices, validateVolumeMounts } from './mounts.ts';
import { validateHooks } from './probes.ts';
import { validateRestartRules } from './restart-rules.ts';
import type { PodRules } from './rules.ts';
import { validateSecurityContext } from './security.ts';
import { validatePullPolicy, type VolumesByName } from './volumes.ts';

/** What containers are judged against. */
export interface ContainerContext {
  readonly spec: PodSpec;
  readonly rules: PodRules;
  readonly volumes: VolumesByName;
  /** Names of the Pod's resource claims. */
  readonly claims: ReadonlySet<string>;
  /** What the container's end may take; sleeps must fit in it. */
  readonly grace: number | undefined;
}

/** The containers proper: at least one, names once, ports of the node once. */
export function validateContainers(context: ContainerContext, path: string): FieldError[] {
  const containers = context.spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors: FieldError[] = [];
  for (const [i, container] of containers.entries()) {
    const at = index(path, i);
    errors.push(...validateOne(container, context, at));
    if (names.has(container.name)) errors.push(duplicate(child(at, 'name'), container.name));
    names.add(container.name);
    errors.push(...validateHooks(container, context.grace, at), ...validateRestartRules(container, at));
  }
  return [...errors, ...hostPortConflicts(containers, path)];
}

/** Init containers: as containers, but only sidecars have probes and hooks. */
export function validateInitContainers(context: ContainerContext, path: string): FieldError[] {
  const names = new Set((context.spec.containers ?? []).map(({ name }) => name));
  return (context.spec.initContainers ?? []).flatMap((container, i) => {
    const at = index(path, i);
    const errors = [...validateOne(container, context, at), ...validateRestartRules(container, at)];
    if (names.has(container.name)) errors.push(duplicate(child(at, 'name'), container.name));
    else if (container.name) names.add(container.name);
    errors.push(...hostPortConflicts([container], path));
    if (container.restartPolicy === 'Always') return [...errors, ...validateHooks(container, context.grace, at)];
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[field]) errors.push(forbidden(child(at, field), 'may not be set for init containers without restartPolicy=Always'));
    }
    return errors;
  });
}

// In the order of upstream's struct.
const NOT_FOR_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** Containers for looking into a running Pod: nothing that could change how it is scheduled or counted. */
export function validateEphemeralContainers(context: ContainerContext, path: string): FieldError[] {
  const { spec } = context;
  if (!spec.ephemeralContainers?.length) return [];
  const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name);
  const [targets, names] = [new Set(others), new Set(others)];
  return spec.ephemeralContainers.flatMap((container, i) => {
    const at = index(path, i);
    const errors = [...validateOne(container, context, at), ...imageSpaces(container, at)];
    if (names.has(container.name)) errors.push(duplicate(child(at, 'name'), container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !targets.has(target)) errors.push(notFound(child(at, 'targetContainerName'), target));
    for (const field of NOT_FOR_EPHEMERAL) if (isSet(container[field])) errors.push(forbidden(child(at, field), 'cannot be set for an Ephemeral Container'));
    for (const [j, mount] of (container.volumeMounts ?? []).entries()) {
      const mountPath = index(child(at, 'volumeMounts'), j);
      if (mount.subPath) errors.push(forbidden(child(mountPath, 'subPath'), 'cannot be set for an Ephemeral Container'));
      if (mount.subPathExpr) errors.push(forbidden(child(mountPath, 'subPathExpr'), 'cannot be set for an Ephemeral Container'));
    }
    return errors;
  });
}
function isSet(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || Object.keys(value as object).length > 0);
}

/** What only Pods are asked: templates' images may yet be trimmed. */
export function validateImages(containers: readonly Container[] | undefined, path: string): FieldError[] {
  return (containers ?? []).flatMap((container, i) => imageSpaces(container, index(path, i)));
}
function imageSpaces({ image = '' }: Container | EphemeralContainer, path: string): FieldError[] {
  return image.trim() === image ? [] : [invalid(child(path, 'image'), image, 'must not have leading or trailing whitespace')];
}

const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];

function validateOne(container: Container | EphemeralContainer, context: ContainerContext, path: string): FieldError[] {
  const { spec, volumes, claims, rules } = context;
  const errors: FieldError[] = [];
  const { name, image, terminationMessagePolicy } = container;
  if (!name) errors.push(required(child(path, 'name')));
  else errors.push(...invalidEach(child(path, 'name'), name, isDns1123Label(name)));
  if (!image) errors.push(required(child(path, 'image')));
  if (!terminationMessagePolicy) errors.push(required(child(path, 'terminationMessagePolicy')));
  else if (!MESSAGE_POLICIES.includes(terminationMessagePolicy)) {
    errors.push(notSupported(child(path, 'terminationMessagePolicy'), terminationMessagePolicy, MESSAGE_POLICIES));
  }
  if (container.ports) errors.push(...validatePorts(container.ports, child(path, 'ports')));
  if (container.env) errors.push(...validateEnv(container.env, child(path, 'env')));
  if (container.envFrom) errors.push(...validateEnvFrom(container.envFrom, child(path, 'envFrom')));
  if (container.volumeMounts) errors.push(...validateVolumeMounts(container, volumes, child(path, 'volumeMounts')));
  if (container.volumeDevices) errors.push(...validateVolumeDevices(container.volumeDevices, container, volumes, child(path, 'volumeDevices')));
  errors.push(
    ...validatePullPolicy(container.imagePullPolicy, child(path, 'imagePullPolicy')),
    ...validateContainerResources(container.resources, claims, child(path, 'resources'), rules),
  );
  if (container.resizePolicy) errors.push(...validateResizePolicy(container.resizePolicy, spec, child(path, 'resizePolicy')));
  if (container.securityContext) errors.push(...validateSecurityContext(container.securityContext, spec, child(path, 'securityContext')));
  return errors;
}

function validateResizePolicy(policies: readonly ContainerResizePolicy[], { restartPolicy }: PodSpec, path: string): FieldError[] {
  const seen = new Set<string>();
  return policies.flatMap((policy, i) => {
    const { resourceName, restartPolicy: restart } = policy;
    const errors: FieldError[] = [];
    if (seen.has(resourceName)) errors.push(duplicate(index(path, i), resourceName));
    seen.add(resourceName);
    if (!resourceName) errors.push(required(path));
    else if (resourceName !== 'cpu' && resourceName !== 'memory') errors.push(notSupported(path, resourceName, ['cpu', 'memory']));
    if (!restart) errors.push(required(path));
    else if (restart !== 'NotRequired' && restart !== 'RestartContainer') errors.push(notSupported(path, restart, ['NotRequired', 'RestartContainer']));
    if (restartPolicy === 'Never' && restart !== 'NotRequired')
      errors.push(invalid(path, restart ?? '', "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    return errors;
  });
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function validatePorts(ports: readonly ContainerPort[], path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, containerPort, hostPort, protocol }, i) => {
    const at = index(path, i);
    const errors: FieldError[] = [];
    if (name) {
      const messages = isPortName(name);
      if (messages.length) errors.push(...invalidEach(child(at, 'name'), name, messages));
      else if (names.has(name)) errors.push(duplicate(child(at, 'name'), name));
      else names.add(name);
    }
    if (!containerPort) errors.push(required(child(at, 'containerPort')));
    else errors.push(...invalidEach(child(at, 'containerPort'), containerPort, isPortNumber(containerPort)));
    if (hostPort) errors.push(...invalidEach(child(at, 'hostPort'), hostPort, isPortNumber(hostPort)));
    if (!protocol) errors.push(required(child(at, 'protocol')));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(child(at, 'protocol'), protocol, PROTOCOLS));
    return errors;
  });
}

/** Ports of the node that several containers of the Pod want. */
function hostPortConflicts(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports }, i) =>
    (ports ?? []).flatMap(({ hostPort, protocol, hostIP = '' }, j) => {
      if (!hostPort) return [];
      const port = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(port)) return [duplicate(child(index(child(index(path, i), 'ports'), j), 'hostPort'), port)];
      taken.add(port);
      return [];
    }),
  );
}

/** With the node's network, container ports are the node's ports; a template may leave that to its Pods. */
export function validateHostNetworkPorts({ hostNetwork, containers }: PodSpec, { isPod }: PodRules, path: string): FieldError[] {
  if (!hostNetwork) return [];
  return (containers ?? []).flatMap(({ ports }, i) =>
    (ports ?? []).flatMap(({ hostPort = 0, containerPort }, j) => {
      const at = child(index(child(index(path, i), 'ports'), j), 'hostPort');
      const isWrong = (isPod || hostPort !== 0) && hostPort !== containerPort;
      return isWrong ? [invalid(at, hostPort, 'must match `containerPort` when `hostNetwork` is true')] : [];
    }),
  );
}
