import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StatusError } from '#api';
import { bodyFormat, negotiate, negotiatePlain, type Offer } from './media-type.ts';

const BUILT_IN: Offer = { hasProtobuf: () => true, hasForms: true, isStream: false };
const CUSTOM: Offer = { ...BUILT_IN, hasProtobuf: () => false };
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const ALL = `application/json, application/yaml, ${PROTOBUF}`;
const as = (kind: string, version = 'v1'): string => `;as=${kind};g=meta.k8s.io;v=${version}`;

/** `protobuf partial v1`, or the message of the refusal. */
function outcome(accept: string, offer: Offer): string {
  try {
    const { format, form, metaVersion, isListForm, isPretty } = negotiate({ accept }, null, offer);
    return [format, form === 'object' ? '' : `${form} ${metaVersion}`, isListForm ? 'list' : '', isPretty ? 'pretty' : ''].filter(Boolean).join(' ');
  } catch (error) {
    assert.ok(error instanceof StatusError && error.code === 406);
    return error.message;
  }
}

describe('what a client takes', () => {
  for (const [accept, offer, expected] of [
    ['', BUILT_IN, 'json'],
    ['*/*', BUILT_IN, 'json'],
    ['application/json;pretty=1', BUILT_IN, 'json pretty'],
    [PROTOBUF, BUILT_IN, 'protobuf'],
    [`${PROTOBUF}, application/json`, BUILT_IN, 'protobuf'],
    [`application/json;q=0.9, ${PROTOBUF}`, BUILT_IN, 'protobuf'],
    [`${PROTOBUF};q=0.1, */*;q=0.9`, BUILT_IN, 'json'],
    [`*/*, ${PROTOBUF};q=0.1`, BUILT_IN, 'protobuf'],
    ['application/yaml, application/json', BUILT_IN, 'yaml'],
    // Tables are never protobuf: the next wish counts.
    [`${PROTOBUF}${as('Table')}, application/json${as('Table')}`, BUILT_IN, 'json table v1'],
    [`application/json${as('Table', 'v1beta1')}`, BUILT_IN, 'json table v1beta1'],
    [`application/json${as('Table', 'v1alpha1')}, application/json`, BUILT_IN, 'json'],
    [`${PROTOBUF}${as('PartialObjectMetadata')}`, BUILT_IN, 'protobuf partial v1'],
    [`${PROTOBUF}${as('PartialObjectMetadataList')}`, BUILT_IN, 'protobuf partial v1 list'],
    [`application/*${as('PartialObjectMetadata')}, application/json`, BUILT_IN, 'json'],
    ['application/json;sv=v1', BUILT_IN, 'json'],
    ['application/json;sv=v2, application/yaml', BUILT_IN, 'yaml'],
    ['application/json;stream=watch', BUILT_IN, 'json'],
    ['application/json;stream=other, application/yaml', BUILT_IN, 'yaml'],
    // Custom resources themselves have no protobuf, their metadata has.
    [`${PROTOBUF}, application/json`, CUSTOM, 'json'],
    [PROTOBUF, CUSTOM, `only the following media types are accepted: ${ALL}`],
    [`${PROTOBUF}${as('PartialObjectMetadata')}`, CUSTOM, 'protobuf partial v1'],
    // What the router knows nothing of, and what the endpoint cannot give.
    ['text/html', BUILT_IN, '406: Not Acceptable'],
    ['application/*', BUILT_IN, '406: Not Acceptable'],
    [`${PROTOBUF}${as('Table')}`, BUILT_IN, `only the following media types are accepted: ${ALL}`],
    ['application/json;g=meta.k8s.io', BUILT_IN, `only the following media types are accepted: ${ALL}`],
    [`${PROTOBUF};stream=watch`, { ...BUILT_IN, isStream: true }, 'protobuf'],
    [
      'application/yaml',
      { ...BUILT_IN, isStream: true },
      `only the following media types are accepted: application/json;stream=watch, ${PROTOBUF};stream=watch`,
    ],
  ] as const) {
    test(`${accept || '(none)'}${offer === CUSTOM ? ' of a custom resource' : offer.isStream ? ' as a stream' : ''}`, () =>
      assert.equal(outcome(accept, offer), expected));
  }
});

test('answers are pretty for those who look at them, but not in protobuf', () => {
  const pretty = (accept: string, agent: string, parameter: string | null): boolean | undefined =>
    negotiatePlain({ accept, 'user-agent': agent }, parameter)?.isPretty;
  assert.equal(pretty('*/*', 'curl/8.0', null), true);
  assert.equal(pretty('*/*', 'curl/8.0', '0'), false);
  assert.equal(pretty('*/*', 'kubectl/v1.32', '1'), true);
  assert.equal(pretty('*/*', 'kubectl/v1.32', 'yes'), false);
  assert.equal(pretty(PROTOBUF, 'curl/8.0', '1'), false);
  assert.equal(negotiatePlain({ accept: 'text/html' }, null), undefined);
});

test('what a body is', () => {
  assert.equal(bodyFormat(undefined), 'json');
  assert.equal(bodyFormat(`${PROTOBUF};x=y`), 'protobuf');
  assert.throws(() => bodyFormat('text/plain'), {
    code: 415,
    message: `the body of the request was in an unknown format - accepted media types include: ${ALL}`,
  });
});
