/** Run by clients.test.ts on a machine: prints one line for each thing that @kubernetes/client-node can do. */
import { connect, createServer } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import {
  ApiException,
  CoreV1Api,
  Exec,
  KubeConfig,
  Log,
  makeInformer,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Status,
  Watch,
} from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);
const namespace = 'default';
const name = 'program';
const say = (text: string): void => console.log(text);

/** What an API error says: its code and the Status' reason. */
function told(error: unknown): string {
  if (!(error instanceof ApiException)) throw error;
  const body = (typeof error.body === 'string' ? JSON.parse(error.body) : error.body) as V1Status;
  return `${error.code} ${body.reason}`;
}

async function crud(): Promise<void> {
  const created = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data: { first: '1' } } });
  say(`created first=${created.data?.['first']}`);
  const replaced = await core.replaceNamespacedConfigMap({ namespace, name, body: { metadata: created.metadata ?? {}, data: { first: '2' } } });
  say(`replaced first=${replaced.data?.['first']}`);
  const patched = await core.patchNamespacedConfigMap(
    { namespace, name, body: { data: { first: '3' } } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
  say(`patched first=${patched.data?.['first']}`);
  const list = await core.listNamespacedConfigMap({ namespace, fieldSelector: `metadata.name=${name}` });
  say(`listed ${list.items.map((item) => item.metadata?.name).join()}`);
  await core.replaceNamespacedConfigMap({ namespace, name, body: created }).catch((error: unknown) => say(`conflict ${told(error)}`));
}

async function watching(): Promise<void> {
  const seen: string[] = [];
  const { metadata } = await core.listNamespacedConfigMap({ namespace });
  const other = 'program-watched';
  await new Promise<void>((resolve, reject) => {
    void new Watch(config)
      .watch(
        `/api/v1/namespaces/${namespace}/configmaps`,
        { resourceVersion: metadata?.resourceVersion, fieldSelector: `metadata.name=${other}` },
        (phase) => {
          seen.push(phase);
          if (phase === 'DELETED') resolve();
        },
        (error) => (error ? reject(error) : undefined),
      )
      .then(async () => {
        await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: other } } });
        await core.patchNamespacedConfigMap({ namespace, name: other, body: { data: { a: 'b' } } }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
        await core.deleteNamespacedConfigMap({ namespace, name: other });
      });
  });
  say(`watched ${seen.join(' ')}`);
}

async function informing(): Promise<void> {
  const informer = makeInformer<V1ConfigMap>(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace }));
  const added = new Promise<string>((resolve) => informer.on('add', (object) => object.metadata?.name === 'program-2' && resolve('program-2')));
  await informer.start();
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'program-2' } } });
  say(`informer add ${await added}`);
  await informer.stop();
  await core.deleteNamespacedConfigMap({ namespace, name });
  await core.readNamespacedConfigMap({ namespace, name }).catch((error: unknown) => say(`deleted ${told(error)}`));
}

/** Runs a command in the Pod `web`. */
async function execute(command: string[]): Promise<{ out: string; err: string; status: V1Status }> {
  const text: Record<string, string> = { out: '', err: '' };
  const sink = (key: string) => new Writable({ write: (chunk: Buffer, _, done) => ((text[key] += chunk.toString()), done()) });
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(config).exec(namespace, 'web', 'web', command, sink('out'), sink('err'), null, false, resolve).catch(reject);
  });
  return { out: (text['out'] ?? '').trim(), err: (text['err'] ?? '').trim(), status };
}

async function execAndLog(): Promise<void> {
  const fine = await execute(['sh', '-c', 'echo hello; echo oops >&2']);
  say(`exec out=${fine.out} err=${fine.err} status=${fine.status.status}`);
  const failed = await execute(['sh', '-c', 'exit 7']);
  say(`exec failed exit=${failed.status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message}`);
  const log = new PassThrough();
  const first = new Promise<string>((resolve) => log.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())));
  await new Log(config).log(namespace, 'web', 'web', log, { follow: true });
  say(`log ${await first}`);
}

async function forwarding(): Promise<void> {
  const forward = new PortForward(config);
  const server = createServer((socket) => void forward.portForward(namespace, 'web', [8080], socket, null, socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
  socket.write('GET / HTTP/1.0\r\nHost: web\r\n\r\n');
  let answer = '';
  for await (const chunk of Readable.from(socket)) {
    answer += String(chunk);
    if (answer.includes('served')) break;
  }
  say(`port-forward ${answer.split('\r\n')[0]?.replace('HTTP/1.0', 'HTTP/1.1')} ${answer.trim().split('\n').at(-1)}`);
}

await crud();
await watching();
await informing();
await execAndLog();
await forwarding();
process.exit(0);
