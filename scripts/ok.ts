/** `npm run ok`, the gate before every commit: types, lint, format, floors, generated-is-current, unit and integration tests. */
import { runSteps } from './run-steps.ts';
import { okSteps } from './steps.ts';

process.exitCode = await runSteps(okSteps);
