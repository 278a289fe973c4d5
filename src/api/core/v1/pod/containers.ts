import type { Container, ContainerPort, EphemeralContainer, PodSpec } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notFound, notSupported, required } from '../../../machinery/field-error.ts';
import { isDns1123Label, isPortName, isPortNumber } from '../../../machinery/names.ts';
import { invalidEach } from './checks.ts';
import { validateContainerResources } from './container-resources.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { validateVolumeDevices, validateVolumeMounts, type VolumesByName } from './mounts.ts';
import { validateLifecycle, validateLivenessProbe, validateReadinessProbe } from './probes.ts';
import { validateSecurityContext } from './security.ts';

/** What containers are judged against. */
export interface ContainerContext {
  readonly spec: PodSpec;
  readonly volumes: VolumesByName;
  /** Names of the Pod's resource claims. */
  readonly claims: ReadonlySet<string>;
  readonly grace: number;
}

/** The containers proper: at least one, names once, ports of the node once. */
export function validateContainers(context: ContainerContext, path: string): FieldError[] {
  const containers = context.spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, i) => {
    const at = index(path, i);
    const found = validateOne(container, context, at);
    if (names.has(container.name)) found.push(duplicate(child(at, 'name'), container.name));
    names.add(container.name);
    found.push(...validateHooks(container, context, at));
    if (container.restartPolicy !== undefined && !isRestartPolicy(container.restartPolicy)) {
      found.push(notSupported(child(at, 'restartPolicy'), container.restartPolicy, ['Always', 'Never', 'OnFailure']));
    }
    return found;
  });
  return [...errors, ...hostPortConflicts(containers, path)];
}

function isRestartPolicy(policy: string): boolean {
  return policy === 'Always' || policy === 'Never' || policy === 'OnFailure';
}

/** Init containers: as containers, but only sidecars have probes and hooks. */
export function validateInitContainers(context: ContainerContext, path: string): FieldError[] {
  const names = new Set((context.spec.containers ?? []).map(({ name }) => name));
  return (context.spec.initContainers ?? []).flatMap((container, i) => {
    const at = index(path, i);
    const errors = validateOne(container, context, at);
    if (names.has(container.name)) errors.push(duplicate(child(at, 'name'), container.name));
    else if (container.name) names.add(container.name);
    errors.push(...hostPortConflicts([container], path));
    if (container.restartPolicy !== undefined && !isRestartPolicy(container.restartPolicy)) {
      errors.push(notSupported(child(at, 'restartPolicy'), container.restartPolicy, ['Always', 'Never', 'OnFailure']));
    }
    if (container.restartPolicy === 'Always') return [...errors, ...validateHooks(container, context, at)];
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[field]) errors.push(forbidden(child(at, field), 'may not be set for init containers without restartPolicy=Always'));
    }
    return errors;
  });
}

const EPHEMERAL_FIELDS = new Set([
  'name',
  'image',
  'command',
  'args',
  'workingDir',
  'envFrom',
  'env',
  'volumeMounts',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'imagePullPolicy',
  'securityContext',
  'stdin',
  'stdinOnce',
  'tty',
  'volumeDevices',
  'resizePolicy',
]);

/** Containers for looking into a running Pod: nothing that could change how it is scheduled or counted. */
export function validateEphemeralContainers(context: ContainerContext, path: string): FieldError[] {
  const { spec } = context;
  const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name);
  const [targets, names] = [new Set(others), new Set(others)];
  return (spec.ephemeralContainers ?? []).flatMap((container, i) => {
    const at = index(path, i);
    const errors = validateOne(container, context, at);
    if (names.has(container.name)) errors.push(duplicate(child(at, 'name'), container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !targets.has(target)) errors.push(notFound(child(at, 'targetContainerName'), target));
    errors.push(...fieldsOfEphemeral(container, at));
    for (const [j, mount] of (container.volumeMounts ?? []).entries()) {
      if (mount.subPath) errors.push(forbidden(child(index(child(at, 'volumeMounts'), j), 'subPath'), 'cannot be set for an Ephemeral Container'));
      if (mount.subPathExpr) errors.push(forbidden(child(index(child(at, 'volumeMounts'), j), 'subPathExpr'), 'cannot be set for an Ephemeral Container'));
    }
    return errors;
  });
}

