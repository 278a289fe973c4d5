import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import type { CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionVersion } from '#api/types/apiextensions-v1';
import { systemClock } from '#lib';
import type { JsonSchema } from '../../custom/json-schema.ts';
import { formatFieldError } from '../../machinery/field-error.ts';
import type { HookContext } from '../../machinery/resource.ts';
import { approvalCondition, judgeNames, nonStructuralCondition } from './conditions.ts';
import { customResourceDefinitions } from './custom-resource-definitions.ts';

const CONTEXT: HookContext = { user: { username: 'tester' }, clock: systemClock, isDryRun: false, subresource: '' };
const OBJECT: JsonSchema = { type: 'object' };

type Change = (definition: CustomResourceDefinition, version: CustomResourceDefinitionVersion) => void;
function definition(change: Change = () => {}, schema: JsonSchema = OBJECT): CustomResourceDefinition {
  const version: CustomResourceDefinitionVersion = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } };
  const made: CustomResourceDefinition = {
    metadata: { name: 'widgets.example.com' },
    spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: [version] },
  };
  change(made, version);
  customResourceDefinitions.defaults?.(made);
  return made;
}
function created(change?: Change, schema?: JsonSchema): string[] {
  const made = definition(change, schema);
  customResourceDefinitions.prepareForCreate?.(made, CONTEXT);
  return (customResourceDefinitions.validate?.(made, CONTEXT) ?? []).map(formatFieldError);
}
function updated(old: CustomResourceDefinition, change: Change): string[] {
  const made = structuredClone(old);
  change(made, made.spec.versions[0] as CustomResourceDefinitionVersion);
  customResourceDefinitions.prepareForUpdate?.(made, old, CONTEXT);
  return (customResourceDefinitions.validateUpdate?.(made, old, CONTEXT) ?? []).map(formatFieldError);
}
const S = 'spec.validation.openAPIV3Schema';
const inSpec = (spec: JsonSchema): JsonSchema => ({ type: 'object', properties: { spec } });

