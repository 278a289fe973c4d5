/** Figures and their budgets, printed beside the previous ones and, where one was measured, the floor of the machine. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Budget {
  readonly name: string;
  readonly unit: string;
  /** Absent: shown for information. */
  readonly budget?: number;
  /** `less`: the budget is a maximum, `more`: a minimum. */
  readonly better: 'less' | 'more';
  /** What upstream does on this machine. */
  readonly upstream?: string;
}

// In the order in which they are printed.
export const BUDGETS: readonly Budget[] = [
  { name: 'first start: exec to /readyz', unit: 's', budget: 1.0, better: 'less', upstream: '3.3-3.7' },
  { name: 'first start: exec to node Ready', unit: 's', budget: 3, better: 'less' },
  { name: 'first start: exec to first Pod Running', unit: 's', better: 'less' },
  { name: 'first start: exec to Service answers', unit: 's', better: 'less' },
  { name: 'later start: exec to /readyz', unit: 's', budget: 0.6, better: 'less', upstream: '3.3-3.7' },
  { name: 'later start: exec to node Ready', unit: 's', budget: 2, better: 'less' },
  { name: 'start with 20000 objects: exec to /readyz', unit: 's', budget: 0.6, better: 'less' },
  { name: 'start with 20000 objects: exec to node Ready', unit: 's', budget: 2, better: 'less' },
  { name: 'one Pod: applied to Running (median)', unit: 's', budget: 0.6, better: 'less' },
  { name: '30 Pods: applied to all Running', unit: 's', budget: 8, better: 'less' },
  ...rate('creates of ConfigMaps', 4000, '1430'),
  ...rate('gets of ConfigMaps', 12_000, '2830'),
  ...rate('updates of ConfigMaps', 4000, '1510'),
  ...rate('patches of ConfigMaps', 4000, '1450'),
  ...rate('creates of Pods', 3000, '1200'),
  ...list('list of 5000 Pods', 60, '214'),
  ...list('list of 5000 Pods as a Table', 15, '17'),
  ...list('list of 5000 Pods, limit=500', 5, '20'),
  ...list('list of 5000 Pods, a selector of one in ten', 10, '106'),
  ...list('list of 5000 Pods in protobuf'),
  { name: 'watch of 100: write sent to event (p50)', unit: 'ms', budget: 1, better: 'less', upstream: '4.5' },
  { name: 'watch of 100: write sent to event (p99)', unit: 'ms', budget: 5, better: 'less', upstream: '16' },
  { name: 'api: RSS after that run', unit: 'MB', budget: 300, better: 'less', upstream: '1085' },
  { name: 'watch load: events lost, repeated or out of order', unit: '', budget: 0, better: 'less' },
  { name: 'watch load: write (p50)', unit: 'ms', better: 'less' },
  { name: 'watch load: write (p99)', unit: 'ms', budget: 100, better: 'less' },
  { name: 'watch load: memory afterwards', unit: '% of before', budget: 110, better: 'less' },
  { name: 'watch load: watches cut off that nobody reads', unit: 'of 4', budget: 4, better: 'more' },
  { name: 'idle: RSS of all our Node processes', unit: 'MB', budget: 180, better: 'less', upstream: '536' },
  { name: 'idle: CPU of our Node processes', unit: '% of a core', budget: 1, better: 'less' },
  { name: 'idle: written per hour', unit: 'MB', budget: 5, better: 'less' },
  { name: 'idle: RSS of containerd', unit: 'MB', better: 'less' },
  { name: 'idle: CPU of containerd', unit: '% of a core', better: 'less' },
];

/** Requests per second, and what one costs the server: that is comparable also when the machine does other things. */
function rate(name: string, budget: number, upstream: string): Budget[] {
  return [
    { name, unit: '/s', budget, better: 'more', upstream },
    { name: `${name}: CPU of the event loop`, unit: 'µs', better: 'less' },
    { name: `${name}: CPU of all threads`, unit: 'µs', better: 'less' },
  ];
}
function list(name: string, budget?: number, upstream?: string): Budget[] {
  return [
    { name, unit: 'ms', ...(budget === undefined ? {} : { budget }), better: 'less', ...(upstream === undefined ? {} : { upstream }) },
    { name: `${name}: CPU of the event loop`, unit: 'ms', better: 'less' },
  ];
}

const latestFile = join(import.meta.dirname, 'results/latest.json');
const committedFile = join(import.meta.dirname, 'figures.json');

export type Figures = Record<string, number>;

/** The name of the figure that says what this machine does of row `name` at best, where nothing but sending is done (bench/floor.ts). */
export function floorOf(name: string): string {
  return `${name}: floor of the machine`;
}

function readFigures(file: string): Figures {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Figures) : {};
}

/** The figures of the last run here, else those that were committed. */
export function previousFigures(): Figures {
  return { ...readFigures(committedFile), ...readFigures(latestFile) };
}

export function saveFigures(figures: Figures, options: { commit: boolean }): void {
  mkdirSync(dirname(latestFile), { recursive: true });
  const text = `${JSON.stringify({ ...previousFigures(), ...figures }, undefined, 2)}\n`;
  writeFileSync(latestFile, text);
  if (options.commit) writeFileSync(committedFile, text);
}

export function renderFigures(figures: Figures, previous: Figures): string {
  const rows = BUDGETS.filter((row) => figures[row.name] !== undefined).map((row) => {
    const value = figures[row.name] as number;
    const missed = row.budget !== undefined && (row.better === 'less' ? value > row.budget : value < row.budget);
    return [
      row.name,
      `${format(value)} ${row.unit}`,
      formatKnown(previous[row.name]),
      formatKnown(figures[floorOf(row.name)]),
      formatKnown(row.budget),
      row.upstream ?? '-',
      missed ? 'MISSED' : '',
    ];
  });
  const table = [['figure', 'now', 'previous', 'floor', 'budget', 'upstream', ''], ...rows];
  const widths = table[0]?.map((_, i) => Math.max(...table.map((row) => (row[i] ?? '').length))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function formatKnown(value: number | undefined): string {
  return value === undefined ? '-' : format(value);
}
function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
