import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { DEFAULTS } from '#cluster/config';
import { type Command, defineCommand } from '../command.ts';
import { UsageError } from '../flag.ts';

interface Tool {
  readonly name: string;
  readonly summary: string;
  /** Where to get it, for the error. */
  readonly cure: string;
  /** Variables that the tool gets where the user has not set them. */
  variables(env: Readonly<Record<string, string | undefined>>): Record<string, string>;
}

/** `k3ts kubectl|crictl|ctr …`: runs the tool on PATH against this cluster; arguments are handed over unread, the exit code is the tool's. */
function toolCommand(tool: Tool): Command {
  return defineCommand({
    name: tool.name,
    summary: tool.summary,
    flags: {},
    isPassthrough: true,
    run: ({ rest, env }) =>
      new Promise<number>((resolve, reject) => {
        const child = spawn(tool.name, [...rest], { stdio: 'inherit', env: { ...tool.variables(env), ...env } });
        // The terminal signals the whole group: the tool decides, this process only waits for it.
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void child.kill(signal));
        child.once('error', (error: NodeJS.ErrnoException) =>
          reject(error.code === 'ENOENT' ? new UsageError(`Cannot run ${tool.name}: it is not on PATH; ${tool.cure}`) : error),
        );
        child.once('exit', (code, signal) => resolve(code ?? (signal ? 130 : 1)));
      }),
  });
}

function kubeconfigVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const candidates = [env['K3S_KUBECONFIG_OUTPUT'], '/etc/rancher/k3s/k3s.yaml', `${env['HOME'] ?? ''}/.kube/k3s.yaml`];
  const found = candidates.find((file) => file && existsSync(file));
  return found ? { KUBECONFIG: found } : {};
}

export const kubectl = toolCommand({
  name: 'kubectl',
  summary: 'Run kubectl',
  cure: 'install kubectl',
  variables: kubeconfigVariables,
});

export const crictl = toolCommand({
  name: 'crictl',
  summary: 'Run crictl',
  cure: 'install crictl (cri-tools)',
  variables: (env) => ({
    CONTAINER_RUNTIME_ENDPOINT: 'unix:///run/k3s/containerd/containerd.sock',
    CRI_CONFIG_FILE: `${env['K3S_DATA_DIR'] ?? DEFAULTS.dataDir}/agent/etc/crictl.yaml`,
  }),
});

export const ctr = toolCommand({
  name: 'ctr',
  summary: 'Run ctr',
  cure: 'install the Debian package containerd',
  variables: () => ({ CONTAINERD_ADDRESS: '/run/k3s/containerd/containerd.sock', CONTAINERD_NAMESPACE: 'k8s.io' }),
});
