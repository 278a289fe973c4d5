import type { CelLibrary } from '../environment.ts';
import { celFunction, member } from '../functions.ts';
import { dynType, listOf, stringType } from '../types.ts';
import { CelDouble, CelList, CelMap, type CelValue, integerOf, typeOfValue } from '../values.ts';
import { formatDouble, scalarText } from '../value-text.ts';
import { container, fixedText, type FormatStyle, formatWith, refuse } from './string-format.ts';
import { STRINGS_3 } from './strings.ts';

function number(verb: 'd' | 'e' | 'f', value: CelValue): number | bigint {
  if (value instanceof CelDouble) return value.value;
  return integerOf(value) ?? refuse(verb, typeOfValue(value).name);
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? undefined : value > 0 ? 'Infinity' : '-Infinity';
}

/** The style of version 4: the same in every language. */
const PLAIN_STYLE: FormatStyle = {
  entrySeparator: ': ',
  text(value) {
    if (value instanceof CelList || value instanceof CelMap) return container(PLAIN_STYLE, value);
    if (value instanceof CelDouble) return special(value.value) ?? formatDouble(value.value);
    return scalarText(value) ?? refuse('s', typeOfValue(value).name);
  },
  inner: (value) => PLAIN_STYLE.text(value),
  decimal(value) {
    const plain = number('d', value);
    return typeof plain === 'number' ? (special(plain) ?? String(plain)) : String(plain);
  },
  fixed(value, precision) {
    const plain = Number(number('f', value));
    return special(plain) ?? fixedText(plain, precision);
  },
  scientific(value, precision) {
    const plain = Number(number('e', value));
    return special(plain) ?? plain.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
  },
};

/** cel-go's string functions as of version 4, besides those of version 2. Not among Kubernetes' libraries. */
export const STRINGS_4: CelLibrary = {
  name: 'cel.lib.ext.strings.4',
  functions: [
    ...(STRINGS_3.functions ?? []),
    celFunction(
      'format',
      member('string_format', [stringType, listOf(dynType)], stringType, (text, args) => formatWith(PLAIN_STYLE, text as string, args as CelList)),
    ),
  ],
};
