import { constants, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';

/**
 * Lets containerd say how a command ended that left much of its input unread.
 *
 * containerd copies the input into a FIFO that its shim reads. When the command has ended the shim reads no more, but keeps the FIFO open:
 * containerd's write never returns, and it waits for that before it tells the exit code. So what is in the FIFOs of commands that have
 * ended is read here and dropped: nobody else ever would. Commands that still run are left alone.
 *
 * Resolves when all that was found has been read to its end; says how many commands there were. `stateDir` is containerd's.
 */
export async function releaseStuckInput(stateDir: string, containerId: string): Promise<number> {
  const ioDir = join(stateDir, 'io.containerd.grpc.v1.cri/containers', containerId, 'io');
  const pidDir = join(stateDir, 'io.containerd.runtime.v2.task/k8s.io', containerId);
  const folders = await readdir(ioDir).catch(() => []); // another runtime, or another containerd's layout
  const names = await Promise.all(folders.map(async (folder) => (await readdir(join(ioDir, folder)).catch(() => [])).map((name) => join(folder, name))));
  const drained = names.flat().map(async (path) => {
    const execId = /([^/]+)-stdin$/.exec(path)?.[1];
    // The container's own input goes on for as long as it runs.
    if (!execId || execId === containerId || !(await hasEnded(join(pidDir, `${execId}.pid`), containerId))) return 0;
    return Number(await drain(join(ioDir, path)));
  });
  return (await Promise.all(drained)).reduce<number>((sum, one) => sum + one, 0);
}

/** Whether the process of a pid file is gone. A file that is not there yet belongs to a command that is about to start. */
async function hasEnded(pidFile: string, containerId: string): Promise<boolean> {
  const pid = (await readFile(pidFile, 'utf8').catch(() => '')).trim();
  if (pid === '') return false;
  const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  // The number may have been given to another process meanwhile.
  return !cgroup.includes(containerId);
}

/** Reads a FIFO until nobody writes into it; false when it has gone. */
function drain(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch {
      return resolve(false);
    }
    const socket = new Socket({ fd, readable: true, writable: false });
    socket.on('error', () => undefined);
    socket.once('end', () => socket.destroy());
    socket.once('close', () => resolve(true));
    socket.resume();
  });
}
