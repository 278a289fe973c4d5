import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Node, Pod, PodSpec, Taint } from '#api/types/core-v1';
import { seededRandom } from '#lib';
import { schedule } from './cycle.ts';
import { podInfoOf } from './pod-info.ts';
import { defaultPlugins } from './plugins/index.ts';
import { ClusterState } from './snapshot.ts';

const directory = join(import.meta.dirname, 'scenarios');
for (const file of readdirSync(directory)) {
  void test(`scenario ${file}`, () => {
    let state = new ClusterState();
    let count = 0;
    const random = seededRandom(1);
    readFileSync(join(directory, file), 'utf8')
      .split('\n')
      .forEach((line, i) => {
        const [text = '', expected] = line.split(' -> ');
        const [verb = '', ...words] = text.trim().split(' ');
        switch (verb) {
          case '':
          case '#':
            return;
          case 'clear':
            state = new ClusterState();
            return;
          case 'node':
            return state.setNode(nodeOf(words));
          case 'on':
            return state.setPod(podOf(`on${count++}`, words.slice(1), words[0]));
          case 'pod': {
            const info = podInfoOf(podOf(`p${count++}`, words));
            const decision = schedule(info, state, { plugins: defaultPlugins, random });
            const actual = decision.node ?? decision.message;
            assert.equal(actual, expected, `${file}:${i + 1} ${'scores' in decision ? JSON.stringify([...decision.scores]) : ''}`);
            if (decision.node) state.assume(info, decision.node);
            return;
          }
          default:
            assert.fail(`${file}:${i + 1}: what is "${verb}"?`);
        }
      });
  });
}

/** `name cpu=4 memory=8Gi [pods=110] [label:k=v] [taint:k=v:Effect] [image:name=bytes] [unschedulable]` */
function nodeOf([name, ...words]: string[]): Node {
  const node = { metadata: { name, labels: {} as Record<string, string> }, spec: { taints: [] as Taint[], unschedulable: words.includes('unschedulable') } };
  const allocatable: Record<string, string> = { pods: '110' };
  const images: { names: string[]; sizeBytes: number }[] = [];
  for (const word of words) {
    const [, kind, key = '', value = ''] = /^(?:(label|taint|image):)?(.+)=(.+)$/.exec(word) ?? [];
    if (kind === 'label') node.metadata.labels[key] = value;
    else if (kind === 'image') images.push({ names: [key], sizeBytes: Number(value) });
    else if (kind === 'taint') node.spec.taints.push({ key, value: value.split(':')[0], effect: value.split(':')[1] as Taint['effect'] });
    else if (key) allocatable[key] = value;
  }
  return { ...node, status: { allocatable, images } } as Node;
}

/** `[cpu=1] [memory=1Gi] [port=80] [image=name] [spec={json}]`: everything else is a request too. */
function podOf(name: string, words: string[], nodeName?: string): Pod {
  const requests: Record<string, string> = {};
  let spec: Partial<PodSpec> = {};
  let image = 'i';
  let hostPort: number | undefined;
  for (const word of words.filter(Boolean)) {
    const key = word.slice(0, word.indexOf('='));
    const value = word.slice(word.indexOf('=') + 1);
    if (key === 'spec') spec = JSON.parse(value) as PodSpec;
    else if (key === 'port') hostPort = Number(value);
    else if (key === 'image') image = value;
    else requests[key] = value;
  }
  const ports = hostPort === undefined ? [] : [{ containerPort: hostPort, hostPort }];
  return {
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image, ports, resources: { requests } }], ...(nodeName ? { nodeName } : {}), ...spec },
  } as Pod;
}
