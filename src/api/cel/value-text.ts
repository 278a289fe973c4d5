import { formatDuration, formatTimestamp } from './time-text.ts';
import { CelDouble, CelDuration, CelTimestamp, CelTypeValue, CelUint, type CelValue, typeOfValue } from './values.ts';

/** A scalar as `string()` converts it; undefined for other values. */
export function scalarText(value: CelValue): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelDouble) return formatDouble(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value.nanos);
  return value instanceof CelTypeValue ? value.of.name : undefined;
}

/** A value as messages show it: a scalar's text, or the name of the type. */
export function textOf(value: CelValue): string {
  return scalarText(value) ?? typeOfValue(value).name;
}

/** A double as Go prints it in its shortest form (`strconv.FormatFloat(x, 'g', -1, 64)`). */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return plainDecimal(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function plainDecimal(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/0+$/, '') : text;
}
