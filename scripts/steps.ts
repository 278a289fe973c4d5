import type { Step } from './run-steps.ts';

const node = 'scripts/node';
const bin = (name: string) => `node_modules/.bin/${name}`;

/** The gate: quick checks first. */
export const okSteps: readonly Step[] = [
  { name: 'generated is current', argv: [node, 'scripts/gen.ts', '--check'] },
  { name: 'types', argv: [bin('tsc'), '-p', '.'] },
  { name: 'lint', argv: [bin('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', argv: [bin('biome'), 'format'] },
  { name: 'floors', argv: [node, 'scripts/check-floors.ts'] },
  { name: 'unit tests', argv: [node, '--test', '--test-timeout=120000', '--test-reporter=dot', 'src/**/*.test.ts', 'scripts/**/*.test.ts'] },
  {
    name: 'integration tests',
    argv: [node, '--test', '--test-concurrency=1', '--test-timeout=60000', '--test-reporter=spec', 'test/integration/**/*.test.ts'],
  },
  { name: 'recorded answers', argv: [node, '--test', '--test-timeout=60000', '--test-reporter=dot', 'test/upstream/**/*.test.ts'] },
];

/** The program as its users meet it: by kubectl and other clients, by attackers, and with real containers on isolated machines; needs root. */
export const e2eSteps: readonly Step[] = [
  { name: 'kubectl transcripts', argv: [node, '--test', '--test-timeout=120000', '--test-reporter=spec', 'test/kubectl/**/*.test.ts'] },
  { name: 'informers', argv: [node, '--test', '--test-timeout=300000', '--test-reporter=spec', 'test/informers/**/*.test.ts'] },
  { name: 'hostile requests', argv: [node, '--test', '--test-timeout=120000', '--test-reporter=spec', 'test/fuzz/**/*.test.ts'] },
  { name: 'e2e tests', argv: [node, '--test', '--test-concurrency=1', '--test-timeout=600000', '--test-reporter=spec', 'test/e2e/**/*.test.ts'] },
];
