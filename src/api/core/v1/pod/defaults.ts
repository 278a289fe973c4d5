import type { Container, EphemeralContainer, HTTPGetAction, Pod, PodSpec, PodTemplateSpec, Probe, ResourceList } from '#api/types/core-v1';
import { defaultResourceList } from '../resource-list.ts';
import { pullPolicyFor } from './image-name.ts';
import { defaultPodResources } from './resources.ts';
import { defaultVolume } from './volume-defaults.ts';

/** Upstream's defaults for a Pod (pkg/apis/core/v1/defaults.go): those of its spec, and those that templates do not get. */
export function defaultPod(pod: Pod): void {
  // A body may lack what the type promises; from here on it is there.
  pod.spec ??= { containers: [] };
  const { spec } = pod;
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    requestWhatIsLimited(container);
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
  defaultPodResources(spec);
  spec.enableServiceLinks ??= true;
  defaultPodSpec(spec);
}

/** The defaults of a Pod template, in whatever kind it stands. */
export function defaultPodTemplate(template: PodTemplateSpec): void {
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
}

function defaultPodSpec(spec: PodSpec): void {
  spec.containers ??= [];
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  mirrorServiceAccount(spec);
  if (spec.overhead) defaultResourceList(spec.overhead);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
}

/** `serviceAccount` is the old name of `serviceAccountName` and always says the same. */
export function mirrorServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (name) spec.serviceAccountName = spec.serviceAccount = name;
}

function requestWhatIsLimited({ resources }: Container): void {
  if (!resources?.limits) return;
  resources.requests = withMissing(resources.requests ?? {}, resources.limits);
}
function withMissing(list: ResourceList, others: ResourceList): ResourceList {
  for (const [name, quantity] of Object.entries(others)) list[name] ??= quantity;
  return list;
}

function defaultContainer(container: Container | EphemeralContainer): void {
  container.resources ??= {};
  if (container.resources.limits) defaultResourceList(container.resources.limits);
  if (container.resources.requests) defaultResourceList(container.resources.requests);
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.imagePullPolicy ||= pullPolicyFor(container.image ?? '');
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1';
    if (valueFrom?.resourceFieldRef) valueFrom.resourceFieldRef.divisor ??= '0';
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe) defaultProbe(probe);
  defaultHttpGet(container.lifecycle?.postStart?.httpGet);
  defaultHttpGet(container.lifecycle?.preStop?.httpGet);
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.grpc) probe.grpc.service ??= '';
  defaultHttpGet(probe.httpGet);
}

function defaultHttpGet(action: HTTPGetAction | undefined): void {
  if (!action) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}
