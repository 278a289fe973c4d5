import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '#api/types/core-v1';
import type { KubeletContext } from '../context.ts';
import { isRuntimeNotFound } from '../cri/cri-client.ts';
import type { PodRuntime } from './observed.ts';

/** Removes a pod's containers, sandboxes and logs; all of them must have ended. */
export async function removeRuntimeLeftovers(context: KubeletContext, pod: Pod, runtime: PodRuntime): Promise<void> {
  const { uid = '', namespace, name } = pod.metadata;
  try {
    for (const { id } of runtime.containers) await ignoreMissing(context.cri.call('RemoveContainer', { containerId: id }));
    for (const { id } of runtime.sandboxes) await ignoreMissing(context.cri.call('RemovePodSandbox', { podSandboxId: id }));
  } catch (error) {
    // The clean-up of orphans tries again.
    context.log.warning('Cannot remove what the runtime holds of a deleted pod', { pod: `${namespace}/${name}`, err: error });
  }
  rmSync(join(context.podLogsDir, `${namespace}_${name}_${uid}`), { recursive: true, force: true });
  context.objects.release(uid);
  context.tokens.forget(uid);
  context.images.forget(uid);
}

/**
 * Log collectors look for `<pod>_<namespace>_<container>-<id>.log` in `containers/` beside the pods' logs. Only a convenience: a failure is
 * not worth a pod.
 */
export function linkLog(podLogsDir: string, pod: Pod, container: { readonly name: string; readonly id: string; readonly logPath: string }): void {
  const dir = join(podLogsDir, '..', 'containers');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o755 });
    symlinkSync(container.logPath, join(dir, `${pod.metadata.name}_${pod.metadata.namespace}_${container.name}-${container.id}.log`));
  } catch {
    // There already, or nowhere to put it.
  }
}

/** Removes the links whose logs are gone. */
export function removeDeadLinks(podLogsDir: string): void {
  const dir = join(podLogsDir, '..', 'containers');
  if (!existsSync(dir)) return;
  for (const name of readdirSync(dir)) if (!existsSync(join(dir, name))) rmSync(join(dir, name), { force: true });
}

async function ignoreMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isRuntimeNotFound(error)) throw error;
  }
}
