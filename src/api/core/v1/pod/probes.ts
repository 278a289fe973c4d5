import type { Container, HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '#api/types/core-v1';
import { child, type FieldError, forbidden, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isHttpHeaderName, isPortNumber } from '../../../machinery/names.ts';
import { invalidEach, notNegative, portOrName } from './checks.ts';

/** What the container's end may take; sleeps must fit in it. Unknown where it is missing, which is an error of its own. */
type GraceSeconds = number | undefined;

/** What runs beside a container's own program: hooks and probes. */
export function validateHooks(container: Container, grace: GraceSeconds, path: string): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  const errors: FieldError[] = [];
  if (lifecycle) errors.push(...validateLifecycle(lifecycle, child(path, 'lifecycle'), grace));
  if (livenessProbe) errors.push(...validateLivenessProbe(livenessProbe, child(path, 'livenessProbe'), grace));
  if (readinessProbe) errors.push(...validateReadinessProbe(readinessProbe, child(path, 'readinessProbe'), grace));
  if (startupProbe) errors.push(...validateLivenessProbe(startupProbe, child(path, 'startupProbe'), grace));
  return errors;
}

function validateLivenessProbe(probe: Probe, path: string, grace: GraceSeconds): FieldError[] {
  const errors = validateProbe(probe, path, grace);
  if (probe.successThreshold !== 1) errors.push(invalid(child(path, 'successThreshold'), probe.successThreshold ?? 0, 'must be 1'));
  return errors;
}

function validateReadinessProbe(probe: Probe, path: string, grace: GraceSeconds): FieldError[] {
  const errors = validateProbe(probe, path, grace);
  const own = probe.terminationGracePeriodSeconds;
  if (own !== undefined) errors.push(invalid(child(path, 'terminationGracePeriodSeconds'), own, 'must not be set for readinessProbes'));
  return errors;
}

function validateProbe(probe: Probe, path: string, grace: GraceSeconds): FieldError[] {
  const errors = validateHandler(probe, path, grace);
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) {
    errors.push(...notNegative(child(path, field), probe[field]));
  }
  const own = probe.terminationGracePeriodSeconds;
  if (own !== undefined && own <= 0) errors.push(invalid(child(path, 'terminationGracePeriodSeconds'), own, 'must be greater than 0'));
  return errors;
}

function validateLifecycle(lifecycle: Lifecycle, path: string, grace: GraceSeconds): FieldError[] {
  return (['postStart', 'preStop'] as const).flatMap((field) => {
    const handler = lifecycle[field];
    return handler ? validateHandler(handler, child(path, field), grace) : [];
  });
}

function validateHandler(handler: LifecycleHandler & { grpc?: Probe['grpc'] }, path: string, grace: GraceSeconds): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  const check = (field: string, validate: () => FieldError[]) => {
    if (count++ > 0) errors.push(forbidden(child(path, field), 'may not specify more than 1 handler type'));
    else errors.push(...validate());
  };
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec) check('exec', () => (exec.command?.length ? [] : [required(child(path, 'exec', 'command'))]));
  if (httpGet) check('httpGet', () => validateHttpGet(httpGet, child(path, 'httpGet')));
  if (tcpSocket) check('tcpSocket', () => portOrName(child(path, 'tcpSocket', 'port'), tcpSocket.port));
  if (grpc) check('grpc', () => invalidEach(child(path, 'grpc', 'port'), grpc.port, isPortNumber(grpc.port)));
  if (sleep) {
    const { seconds } = sleep;
    const isWrong = grace !== undefined && (seconds < 0 || seconds > grace);
    const detail = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
    check('sleep', () => (isWrong ? [invalid(child(path, 'sleep'), seconds, detail)] : []));
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'));
  return errors;
}

function validateHttpGet({ path: target, port, scheme = '' as never, httpHeaders }: HTTPGetAction, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!target) errors.push(required(child(path, 'path')));
  errors.push(...portOrName(child(path, 'port'), port));
  if (scheme !== 'HTTP' && scheme !== 'HTTPS') errors.push(notSupported(child(path, 'scheme'), scheme, ['HTTP', 'HTTPS']));
  for (const { name = '' } of httpHeaders ?? []) errors.push(...invalidEach(child(path, 'httpHeaders'), name, isHttpHeaderName(name)));
  return errors;
}
