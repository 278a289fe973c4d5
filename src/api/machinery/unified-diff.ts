/** Lines that two texts share: `size` of them, from line `a` of the one and line `b` of the other. */
interface Block {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}
/** Lines `a` to `aEnd` of the old became lines `b` to `bEnd` of the new. */
interface Step {
  readonly isSame: boolean;
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

const CONTEXT = 3;
/** In longer texts, lines that are everywhere do not tell what belongs together. */
const LONG = 200;

/** How one text became another, as difflib prints it: hunks of `-`, `+` and some lines around, without file names. */
export function unifiedDiff(old: string, now: string): string {
  const [a, b] = [old.split('\n'), now.split('\n')];
  const out: string[] = [];
  for (const hunk of hunksOf(stepsOf(a, b))) {
    const [first, last] = [hunk[0] as Step, hunk.at(-1) as Step];
    out.push(`@@ -${rangeText(first.a, last.aEnd)} +${rangeText(first.b, last.bEnd)} @@`);
    for (const step of hunk) {
      const [before, after] = [a.slice(step.a, step.aEnd), b.slice(step.b, step.bEnd)];
      if (step.isSame) out.push(...before.map((line) => ` ${line}`));
      else out.push(...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`));
    }
  }
  return out.map((line) => `${line}\n`).join('');
}

function rangeText(start: number, end: number): string {
  const length = end - start;
  if (length === 1) return String(start + 1);
  return `${length === 0 ? start : start + 1},${length}`;
}

/** Changes with what is the same around them; where that is long, a new hunk begins. */
function hunksOf(steps: readonly Step[]): Step[][] {
  const hunks: Step[][] = [];
  let hunk: Step[] = [];
  steps.forEach((step, i) => {
    if (!step.isSame) {
      hunk.push(step);
      return;
    }
    const [isFirst, isLast] = [i === 0, i === steps.length - 1];
    const size = step.aEnd - step.a;
    const head = { ...step, aEnd: step.a + Math.min(size, CONTEXT), bEnd: step.b + Math.min(size, CONTEXT) };
    const tail = { ...step, a: step.aEnd - Math.min(size, CONTEXT), b: step.bEnd - Math.min(size, CONTEXT) };
    if (isFirst) hunk.push(tail);
    else if (isLast) hunk.push(head);
    else if (size <= 2 * CONTEXT) hunk.push(step);
    else {
      hunks.push([...hunk, head]);
      hunk = [tail];
    }
  });
  if (hunk.some(({ isSame }) => !isSame)) hunks.push(hunk);
  return hunks;
}

function stepsOf(a: readonly string[], b: readonly string[]): Step[] {
  const steps: Step[] = [];
  let [i, j] = [0, 0];
  for (const block of [...blocksOf(a, b), { a: a.length, b: b.length, size: 0 }]) {
    if (i < block.a || j < block.b) steps.push({ isSame: false, a: i, aEnd: block.a, b: j, bEnd: block.b });
    [i, j] = [block.a + block.size, block.b + block.size];
    if (block.size > 0) steps.push({ isSame: true, a: block.a, aEnd: i, b: block.b, bEnd: j });
  }
  return steps;
}

/** The longest shared run of lines, and those before and after it in the same way; runs that touch are one. */
function blocksOf(a: readonly string[], b: readonly string[]): Block[] {
  const places = placesOf(b);
  const found: Block[] = [];
  const search = (aStart: number, aEnd: number, bStart: number, bEnd: number): void => {
    const block = longestBlock(a, b, places, { aStart, aEnd, bStart, bEnd });
    if (block.size === 0) return;
    if (aStart < block.a && bStart < block.b) search(aStart, block.a, bStart, block.b);
    found.push(block);
    const [aNext, bNext] = [block.a + block.size, block.b + block.size];
    if (aNext < aEnd && bNext < bEnd) search(aNext, aEnd, bNext, bEnd);
  };
  search(0, a.length, 0, b.length);
  const blocks: Block[] = [];
  for (const block of found) {
    const last = blocks.at(-1);
    if (last && last.a + last.size === block.a && last.b + last.size === block.b) blocks[blocks.length - 1] = { ...last, size: last.size + block.size };
    else blocks.push(block);
  }
  return blocks;
}

/** Where each line is. */
function placesOf(lines: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  lines.forEach((line, i) => {
    const list = places.get(line);
    if (list) list.push(i);
    else places.set(line, [i]);
  });
  const most = lines.length < LONG ? Number.POSITIVE_INFINITY : Math.floor(lines.length / 100) + 1;
  for (const [line, list] of places) if (list.length > most) places.delete(line);
  return places;
}

interface Range {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}
function longestBlock(a: readonly string[], b: readonly string[], places: ReadonlyMap<string, number[]>, { aStart, aEnd, bStart, bEnd }: Range): Block {
  let best: Block = { a: aStart, b: bStart, size: 0 };
  // How many lines before and at each place of `b` are those before and at line i of `a`.
  let lengths = new Map<number, number>();
  for (let i = aStart; i < aEnd; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i] as string) ?? []) {
      if (j < bStart || j >= bEnd) continue;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  // Over lines that are everywhere, too.
  let { a: i, b: j, size } = best;
  while (i > aStart && j > bStart && a[i - 1] === b[j - 1]) [i, j, size] = [i - 1, j - 1, size + 1];
  while (i + size < aEnd && j + size < bEnd && a[i + size] === b[j + size]) size++;
  return { a: i, b: j, size };
}
