import type { Container, Volume, VolumeDevice, VolumeMount } from '#api/types/core-v1';
import { child, type FieldError, forbidden, index, invalid, notFound, notSupported, required } from '../../../machinery/field-error.ts';
import { descendingPath, noParents } from './checks.ts';

/** Where a container mounts volumes: known ones, each place once. */
export function validateVolumeMounts(container: Container, volumes: ReadonlyMap<string, Volume>, path: string): FieldError[] {
  const devices = new Map((container.volumeDevices ?? []).map(({ name, devicePath }) => [name, devicePath]));
  const devicePaths = new Set(devices.values());
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const at = index(path, i);
    const { name, mountPath } = mount;
    if (!name) errors.push(required(child(at, 'name')));
    if (!volumes.has(name)) errors.push(notFound(child(at, 'name'), name));
    if (!mountPath) errors.push(required(child(at, 'mountPath')));
    if (seen.has(mountPath)) errors.push(invalid(child(at, 'mountPath'), mountPath, 'must be unique'));
    seen.add(mountPath);
    if (devices.has(name)) errors.push(invalid(child(at, 'name'), name, 'must not already exist in volumeDevices'));
    if (devicePaths.has(mountPath)) errors.push(invalid(child(at, 'mountPath'), mountPath, 'must not already exist as a path in volumeDevices'));
    errors.push(...subPathErrors(mount, at, path), ...propagationErrors(mount, container, path), ...recursiveReadOnlyErrors(mount, path));
  }
  return errors;
}

// Upstream names the list, not the mount, in most of these.
function subPathErrors({ subPath, subPathExpr }: VolumeMount, at: string, list: string): FieldError[] {
  const errors = subPath ? descendingPath(child(list, 'subPath'), subPath) : [];
  if (!subPathExpr) return errors;
  if (subPath) errors.push(invalid(child(at, 'subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
  return [...errors, ...descendingPath(child(list, 'subPathExpr'), subPathExpr)];
}

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];
function propagationErrors({ mountPropagation }: VolumeMount, { securityContext }: Container, list: string): FieldError[] {
  if (mountPropagation === undefined) return [];
  const at = child(list, 'mountPropagation');
  if (!PROPAGATIONS.includes(mountPropagation)) return [notSupported(at, mountPropagation, PROPAGATIONS)];
  const isAllowed = mountPropagation !== 'Bidirectional' || securityContext?.privileged;
  return isAllowed ? [] : [forbidden(at, 'Bidirectional mount propagation is available only to privileged containers')];
}

const RECURSIVE = ['Disabled', 'Enabled', 'IfPossible'];
function recursiveReadOnlyErrors({ recursiveReadOnly, readOnly, mountPropagation }: VolumeMount, list: string): FieldError[] {
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return [];
  const at = child(list, 'recursiveReadOnly');
  if (!RECURSIVE.includes(recursiveReadOnly)) return [notSupported(at, recursiveReadOnly, RECURSIVE)];
  const errors: FieldError[] = [];
  if (!readOnly) errors.push(forbidden(at, 'may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    errors.push(forbidden(at, 'may only be specified when mountPropagation is None or not specified'));
  return errors;
}

/** Block devices of a container: claims only, each place once. */
export function validateVolumeDevices(
  devices: readonly VolumeDevice[],
  { volumeMounts }: Container,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
): FieldError[] {
  const [names, paths] = [new Set<string>(), new Set<string>()];
  const mounts = new Map((volumeMounts ?? []).map(({ name, mountPath }) => [name, mountPath]));
  return devices.flatMap(({ name, devicePath }, i) => {
    const at = index(path, i);
    const errors: FieldError[] = [];
    const volume = volumes.get(name);
    if (!name) errors.push(required(child(at, 'name')));
    if (names.has(name)) errors.push(invalid(child(at, 'name'), name, 'must be unique'));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      errors.push(invalid(child(at, 'name'), name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'));
    }
    if (!volume) errors.push(notFound(child(at, 'name'), name));
    if (!devicePath) errors.push(required(child(at, 'devicePath')));
    if (paths.has(devicePath)) errors.push(invalid(child(at, 'devicePath'), devicePath, 'must be unique'));
    if (devicePath && noParents('', devicePath).length) errors.push(invalid(child(at, 'devicePath'), devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounts.has(name)) errors.push(invalid(child(at, 'name'), name, 'must not already exist in volumeMounts'));
    if ([...mounts.values()].includes(devicePath))
      errors.push(invalid(child(at, 'devicePath'), devicePath, 'must not already exist as a path in volumeMounts'));
    if (name) names.add(name);
    return errors;
  });
}
