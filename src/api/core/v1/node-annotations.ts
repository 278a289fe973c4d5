import type { AvoidPods, Node, Taint } from '#api/types/core-v1';
import { codecFor } from '../../machinery/codec.ts';
import { DecodeError } from '../../machinery/decode-scalar.ts';
import { child, type FieldError, index, invalid, required } from '../../machinery/field-error.ts';
import { goJsonSyntaxError, goUnmarshalError } from '../../machinery/go-json-syntax.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { taintErrors } from './node-taints.ts';

const PATH = 'metadata.annotations';
const TAINTS = 'scheduler.alpha.kubernetes.io/taints';
const AVOIDS = 'scheduler.alpha.kubernetes.io/preferAvoidPods';
const TAINT = codecFor<Taint>({ groupVersion: 'core/v1', struct: 'Taint' });
const AVOID_PODS = codecFor<AvoidPods>({ groupVersion: 'core/v1', struct: 'AvoidPods' });

/** What is wrong with annotations of a Node that were fields before there were any; upstream still looks at them. */
export function nodeAnnotationErrors({ metadata }: Node): FieldError[] {
  const { [TAINTS]: taints, [AVOIDS]: avoids } = metadata.annotations ?? {};
  return [...(taints ? errorsOfTaints(taints) : []), ...(avoids ? errorsOfAvoids(avoids) : [])];
}

function errorsOfTaints(text: string): FieldError[] {
  const list = parse(text, { sort: 'array', goType: '[]v1.Taint' });
  const taints = typeof list === 'string' ? list : convert(() => ((list ?? []) as JsonValue[]).map((each) => TAINT.convert(each).object));
  return typeof taints === 'string' ? [invalid(PATH, TAINTS, taints)] : taintErrors(taints, child(PATH, TAINTS));
}

function errorsOfAvoids(text: string): FieldError[] {
  const object = parse(text, { sort: 'object', goType: 'v1.AvoidPods' });
  const avoids = typeof object === 'string' ? object : convert(() => AVOID_PODS.convert(object).object);
  if (typeof avoids === 'string') return [invalid(child(PATH, 'AvoidPods'), AVOIDS, avoids)];
  return (avoids.preferAvoidPods ?? []).flatMap(({ podSignature }, i) => {
    const at = child(index(child(PATH, AVOIDS), i), 'PodSignature');
    const controller = podSignature.podController;
    if (!controller) return [required(at)];
    return controller.controller ? [] : [invalid(child(at, 'PodController', 'Controller'), false, 'must point to a controller')];
  });
}

/** The value, or what Go says of a text that holds no such value. */
function parse(text: string, type: Parameters<typeof goUnmarshalError>[1]): string | Exclude<JsonValue, string> {
  const problem = goJsonSyntaxError(text);
  if (problem) return problem;
  const value = JSON.parse(text) as JsonValue;
  return goUnmarshalError(value, type) || (value as Exclude<JsonValue, string>);
}
function convert<T>(decode: () => T): T | string {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}