function fieldsOfEphemeral(container: EphemeralContainer, path: string): FieldError[] {
  return Object.entries(container)
    .filter(([field, value]) => field !== 'targetContainerName' && !EPHEMERAL_FIELDS.has(field) && !isNothing(value))
    .map(([field]) => forbidden(child(path, field), 'cannot be set for an Ephemeral Container'));
}
function isNothing(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && Object.keys(value as object).length === 0);
}

function validateHooks(container: Container, { grace }: ContainerContext, path: string): FieldError[] {
  return [
    ...validateLifecycle(container.lifecycle, child(path, 'lifecycle'), grace),
    ...validateLivenessProbe(container.livenessProbe, child(path, 'livenessProbe'), grace),
    ...validateReadinessProbe(container.readinessProbe, child(path, 'readinessProbe'), grace),
    ...validateLivenessProbe(container.startupProbe, child(path, 'startupProbe'), grace),
  ];
}

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

function validateOne(container: Container | EphemeralContainer, { spec, volumes, claims }: ContainerContext, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { name, image, terminationMessagePolicy, imagePullPolicy } = container;
  if (!name) errors.push(required(child(path, 'name')));
  else errors.push(...invalidEach(child(path, 'name'), name, isDns1123Label(name)));
  if (!image) errors.push(required(child(path, 'image')));
  else if (image.trim() !== image) errors.push(invalid(child(path, 'image'), image, 'must not have leading or trailing whitespace'));
  if (!terminationMessagePolicy) errors.push(required(child(path, 'terminationMessagePolicy')));
  else if (terminationMessagePolicy !== 'File' && terminationMessagePolicy !== 'FallbackToLogsOnError') {
    errors.push(invalid(child(path, 'terminationMessagePolicy'), terminationMessagePolicy, "must be 'File' or 'FallbackToLogsOnError'"));
  }
  errors.push(
    ...validatePorts(container.ports, child(path, 'ports')),
    ...validateEnv(container.env, child(path, 'env')),
    ...validateEnvFrom(container.envFrom, child(path, 'envFrom')),
    ...validateVolumeMounts(container, volumes, child(path, 'volumeMounts')),
    ...validateVolumeDevices(container.volumeDevices, container, volumes, child(path, 'volumeDevices')),
  );
  if (!imagePullPolicy) errors.push(required(child(path, 'imagePullPolicy')));
  else if (!PULL_POLICIES.includes(imagePullPolicy)) errors.push(notSupported(child(path, 'imagePullPolicy'), imagePullPolicy, PULL_POLICIES));
  errors.push(
    ...validateContainerResources(container.resources, claims, child(path, 'resources')),
    ...validateResizePolicy(container, spec, child(path, 'resizePolicy')),
    ...validateSecurityContext(container.securityContext, spec, child(path, 'securityContext')),
  );
  return errors;
}

function validateResizePolicy({ resizePolicy }: Container | EphemeralContainer, { restartPolicy }: PodSpec, path: string): FieldError[] {
  const seen = new Set<string>();
  return (resizePolicy ?? []).flatMap((policy) => {
    const errors: FieldError[] = [];
    if (seen.has(policy.resourceName)) errors.push(duplicate(path, policy.resourceName));
    seen.add(policy.resourceName);
    if (policy.resourceName !== 'cpu' && policy.resourceName !== 'memory') errors.push(notSupported(path, policy.resourceName, ['cpu', 'memory']));
    if (policy.restartPolicy !== 'NotRequired' && policy.restartPolicy !== 'RestartContainer') {
      errors.push(notSupported(path, policy.restartPolicy, ['NotRequired', 'RestartContainer']));
    }
    if (restartPolicy === 'Never' && policy.restartPolicy !== 'NotRequired') {
      errors.push(invalid(path, policy.restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function validatePorts(ports: readonly ContainerPort[] | undefined, path: string): FieldError[] {
  const names = new Set<string>();
  return (ports ?? []).flatMap(({ name, containerPort, hostPort, protocol }, i) => {
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

/** With the node's network, container ports are the node's ports. */
export function validateHostNetworkPorts({ hostNetwork, containers }: PodSpec, path: string): FieldError[] {
  if (!hostNetwork) return [];
  return (containers ?? []).flatMap(({ ports }, i) =>
    (ports ?? []).flatMap(({ hostPort, containerPort }, j) => {
      const at = child(index(child(index(path, i), 'ports'), j), 'containerPort');
      return (hostPort ?? 0) === containerPort ? [] : [invalid(at, containerPort, 'must match `hostPort` when `hostNetwork` is true')];
    }),
  );
}
