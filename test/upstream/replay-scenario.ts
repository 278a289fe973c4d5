import { kubeconfigData, startControlPlane } from '../integration/control-plane.ts';
import { compareAnswer } from './compare.ts';
import { runScenario } from './run-scenario.ts';
import { type Scenario, type Step } from './scenario.ts';
import { UpstreamClient } from './upstream-client.ts';

/** A compared step and how its answer differs from the recorded one. */
export interface ReplayedStep extends Pick<Step, 'id' | 'method' | 'path' | 'note'> {
  readonly differences: readonly string[];
}

/** A control plane to replay against, with its administrator's client. */
export async function startReplay(): Promise<AsyncDisposable & { readonly client: UpstreamClient }> {
  const plane = await startControlPlane();
  const { kubeconfigText, port } = plane.cluster;
  const client = new UpstreamClient({
    url: `https://127.0.0.1:${port}`,
    caPem: kubeconfigData(kubeconfigText, 'certificate-authority-data'),
    certPem: kubeconfigData(kubeconfigText, 'client-certificate-data'),
    keyPem: kubeconfigData(kubeconfigText, 'client-key-data'),
  });
  return {
    client,
    async [Symbol.asyncDispose]() {
      client.close();
      await plane[Symbol.asyncDispose]();
    },
  };
}

/** Runs a scenario and compares its answers. */
export async function replayScenario(client: UpstreamClient, scenario: Scenario): Promise<ReplayedStep[]> {
  const results = await runScenario(client, scenario);
  return scenario.steps.flatMap((step, index) => {
    if (step.nocheck || !step.expect) return [];
    const result = results[index] ?? { error: 'was not run' };
    const differences = 'error' in result ? [`no answer: ${result.error}`] : compareAnswer(scenario, step, result.answer);
    return [{ ...step, differences }];
  });
}
