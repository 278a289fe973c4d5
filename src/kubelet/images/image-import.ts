import { spawn } from 'node:child_process';
import { Reader, Writer } from '../cri/codec.ts';
import type { GrpcChannel } from '../cri/grpc-channel.ts';
import { requireProgram, systemPath } from '../containerd/programs.ts';

/** The namespace in which containerd keeps what CRI shows. */
export const CRI_NAMESPACE = 'k8s.io';
/** containerd's label of images that garbage collection must leave alone. */
export const PINNED_LABEL = 'io.cri-containerd.pinned';

/** Where an archive comes from: bytes, or a stream that is piped in. */
export type ArchiveSource = Buffer | NodeJS.ReadableStream;

/** Imports an OCI or docker archive into containerd; returns the names of its images. Throws an Error with what `ctr` said. */
export async function importArchive(socketPath: string, archive: ArchiveSource): Promise<string[]> {
  const ctr = requireProgram('ctr', 'containerd');
  const args = ['--address', socketPath, '--namespace', CRI_NAMESPACE, 'images', 'import', '-'];
  const child = spawn(ctr, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, PATH: systemPath() } });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  // When ctr ends early its exit code says why; the broken pipe does not.
  child.stdin.on('error', () => undefined);
  if (Buffer.isBuffer(archive)) child.stdin.end(archive);
  else archive.once('error', () => child.stdin.destroy()).pipe(child.stdin);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`Cannot import images: ${errors.trim() || `ctr ended with exit code ${code}`}`);
  // `unpacking <name> (sha256:…)...done`
  return [...output.matchAll(/^unpacking (\S+) \(/gm)].map((match) => match[1] ?? '');
}

/** Marks an image as pinned. Missing images are an error. */
export async function pinImage(channel: GrpcChannel, name: string): Promise<void> {
  const request = new Writer();
  request.tag(1, 2);
  request.bytes(imageWithLabel(name));
  const mask = new Writer();
  mask.tag(1, 2);
  mask.bytes(Buffer.from(`labels.${PINNED_LABEL}`));
  request.tag(2, 2);
  request.bytes(mask.finish());
  await channel.unary('/containerd.services.images.v1.Images/Update', request.finish(), CONTAINERD_CALL);
}

/** The names of all pinned images, in the form that CRI's repoTags and repoDigests have. */
export async function listPinnedImages(channel: GrpcChannel): Promise<Set<string>> {
  const request = new Writer();
  request.tag(1, 2);
  request.bytes(Buffer.from(`labels."${PINNED_LABEL}"==pinned`));
  const reader = new Reader(await channel.unary('/containerd.services.images.v1.Images/List', request.finish(), CONTAINERD_CALL));
  const names = new Set<string>();
  while (!reader.isAtEnd()) {
    const tag = reader.varint();
    if (tag !== 10) {
      reader.skip(tag & 7);
      continue;
    }
    const imageEnd = reader.length();
    while (reader.position < imageEnd) {
      const field = reader.varint();
      if (field === 10) names.add(reader.bytes().toString('utf8'));
      else reader.skip(field & 7);
    }
  }
  return names;
}

const CONTAINERD_CALL = { timeoutMs: 30_000, metadata: { 'containerd-namespace': CRI_NAMESPACE } };

/** containerd.types.Image with only its name and the label. */
function imageWithLabel(name: string): Buffer {
  const entry = new Writer();
  entry.tag(1, 2);
  entry.bytes(Buffer.from(PINNED_LABEL));
  entry.tag(2, 2);
  entry.bytes(Buffer.from('pinned'));
  const image = new Writer();
  image.tag(1, 2);
  image.bytes(Buffer.from(name));
  image.tag(2, 2);
  image.bytes(entry.finish());
  return image.finish();
}
