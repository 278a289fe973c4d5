/**
 * The pause program: process 1 of every sandbox. It holds the pod's namespaces, reaps orphans of a shared process namespace and ends on SIGINT
 * and SIGTERM. Written in machine code, so that no image has to be pulled:
 *
 *   block INT, TERM, CHLD
 *   wait:  signal = sigtimedwait()          a blocked signal reaches process 1 although it has no handler
 *          CHLD → reap: while wait4(-1, WNOHANG) > 0;  then wait
 *          INT, TERM → exit_group(0);  anything else → wait
 */
import { buildImageTar } from './oci-tar.ts';
import { PAUSE_IMAGE } from './pause-image.ts';

export type PauseArchitecture = 'amd64' | 'arm64';

/** SIGINT 2, SIGTERM 15, SIGCHLD 17: bit n-1 each. */
const SIGNAL_SET = Buffer.from([0x02, 0x40, 0x01, 0, 0, 0, 0, 0]);

/** The pause image for this machine as a tar to import. */
export function buildPauseImage(architecture: PauseArchitecture = process.arch === 'arm64' ? 'arm64' : 'amd64'): Buffer {
  return buildImageTar({
    name: PAUSE_IMAGE,
    architecture,
    files: [{ path: 'pause', content: buildPauseProgram(architecture), mode: 0o755 }],
    entrypoint: ['/pause'],
    user: '65535:65535',
  });
}

/** The static ELF program. */
export function buildPauseProgram(architecture: PauseArchitecture): Buffer {
  return architecture === 'amd64' ? elf(0x3e, amd64Code()) : elf(0xb7, arm64Code());
}

const BASE_ADDRESS = 0x400000;
const HEADERS_LENGTH = 64 + 56;

function elf(machine: number, code: Buffer): Buffer {
  const header = Buffer.alloc(HEADERS_LENGTH);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(BASE_ADDRESS + HEADERS_LENGTH), 24); // entry
  header.writeBigUInt64LE(64n, 32); // program headers follow
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt16LE(64, 58);
  const length = BigInt(HEADERS_LENGTH + code.length);
  header.writeUInt32LE(1, 64); // PT_LOAD
  header.writeUInt32LE(5, 68); // read, execute
  header.writeBigUInt64LE(BigInt(BASE_ADDRESS), 80);
  header.writeBigUInt64LE(BigInt(BASE_ADDRESS), 88);
  header.writeBigUInt64LE(length, 96);
  header.writeBigUInt64LE(length, 104);
  header.writeBigUInt64LE(0x10000n, 112);
  return Buffer.concat([header, code]);
}

/** A piece of code: bytes, a label, or a jump whose bytes depend on how far its label is from `end` (amd64) or `start` (arm64) of the piece. */
type Piece = { readonly bytes: readonly number[] } | { readonly label: string } | Jump;
interface Jump {
  readonly to: string;
  readonly length: number;
  encode(start: number, target: number): readonly number[];
}

function assemble(pieces: readonly Piece[]): Buffer {
  const labels = new Map<string, number>();
  let position = 0;
  for (const piece of pieces) {
    if ('label' in piece) labels.set(piece.label, position);
    else position += 'bytes' in piece ? piece.bytes.length : piece.length;
  }
  const bytes: number[] = [];
  for (const piece of pieces) {
    if ('bytes' in piece) bytes.push(...piece.bytes);
    else if ('to' in piece) bytes.push(...piece.encode(bytes.length, labels.get(piece.to) ?? 0));
  }
  return Buffer.concat([Buffer.from(bytes), SIGNAL_SET]);
}

function amd64Code(): Buffer {
  const raw = (...bytes: number[]): Piece => ({ bytes });
  const short = (opcode: number, to: string): Piece => ({ to, length: 2, encode: (start, target) => [opcode, (target - start - 2) & 0xff] });
  // lea register, [rip + set]
  const leaSet = (register: number): Piece => ({
    to: 'set',
    length: 7,
    encode: (start, target) => [0x48, 0x8d, register, ...int32(target - start - 7)],
  });
  const syscall = (number: number): Piece => raw(0xb8, ...int32(number), 0x0f, 0x05);
  const setSize = raw(0x41, 0xba, ...int32(8)); // r10 = 8
  return assemble([
    raw(0x31, 0xff), // edi = SIG_BLOCK
    leaSet(0x35), // rsi
    raw(0x31, 0xd2), // edx = 0
    setSize,
    syscall(14), // rt_sigprocmask
    { label: 'wait' },
    leaSet(0x3d), // rdi
    raw(0x31, 0xf6, 0x31, 0xd2), // esi = edx = 0
    setSize,
    syscall(128), // rt_sigtimedwait
    raw(0x83, 0xf8, 17),
    short(0x74, 'reap'),
    raw(0x83, 0xf8, 2),
    short(0x74, 'exit'),
    raw(0x83, 0xf8, 15),
    short(0x75, 'wait'),
    { label: 'exit' },
    raw(0x31, 0xff),
    syscall(231), // exit_group
    { label: 'reap' },
    raw(0x48, 0xc7, 0xc7, 0xff, 0xff, 0xff, 0xff), // rdi = -1
    raw(0x31, 0xf6), // esi = 0
    raw(0xba, ...int32(1)), // edx = WNOHANG
    raw(0x45, 0x31, 0xd2), // r10 = 0
    syscall(61), // wait4
    raw(0x85, 0xc0),
    short(0x7f, 'reap'),
    short(0xeb, 'wait'),
    { label: 'set' },
  ]);
}

function arm64Code(): Buffer {
  const word = (value: number): Piece => ({ bytes: int32(value) });
  const move = (register: number, value: number): Piece => word(0xd2800000 + value * 32 + register);
  const syscall = (number: number): Piece[] => [move(8, number), word(0xd4000001)];
  const adrSet = (register: number): Piece => ({
    to: 'set',
    length: 4,
    encode: (start, target) => int32(0x10000000 + ((target - start) & 3) * 2 ** 29 + (((target - start) >> 2) & 0x7ffff) * 32 + register),
  });
  const compare = (value: number): Piece => word(0x7100001f + value * 1024);
  const branchIf = (condition: number, to: string): Piece => ({
    to,
    length: 4,
    encode: (start, target) => int32(0x54000000 + (((target - start) >> 2) & 0x7ffff) * 32 + condition),
  });
  const branch = (to: string): Piece => ({ to, length: 4, encode: (start, target) => int32(0x14000000 + (((target - start) >> 2) & 0x3ffffff)) });
  const [equal, notEqual, greater] = [0, 1, 12];
  return assemble([
    // rt_sigprocmask(SIG_BLOCK, set, 0, 8)
    move(0, 0),
    adrSet(1),
    move(2, 0),
    move(3, 8),
    ...syscall(135),
    { label: 'wait' },
    // rt_sigtimedwait(set, 0, 0, 8)
    adrSet(0),
    move(1, 0),
    move(2, 0),
    move(3, 8),
    ...syscall(137),
    compare(17),
    branchIf(equal, 'reap'),
    compare(2),
    branchIf(equal, 'exit'),
    compare(15),
    branchIf(notEqual, 'wait'),
    { label: 'exit' },
    // exit_group(0)
    move(0, 0),
    ...syscall(94),
    { label: 'reap' },
    // wait4(-1, 0, WNOHANG, 0)
    word(0x92800000),
    move(1, 0),
    move(2, 1),
    move(3, 0),
    ...syscall(260),
    compare(0),
    branchIf(greater, 'reap'),
    branch('wait'),
    { label: 'set' },
  ]);
}

function int32(value: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return [...bytes];
}
