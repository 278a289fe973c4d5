import { readFileSync, statfsSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** What does not change while the machine runs. */
export interface MachineInfo {
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  /** As Go names it: amd64, arm64. */
  readonly architecture: string;
  readonly swapBytes: number;
}

export function readMachineInfo(): MachineInfo {
  const machineId = readText('/etc/machine-id') || readText('/var/lib/dbus/machine-id');
  return {
    cpuCount: cpus().length,
    memoryBytes: totalmem(),
    machineId,
    systemUuid: readText('/sys/class/dmi/id/product_uuid') || machineId,
    bootId: readText('/proc/sys/kernel/random/boot_id'),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readText('/etc/os-release'))?.[1] ?? 'Linux',
    architecture: { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch,
    swapBytes: Number(/^SwapTotal:\s+(\d+)/m.exec(readText('/proc/meminfo'))?.[1] ?? 0) * 1024,
  };
}

/** Size and free bytes and inodes of the file system that holds `path`. */
export function readFilesystem(path: string): { capacityBytes: number; availableBytes: number; inodes: number; inodesFree: number } {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(path);
  return { capacityBytes: blocks * bsize, availableBytes: bavail * bsize, inodes: files, inodesFree: ffree };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