void describe('a new definition', () => {
  const CASES: readonly (readonly [string, Change | undefined, JsonSchema | undefined, readonly string[]])[] = [
    ['is right', undefined, undefined, []],
    [
      'is named by what it defines',
      (made) => {
        made.metadata.name = 'x.example.com';
      },
      undefined,
      ['metadata.name: Invalid value: "x.example.com": must be spec.names.plural+"."+spec.group'],
    ],
    [
      'has a group that is a domain',
      (made) => {
        made.spec.group = 'example';
        made.metadata.name = 'widgets.example';
      },
      undefined,
      ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
    ],
    [
      'has a scope that is known',
      (made) => {
        made.spec.scope = 'World';
      },
      undefined,
      ['spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"'],
    ],
    [
      'is approved where the group is one of Kubernetes',
      (made) => {
        made.spec.group = 'x.k8s.io';
        made.metadata.name = 'widgets.x.k8s.io';
      },
      undefined,
      [
        'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ],
    ],
    [
      'has a type everywhere',
      undefined,
      inSpec({ properties: { a: { type: 'string' } } }),
      [`${S}.properties[spec].type: Required value: must not be empty for specified object fields`],
    ],
    ['has items', undefined, inSpec({ type: 'array' }), [`${S}.properties[spec].items: Required value: must be specified`]],
    [
      'has fields or a map',
      undefined,
      inSpec({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } }),
      [`${S}.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`],
    ],
    [
      'has defaults that fit',
      undefined,
      inSpec({ type: 'object', properties: { a: { type: 'integer', default: 'x' } } }),
      [`${S}.properties[spec].properties[a].default: Invalid value: "string":  in body must be of type integer: "string"`],
    ],
    [
      'has defaults without unknown fields',
      undefined,
      inSpec({ type: 'object', default: { x: 1 }, properties: { a: { type: 'integer' } } }),
      [`${S}.properties[spec].default: Invalid value: {"x":1}: must not have unknown fields`],
    ],
    [
      'has keys of lists that are required or have a default',
      undefined,
      inSpec({
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' } } },
      }),
      [
        `${S}.properties[spec].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
      ],
    ],
    [
      'has no uniqueItems',
      undefined,
      inSpec({ type: 'array', uniqueItems: true, items: OBJECT }),
      [`${S}.properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`],
    ],
    [
      'scales by fields of spec and status',
      (_made, version) => {
        version.subresources = { scale: { specReplicasPath: '.status.n', statusReplicasPath: 'n' } };
      },
      undefined,
      [
        'spec.subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
        'spec.subresources.scale.statusReplicasPath: Invalid value: "n": must be a simple json path starting with .',
      ],
    ],
    [
      'is not named by chance',
      (made) => {
        made.metadata = { generateName: 'x-', name: 'x-abcde' };
      },
      undefined,
      [
        'metadata.generateName: Invalid value: "x-": must be spec.names.plural+"."+spec.group',
        'metadata.name: Invalid value: "x-abcde": must be spec.names.plural+"."+spec.group',
      ],
    ],
    [
      'has versions',
      (made) => {
        delete (made.spec as { versions?: unknown }).versions;
      },
      undefined,
      [
        'spec.versions: Invalid value: null: must have exactly one version marked as storage version',
        'status.storedVersions: Invalid value: null: must have at least one stored version',
      ],
    ],
    [
      'stores one version',
      (made, version) => made.spec.versions.push({ ...version, name: 'v2' }),
      undefined,
      [
        `spec.versions: Invalid value: [${['v1', 'v2'].map((name) => `{"Name":"${name}","Served":true,"Storage":true,"Deprecated":false,"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}`).join(',')}]: must have exactly one version marked as storage version`,
        'status.storedVersions: Invalid value: ["v1"]: must have the storage version v2',
      ],
    ],
    [
      'names its first version twice',
      (_made, version) => {
        version.name = 'a'.repeat(64);
      },
      undefined,
      ['spec.versions[0].name', 'spec.version'].map((path) => `${path}: Invalid value: "${'a'.repeat(64)}": must be no more than 63 bytes`),
    ],
    [
      'has fields to select by that belong to one schema for all',
      (made, version) => {
        const selectableFields = [{ jsonPath: '.spec' }];
        version.selectableFields = selectableFields;
        const schema = { openAPIV3Schema: inSpec({ type: 'string' }) };
        made.spec.versions.push({ name: 'v2', served: true, storage: false, schema, selectableFields });
      },
      undefined,
      ['spec.selectableFields: Invalid value: "": may only be set when validations.schema is included'],
    ],
    ['may forbid more members in a part', undefined, inSpec({ type: 'object', anyOf: [{ additionalProperties: false }] }), []],
    [
      'restricts nothing but names in metadata',
      undefined,
      { type: 'object', properties: { metadata: { type: 'object', additionalProperties: false } } },
      [`${S}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`],
    ],
    ['has items that are a schema', undefined, inSpec({ type: 'array', items: [] }), [`${S}.properties[spec].items: Required value: must be specified`]],
    [
      'has messages of one line, and paths to fields',
      undefined,
      inSpec({
        type: 'object',
        'x-kubernetes-validations': [
          { rule: 'true', message: ' ' },
          { rule: 'true', message: 'a\nb' },
          { rule: 'true', fieldPath: ' ' },
          { rule: 'true', fieldPath: '.a\n' },
        ],
      }),
      [
        '[0].message: Invalid value: " ": must be non-empty if specified',
        '[1].message: Invalid value: "a\\nb": must not contain line breaks',
        '[2].fieldPath: Invalid value: " ": must be non-empty if specified',
        '[2].fieldPath: Invalid value: " ": must be a valid path',
        '[3].fieldPath: Invalid value: ".a\\n": must not contain line breaks',
        '[3].fieldPath: Invalid value: ".a\\n": must be a valid path',
      ].map((text) => `${S}.properties[spec].x-kubernetes-validations${text}`),
    ],
    [
      'says what its webhook is',
      (made) => {
        made.spec.conversion = { strategy: 'Webhook' };
      },
      undefined,
      ['spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook'],
    ],
  ];
  for (const [name, change, schema, expected] of CASES) {
    void test(name, () => {
      const found = created(change, schema);
      // Of what is told more than once or in parts, the first counts.
      assert.deepEqual(found.slice(0, Math.max(1, expected.length)), expected);
    });
  }
});

void describe('a definition that is changed', () => {
  const established = definition();
  customResourceDefinitions.prepareForCreate?.(established, CONTEXT);
  established.status = {
    conditions: [{ type: 'Established', status: 'True' }],
    acceptedNames: { plural: 'widgets', kind: 'Widget' },
    storedVersions: ['v1'],
  };

  void test('may stay as it is', () => {
    assert.deepEqual(
      updated(established, () => {}),
      [],
    );
  });
  void test('keeps its scope and its kind', () => {
    assert.deepEqual(
      updated(established, ({ spec }) => {
        spec.scope = 'Cluster';
        spec.names.kind = 'Other';
      }),
      ['spec.scope: Invalid value: "Cluster": field is immutable', 'spec.names.kind: Invalid value: "Other": field is immutable'],
    );
  });
  void test('keeps versions that were stored', () => {
    const [error] = updated(established, (_made, version) => {
      version.name = 'v2';
    });
    assert.match(error ?? '', /^status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions; v1 was previously a storage version/);
  });
  void test('keeps the faults that it had', () => {
    const faulty = structuredClone(established);
    const set: JsonSchema = { type: 'array', 'x-kubernetes-list-type': 'set', items: OBJECT };
    (faulty.spec.versions[0] as CustomResourceDefinitionVersion).schema = { openAPIV3Schema: inSpec(set) };
    const change: Change = (made) => {
      made.spec.names.shortNames = ['w'];
    };
    assert.deepEqual(updated(faulty, change), []);
    assert.equal(created(undefined, inSpec(set)).length, 1);
  });
});

void describe('a definition with a webhook', () => {
  const withWebhook = (webhook: object): CustomResourceDefinition =>
    definition((made) => {
      made.spec.conversion = { strategy: 'Webhook', webhook } as NonNullable<CustomResourceDefinition['spec']['conversion']>;
    });
  const withBundle = (caBundle: string): CustomResourceDefinition => {
    const made = withWebhook({ clientConfig: { url: 'https://a/b', caBundle: Buffer.from(caBundle).toString('base64') }, conversionReviewVersions: ['v1'] });
    made.status = { conditions: [{ type: 'Established', status: 'True' }], acceptedNames: { plural: 'widgets', kind: 'Widget' }, storedVersions: ['v1'] };
    return made;
  };
  const [certificate = ''] = rootCertificates;
  const BUNDLES: readonly (readonly [string, string | undefined])[] = [
    ['', undefined],
    [certificate, undefined],
    [`# ours\n-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n${certificate}\ntrailing`, undefined],
    ['\n', 'unable to parse bytes as PEM block'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'failed to parse certificate: x509: malformed certificate'],
    ['-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n', 'no valid certificate authority data seen'],
  ];
  for (const [bundle, problem] of BUNDLES) {
    void test(`${problem ?? 'is right'}: ${JSON.stringify(bundle.slice(0, 30))}`, () => {
      const path = 'spec.conversion.webhookClientConfig.caBundle';
      const old = withBundle('');
      const made = withBundle(bundle);
      const text = `${path}: Invalid value: ${JSON.stringify(made.spec.conversion?.webhook?.clientConfig?.caBundle)}: unable to load root certificates: ${problem}`;
      assert.deepEqual(
        updated(old, ({ spec }) => Object.assign(spec, made.spec)),
        problem === undefined ? [] : [text],
      );
      delete made.status;
      const established = judgeNames(made, []).conditions.find(({ type }) => type === 'Established');
      assert.equal(established?.reason, problem === undefined ? 'InitialNamesAccepted' : 'InvalidCABundle');
    });
  }
  void test('of which nothing is said has none', () => {
    assert.deepEqual(withWebhook({}).spec.conversion, { strategy: 'Webhook' });
    assert.deepEqual(withWebhook({ conversionReviewVersions: [] }).spec.conversion?.webhook, { conversionReviewVersions: [] });
  });
});

void test('formats that nobody knows are told of when they come', () => {
  const old = definition(undefined, inSpec({ type: 'string', format: 'a' }));
  const made = definition(undefined, inSpec({ type: 'object', properties: { a: { type: 'string', format: 'a' }, b: { type: 'string', format: 'b' } } }));
  assert.deepEqual(customResourceDefinitions.warnings?.(made, undefined), ['unrecognized format "a"', 'unrecognized format "b"']);
  assert.deepEqual(customResourceDefinitions.warnings?.(made, old), ['unrecognized format "b"']);
});

void describe('conditions', () => {
  const names = (wanted: CustomResourceDefinitionNames, accepted?: CustomResourceDefinitionNames): CustomResourceDefinition => {
    const made = definition((each) => {
      each.metadata.name = `${wanted.plural}.example.com`;
      each.spec.names = wanted;
    });
    if (accepted) made.status = { conditions: [], acceptedNames: accepted, storedVersions: [] };
    return made;
  };
  const taken = names({ plural: 'a', kind: 'A' }, { plural: 'a', singular: 'one', kind: 'A', listKind: 'AList', shortNames: ['x', 'y'] });

  void test('names that are free are accepted', () => {
    const { accepted, conditions } = judgeNames(names({ plural: 'b', kind: 'B' }), [taken]);
    assert.deepEqual(accepted, { plural: 'b', singular: 'b', kind: 'B', listKind: 'BList' });
    assert.deepEqual(
      conditions.map(({ type, status }) => `${type} ${status}`),
      ['NamesAccepted True', 'Established True'],
    );
  });
  const CONFLICTS: readonly (readonly [CustomResourceDefinitionNames, string, string])[] = [
    [{ plural: 'one', kind: 'B' }, 'PluralConflict', '"one" is already in use'],
    [{ plural: 'b', singular: 'a', kind: 'B' }, 'SingularConflict', '"a" is already in use'],
    [{ plural: 'b', kind: 'B', shortNames: ['y', 'z', 'x'] }, 'ShortNamesConflict', '["y" is already in use, "x" is already in use]'],
    [{ plural: 'b', kind: 'AList', listKind: 'L' }, 'KindConflict', '"AList" is already in use'],
    [{ plural: 'b', kind: 'B', listKind: 'A' }, 'ListKindConflict', '"A" is already in use'],
  ];
  for (const [wanted, reason, message] of CONFLICTS) {
    void test(`names that others have are not: ${reason}`, () => {
      const { conditions } = judgeNames(names(wanted), [taken]);
      assert.deepEqual(conditions, [
        { type: 'NamesAccepted', status: 'False', reason, message },
        { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
      ]);
    });
  }
  void test('names that the definition has are its own, but not for another use', () => {
    const accepted = { plural: 'a', singular: 'one', kind: 'A', listKind: 'AList', shortNames: ['x', 'y'] };
    const judged = (changes: Partial<CustomResourceDefinitionNames>): string => {
      const made = names({ ...accepted, ...changes }, accepted);
      const [{ reason, message } = { reason: '', message: '' }] = judgeNames(made, [taken, made]).conditions;
      return `${reason}: ${message}`;
    };
    assert.equal(judged({}), 'NoConflicts: no conflicts found');
    assert.equal(judged({ shortNames: ['y', 'a', 'z', 'a'] }), 'ShortNamesConflict: "a" is already in use');
    assert.equal(judged({ singular: 'x', shortNames: [] }), 'SingularConflict: "x" is already in use');
  });
  void test('schemas that are not structural are named', () => {
    assert.equal(nonStructuralCondition(definition()), undefined);
    const made = definition((each) => {
      each.spec.preserveUnknownFields = true;
    }, inSpec({}));
    assert.deepEqual(nonStructuralCondition(made), {
      type: 'NonStructuralSchema',
      status: 'True',
      reason: 'Violations',
      message:
        '[spec.preserveUnknownFields: Invalid value: true: must be false, spec.versions[0].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields]',
    });
  });
  void test("kinds in Kubernetes' own groups are told apart by their approval", () => {
    const made = (annotation?: string): CustomResourceDefinition =>
      definition((each) => {
        each.spec.group = 'x.k8s.io';
        if (annotation !== undefined) each.metadata.annotations = { 'api-approved.kubernetes.io': annotation };
      });
    assert.equal(approvalCondition(definition()), undefined);
    assert.equal(approvalCondition(made())?.reason, 'MissingAnnotation');
    assert.equal(approvalCondition(made('unapproved, experimental'))?.reason, 'UnapprovedAnnotation');
    assert.equal(approvalCondition(made('https://github.com/kubernetes/kubernetes/pull/1'))?.status, 'True');
    assert.equal(approvalCondition(made('x'))?.reason, 'InvalidAnnotation');
    assert.equal(approvalCondition(made('https:host'))?.reason, 'InvalidAnnotation');
  });
});
