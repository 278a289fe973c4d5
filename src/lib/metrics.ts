/**
 * Counters, gauges and histograms in the Prometheus text format. Made for hot paths: take a child once with `labels(…)` and keep it; an
 * increment is then one addition.
 */

/** A number that only grows. */
export interface Counter {
  add(amount?: number): void;
}
/** A number that goes up and down. */
export interface Gauge {
  set(value: number): void;
  add(amount: number): void;
}
/** Counts observations by size. */
export interface Histogram {
  observe(value: number): void;
}
/** A metric with labels; the same values give the same child. */
export interface Family<Child> {
  labels(...values: string[]): Child;
  /** Forgets the child of these values. */
  remove(...values: string[]): void;
}

export interface Metrics {
  counter(name: string, help: string, labelNames?: readonly string[]): Family<Counter>;
  gauge(name: string, help: string, labelNames?: readonly string[]): Family<Gauge>;
  /** `buckets` are upper bounds, ascending; the last, +Inf, is added. */
  histogram(name: string, help: string, buckets: readonly number[], labelNames?: readonly string[]): Family<Histogram>;
  /** Calls back before every `render`, to set gauges that are only known by asking. */
  collect(update: () => void): void;
  /** The text that scrapers read, metrics in order of their names. */
  render(): string;
}

interface Sample {
  write(name: string, labels: string): string;
}

export function createMetrics(): Metrics {
  const families = new Map<string, { render(): string }>();
  const collectors: (() => void)[] = [];

  const family = <Child extends Sample>(name: string, type: string, help: string, options: { labelNames: readonly string[]; make: () => Child }) => {
    const children = new Map<string, { child: Child; labels: string }>();
    const own = {
      labels(...values: string[]): Child {
        const key = values.join('\0');
        let found = children.get(key);
        if (!found) {
          if (values.length !== options.labelNames.length) throw new Error(`Metric ${name} has labels ${options.labelNames.join(', ')}: give a value for each`);
          found = { child: options.make(), labels: values.map((value, i) => `${options.labelNames[i]}="${escape(value)}"`).join(',') };
          children.set(key, found);
        }
        return found.child;
      },
      remove: (...values: string[]) => void children.delete(values.join('\0')),
      render() {
        // As Prometheus' own library: what nobody has counted yet is not there.
        if (children.size === 0) return '';
        let text = `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;
        for (const { child, labels } of children.values()) text += child.write(name, labels);
        return text;
      },
    };
    if (families.has(name)) throw new Error(`Metric ${name} exists already: choose another name or share the first`);
    families.set(name, own);
    return own;
  };

  return {
    counter: (name, help, labelNames = []) => family(name, 'counter', help, { labelNames, make: () => new Value() }),
    gauge: (name, help, labelNames = []) => family(name, 'gauge', help, { labelNames, make: () => new Value() }),
    histogram: (name, help, buckets, labelNames = []) => family(name, 'histogram', help, { labelNames, make: () => new Buckets(buckets) }),
    collect: (update) => void collectors.push(update),
    render() {
      for (const update of collectors) update();
      return [...families]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, own]) => own.render())
        .join('');
    },
  };
}

class Value implements Counter, Gauge {
  #value = 0;

  add(amount = 1): void {
    this.#value += amount;
  }
  set(value: number): void {
    this.#value = value;
  }
  write(name: string, labels: string): string {
    return `${name}${labels ? `{${labels}}` : ''} ${this.#value}\n`;
  }
}

class Buckets implements Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }
  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }
  write(name: string, labels: string): string {
    const prefix = labels ? `${labels},` : '';
    let total = 0;
    let text = '';
    for (let at = 0; at <= this.#bounds.length; at++) {
      total += this.#counts[at] ?? 0;
      text += `${name}_bucket{${prefix}le="${this.#bounds[at] ?? '+Inf'}"} ${total}\n`;
    }
    const all = labels ? `{${labels}}` : '';
    return `${text}${name}_sum${all} ${this.#sum}\n${name}_count${all} ${total}\n`;
  }
}

function escape(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
