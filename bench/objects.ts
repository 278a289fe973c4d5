/** The bodies that the benchmarks send. */

/** A ConfigMap of about 0.6 KB; `text` tells its versions apart. */
export function configMap(i: number, text = `value ${i}`): Buffer {
  return Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `bench-${i}` }, data: { key: text, text: 'x'.repeat(500) } }));
}

/** A Pod as a Deployment's would be: 5,000 of them are a list of 13 MB, a third of it managed fields. */
export function pod(i: number): Buffer {
  const env = Array.from({ length: 3 }, (_, n) => ({ name: `VARIABLE_${n}`, value: `the value of variable number ${n}` }));
  const container = {
    name: 'main',
    image: 'registry.example/team/application:1.2.3',
    env,
    ports: [{ containerPort: 8080 }],
    resources: { requests: { cpu: '100m', memory: '128Mi' } },
  };
  return Buffer.from(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${i}`, labels: { app: `app-${i % 10}` } },
      spec: { nodeName: 'none', containers: [container] },
    }),
  );
}

/** A Secret of about 0.5 KB. */
export function secret(i: number): Buffer {
  return Buffer.from(
    JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: `bench-${i}` }, data: { key: Buffer.alloc(300, i).toString('base64') } }),
  );
}

export function namespace(name: string): Buffer {
  return Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
}
