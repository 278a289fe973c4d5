/**
 * `npm run bench [-- section …] [--commit]`: measures on isolated machines and prints every figure beside the previous one and its budget.
 * Sections: start full-start pods api watch-load idle (default: all). `--commit` writes bench/figures.json, the figures that are kept in git.
 */
import { previousFigures, renderFigures, saveFigures, type Figures } from './figures.ts';

const SECTIONS: Readonly<Record<string, () => Promise<Figures>>> = {
  start: async () => (await import('./start.ts')).measureStart(),
  'full-start': async () => (await import('./full-start.ts')).measureFullStart(),
  pods: async () => (await import('./pods.ts')).measurePods(),
  api: async () => (await import('./api.ts')).measureApi(),
  'watch-load': async () => (await import('./watch-load.ts')).measureWatchLoad(),
  idle: async () => (await import('./idle.ts')).measureIdle(),
};

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
for (const name of wanted) if (!SECTIONS[name]) throw new Error(`There is no section "${name}": ${Object.keys(SECTIONS).join(', ')}`);
const previous = previousFigures();
const figures: Figures = {};
for (const [name, measure] of Object.entries(SECTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`measuring ${name} …`);
  Object.assign(figures, await measure());
}
saveFigures(figures, { commit: process.argv.includes('--commit') });
console.log(`\n${renderFigures(figures, previous)}`);
process.exit(0);
