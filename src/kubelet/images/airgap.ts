/** Images that come as files: archives in `<data-dir>/agent/images/` are imported and pinned, lists (`*.txt`) are pulled. */
import { createReadStream, existsSync, type FSWatcher, mkdirSync, readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Clock, type Log, systemClock, type Timer } from '#lib';
import type { CriClient } from '../cri/cri-client.ts';
import { importArchive, pinImage } from './image-import.ts';

export interface AirgapOptions {
  readonly dir: string;
  readonly cri: CriClient;
  readonly socketPath: string;
  readonly clock?: Clock | undefined;
  readonly log: Log;
  /** Called after images were added. */
  imported(): void;
}

/** Imports what is there and what appears until `stop`. */
export interface AirgapImages {
  /** Resolves when what is there has been imported; files that cannot be are logged. */
  start(): Promise<void>;
  stop(): void;
}

const CACHE_FILE = '.cache.json';
// A file that is being copied changes all the time; it is read when it has come to rest.
const SETTLE_MS = 500;
const PULL_TIMEOUT_MS = 3_600_000;

interface Seen {
  readonly size: number;
  readonly mtimeMs: number;
}

export function createAirgapImages(options: AirgapOptions): AirgapImages {
  const { dir, log, clock = systemClock } = options;
  const cachePath = join(dir, CACHE_FILE);
  const seen = new Map<string, Seen>();
  const timers = new Map<string, Timer>();
  let watcher: FSWatcher | undefined;
  let isStopped = false;
  let working: Promise<void> = Promise.resolve();

  const take = async (name: string): Promise<void> => {
    const path = join(dir, name);
    const info = statSync(path, { throwIfNoEntry: false });
    if (!info?.isFile() || isStopped || !isImageFile(name)) return;
    const now = { size: info.size, mtimeMs: info.mtimeMs };
    const before = seen.get(name);
    if (before?.size === now.size && before.mtimeMs === now.mtimeMs) return;
    try {
      const images = name.endsWith('.txt') ? await pullList(options.cri, path) : await importFile(options, path, name);
      for (const image of images) await pinImage(options.cri.channel, image);
      seen.set(name, now);
      writeFileSync(cachePath, JSON.stringify(Object.fromEntries(seen)));
      log.info('Imported images', { file: name, images: images.length });
      options.imported();
    } catch (error) {
      if (!isStopped) log.error('Cannot import images', { file: path, err: error });
    }
  };
  const enqueue = (name: string): Promise<void> => (working = working.then(() => take(name)));

  return {
    async start() {
      if (!existsSync(dir)) mkdirSync(dir, { recursive: true });
      for (const [name, known] of Object.entries(readCache(cachePath))) seen.set(name, known);
      watcher = watch(dir, (_, name) => {
        if (name === null || !isImageFile(name)) return;
        timers.get(name)?.cancel();
        timers.set(
          name,
          clock.setTimer(SETTLE_MS, () => void enqueue(name)),
        );
      });
      watcher.unref();
      watcher.on('error', (error) => log.warning('Cannot watch for image files', { dir, err: error }));
      for (const name of readdirSync(dir).sort()) void enqueue(name);
      await working;
    },
    stop() {
      isStopped = true;
      watcher?.close();
      for (const timer of timers.values()) timer.cancel();
    },
  };
}

function isImageFile(name: string): boolean {
  return !name.startsWith('.') && /\.(tar|tar\.gz|tgz|tar\.zst|tar\.zstd|txt)$/.test(name);
}

/** What was imported before; nothing where the file is missing, empty or damaged. */
function readCache(path: string): Record<string, Seen> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Seen>;
  } catch {
    return {};
  }
}

async function importFile(options: AirgapOptions, path: string, name: string): Promise<string[]> {
  const file = createReadStream(path);
  const decoder = /\.(gz|tgz)$/.test(name) ? createGunzip() : /\.zstd?$/.test(name) ? createZstdDecompress() : undefined;
  if (!decoder) return await importArchive(options.socketPath, file);
  const failed = new Promise<never>((_, reject) => {
    file.once('error', reject);
    decoder.once('error', (error) => reject(new Error(`Cannot decompress "${path}"`, { cause: error })));
  });
  return await Promise.race([importArchive(options.socketPath, file.pipe(decoder)), failed]);
}

async function pullList(cri: CriClient, path: string): Promise<string[]> {
  const names = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const pulled: string[] = [];
  for (const image of names) {
    await cri.call('PullImage', { image: { image } }, { timeoutMs: PULL_TIMEOUT_MS });
    const { image: found } = await cri.call('ImageStatus', { image: { image } });
    pulled.push(found?.repoTags?.[0] ?? found?.repoDigests?.[0] ?? image);
  }
  return pulled;
}
