/** `npm run fuzz [-- --cpu-seconds 600 --seed 1]`: attacks a server and prints what it must not have done; exits with 1 where there is any. */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({ options: { 'cpu-seconds': { type: 'string', default: '600' }, seed: { type: 'string', default: '1' } } });
const { attacks, finds, heap } = await fuzz({ cpuSeconds: Number(values['cpu-seconds']), seed: Number(values.seed), progress: (line) => console.log(line) });
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(`${attacks} attacks, ${finds.length} finds; heap ${megabytes(heap.early)} at half time, ${megabytes(heap.late)} at the end`);

process.exitCode = finds.length > 0 || heap.late > heap.early * 1.5 ? 1 : 0;
