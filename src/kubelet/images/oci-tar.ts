/** Writes OCI images as tars, for images that the program makes itself. The same input always gives the same bytes. */
import { createHash } from 'node:crypto';

export interface TarEntry {
  readonly path: string;
  readonly content: Buffer;
  readonly mode?: number | undefined;
  /** A symbolic link with this target instead of a file. */
  readonly linkTo?: string | undefined;
}

export interface ImageRequest {
  /** With tag: `k3ts.io/pause:1`. */
  readonly name: string;
  /** As OCI names it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly files: readonly TarEntry[];
  readonly entrypoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly user?: string | undefined;
}

/** An OCI image layout of one uncompressed layer as a tar, as `ctr images import` takes it. */
export function buildImageTar(request: ImageRequest): Buffer {
  const layer = buildTar(request.files);
  const config = jsonBlob({
    architecture: request.architecture,
    os: 'linux',
    config: {
      ...(request.entrypoint ? { Entrypoint: request.entrypoint } : {}),
      ...(request.command ? { Cmd: request.command } : {}),
      ...(request.user ? { User: request.user } : {}),
      Env: request.env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    },
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
    history: [{ created_by: 'k3ts' }],
  });
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  const index = jsonBlob({
    schemaVersion: 2,
    manifests: [
      {
        ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
        platform: { architecture: request.architecture, os: 'linux' },
        annotations: { 'io.containerd.image.name': request.name, 'org.opencontainers.image.ref.name': request.name.split(':').at(-1) },
      },
    ],
  });
  return buildTar([
    { path: 'oci-layout', content: jsonBlob({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', content: index },
    ...[config, manifest, layer].map((content) => ({ path: `blobs/sha256/${digest(content).slice(7)}`, content })),
  ]);
}

/** A ustar archive; folders above the entries are made by whoever unpacks it. */
export function buildTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = entry.linkTo === undefined ? entry.content : Buffer.alloc(0);
    return [tarHeader(entry, content.length), content, Buffer.alloc(-content.length & 511)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function tarHeader(entry: TarEntry, size: number): Buffer {
  const header = Buffer.alloc(512);
  if (Buffer.byteLength(entry.path) > 100) throw new Error(`Cannot write tar entry "${entry.path}": its path is longer than 100 bytes`);
  const octal = (value: number, at: number, length: number) => header.write(value.toString(8).padStart(length - 1, '0'), at);
  header.write(entry.path, 0);
  octal(entry.mode ?? 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  header.write(entry.linkTo === undefined ? '0' : '2', 156);
  if (entry.linkTo !== undefined) header.write(entry.linkTo, 157);
  header.write('ustar\u000000', 257);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
  return header;
}

function descriptor(mediaType: string, content: Buffer) {
  return { mediaType, digest: digest(content), size: content.length };
}

function digest(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function jsonBlob(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
