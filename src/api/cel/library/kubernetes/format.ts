import { isLabelValue, isQualifiedName, nameIsDns1035Label, nameIsDnsLabel, nameIsDnsSubdomain } from '../../../machinery/names.ts';
import type { CelLibrary } from '../../environment.ts';
import { celFunction, member, overload } from '../../functions.ts';
import { parseTimestamp } from '../../time-text.ts';
import { type CelType, listOf, object, optionalOf, stringType } from '../../types.ts';
import { ArrayList, CelBoxed, CelOptional, type CelValue } from '../../values.ts';
import { parseRequestUri } from './go-url.ts';

const FORMAT_TYPE = object({ name: 'kubernetes.NamedFormat' });

/** A named rule for texts. `maxRegexSize` is what checking one is counted with. */
export class CelFormat extends CelBoxed {
  readonly name: string;
  readonly maxRegexSize: number;
  /** What is wrong with a text. */
  readonly validate: (text: string) => readonly string[];

  constructor(name: string, maxRegexSize: number, validate: (text: string) => readonly string[]) {
    super();
    this.name = name;
    this.maxRegexSize = maxRegexSize;
    this.validate = validate;
  }

  get type(): CelType {
    return FORMAT_TYPE;
  }

  equals(other: CelValue): boolean {
    return other instanceof CelFormat && other.name === this.name;
  }
}

/** Either right or wrong with one message. */
function rule(message: string, holds: (text: string) => boolean): (text: string) => readonly string[] {
  return (text) => (holds(text) ? [] : [message]);
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;
/** The lengths of upstream's regular expressions for URLs, UUIDs, base64 and times of day. */
const SIZES = { uri: 1330, uuid: 72, byte: 85, time: 75 };

const FORMATS: Readonly<Record<string, CelFormat>> = {
  dns1123Label: new CelFormat('DNS1123Label', 30, (text) => nameIsDnsLabel(text, false)),
  dns1123Subdomain: new CelFormat('DNS1123Subdomain', 60, (text) => nameIsDnsSubdomain(text, false)),
  dns1035Label: new CelFormat('DNS1035Label', 30, (text) => nameIsDns1035Label(text, false)),
  qualifiedName: new CelFormat('QualifiedName', 60, isQualifiedName),
  dns1123LabelPrefix: new CelFormat('DNS1123LabelPrefix', 30, (text) => nameIsDnsLabel(text, true)),
  dns1123SubdomainPrefix: new CelFormat('DNS1123SubdomainPrefix', 60, (text) => nameIsDnsSubdomain(text, true)),
  dns1035LabelPrefix: new CelFormat('DNS1035LabelPrefix', 30, (text) => nameIsDns1035Label(text, true)),
  labelValue: new CelFormat('LabelValue', 40, isLabelValue),
  uri: new CelFormat('URI', SIZES.uri, uriFaults),
  uuid: new CelFormat(
    'uuid',
    SIZES.uuid,
    rule('does not match the UUID format', (text) => UUID.test(text)),
  ),
  byte: new CelFormat(
    'byte',
    SIZES.byte,
    rule('invalid base64', (text) => BASE64.test(text)),
  ),
  date: new CelFormat(
    'date',
    SIZES.time,
    rule('invalid date', (text) => /^\d{4}-\d\d-\d\d$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined),
  ),
  datetime: new CelFormat(
    'datetime',
    SIZES.time,
    rule('invalid datetime', (text) => parseTimestamp(text.toUpperCase()) !== undefined),
  ),
};

function uriFaults(text: string): string[] {
  const parsed = parseRequestUri(text);
  return 'fault' in parsed ? [parsed.fault] : [];
}

function validate(format: CelFormat, text: string): CelOptional {
  const faults = format.validate(text);
  return faults.length === 0 ? CelOptional.none : new CelOptional(new ArrayList(faults));
}

/** Named formats, as k8s.io/apiserver/pkg/cel/library/format.go. */
export const FORMAT: CelLibrary = {
  name: 'format',
  types: [FORMAT_TYPE],
  functions: [
    celFunction(
      'validate',
      member('format-validate', [FORMAT_TYPE, stringType], optionalOf(listOf(stringType)), (format, text) => validate(format as CelFormat, text as string)),
    ),
    celFunction(
      'format.named',
      overload(
        'format-named',
        [stringType],
        optionalOf(FORMAT_TYPE),
        (name) => new CelOptional(Object.hasOwn(FORMATS, name as string) ? FORMATS[name as string] : undefined),
      ),
    ),
    ...Object.entries(FORMATS).map(([name, format]) =>
      celFunction(
        `format.${name}`,
        overload(`format.${name}`, [], FORMAT_TYPE, () => format),
      ),
    ),
  ],
};
