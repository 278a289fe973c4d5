/** `npm test`: the gate and then the program with real containers, on isolated machines. */
import { runSteps } from './run-steps.ts';
import { e2eSteps, okSteps } from './steps.ts';

process.exitCode = await runSteps([...okSteps, ...e2eSteps]);
