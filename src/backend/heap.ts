/**
 * The allocator behind every backend's memory: JavaScript keeps the books, the backend provides raw chunks. Free blocks hang in
 * lists by size class, neighbours merge when freed, and every address is a multiple of 64 (a cache line, and the widest
 * vector). Books outside the memory they describe cannot be overwritten by a kernel gone wrong.
 */
import type { Pointer } from "./backend.js";

/** Alignment of every allocation, and the unit sizes are rounded up to. */
export const ALIGNMENT = 64;

/** A backend could not provide memory: the message names the size asked for and what is in use. */
export class OutOfMemoryError extends Error {
  override readonly name = "OutOfMemoryError";
}

/** A piece of raw memory: `pointer` is a multiple of 64 and not 0, `bytes` a multiple of 64. */
export interface Chunk {
  readonly pointer: Pointer;
  readonly bytes: number;
}

/** Provides at least `bytes` more bytes, or undefined when there are none. A chunk may follow the last one directly. */
export type Grow = (bytes: number) => Chunk | undefined;

interface Block {
  readonly pointer: Pointer;
  bytes: number;
  free: boolean;
  /** Neighbours in the same run of memory. */
  before: Block | undefined;
  after: Block | undefined;
  /** Links of the free list. */
  previous: Block | undefined;
  next: Block | undefined;
}

const MINIMUM_CHUNK = 1 << 20;
const MAXIMUM_EXTRA_CHUNK = 1 << 26;
/** Size classes per power of two: a block found is at most 1/4 larger than its class asks for. */
const CLASSES_PER_OCTAVE = 4;

export class Heap {
  readonly #grow: Grow;
  /** Heads of the free lists, by size class. */
  readonly #lists: (Block | undefined)[] = [];
  readonly #allocated = new Map<Pointer, Block>();
  /** Last block of each run of adjacent chunks, by the address where the run ends. */
  readonly #ends = new Map<Pointer, Block>();
  #bytesInUse = 0;
  #bytesHeld = 0;

  constructor(grow: Grow) {
    this.#grow = grow;
  }

  /** Bytes handed out and not yet freed, in multiples of 64. */
  get bytesInUse(): number {
    return this.#bytesInUse;
  }

  /** Bytes taken from the backend so far; they are reused, never given back. */
  get bytesHeld(): number {
    return this.#bytesHeld;
  }

  /**
   * Memory for `bytes` bytes, not cleared. Zero bytes get an address of their own too.
   * @throws OutOfMemoryError when the backend has no more; RangeError when `bytes` is not a size.
   */
  allocate(bytes: number): Pointer {
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw new RangeError(`allocate: bytes: expected an integer from 0 on, got ${bytes}`);
    }
    const size = Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
    const block = this.#takeFree(size) ?? this.#extend(size);
    this.#splitOff(block, size);
    block.free = false;
    this.#allocated.set(block.pointer, block);
    this.#bytesInUse += size;
    return block.pointer;
  }

  /**
   * Gives an allocation back; the null pointer is ignored.
   * @throws Error when `pointer` is not the start of a living allocation (a double free, for example).
   */
  free(pointer: Pointer): void {
    if (pointer === 0) return;
    const block = this.#allocated.get(pointer);
    if (!block) throw new Error(`free: no allocation lives at address ${pointer}`);
    this.#allocated.delete(pointer);
    this.#bytesInUse -= block.bytes;
    this.#addFree(this.#merge(block));
  }

  /** First fit in the block's own class, else any block of a larger class: all of those are large enough. */
  #takeFree(size: number): Block | undefined {
    const own = sizeClass(size);
    for (let block = this.#lists[own]; block; block = block.next) {
      if (block.bytes >= size) return this.#unlink(block, own);
    }
    for (let index = own + 1; index < this.#lists.length; index++) {
      const block = this.#lists[index];
      if (block) return this.#unlink(block, index);
    }
    return undefined;
  }

  #extend(size: number): Block {
    // Ever larger chunks keep their number small; when memory is short, exactly what is needed must do.
    const generous = Math.max(size, MINIMUM_CHUNK, Math.min(MAXIMUM_EXTRA_CHUNK, alignUp(this.#bytesHeld / 2)));
    const chunk = this.#grow(generous) ?? (generous > size ? this.#grow(size) : undefined);
    if (!chunk) {
      throw new OutOfMemoryError(
        `out of memory: asked for ${size} bytes with ${this.#bytesInUse} in use and ${this.#bytesHeld} held`,
      );
    }
    this.#bytesHeld += chunk.bytes;
    const block = newBlock(chunk.pointer, chunk.bytes);
    const before = this.#ends.get(chunk.pointer);
    if (before) {
      this.#ends.delete(chunk.pointer);
      before.after = block;
      block.before = before;
    }
    this.#ends.set(chunk.pointer + chunk.bytes, block);
    return this.#merge(block);
  }

  /** Joins a block with its free neighbours; the result is in no list. */
  #merge(block: Block): Block {
    let merged = block;
    const { before, after } = block;
    if (before?.free) {
      this.#unlink(before, sizeClass(before.bytes));
      this.#absorb(before, block);
      merged = before;
    }
    if (after?.free) {
      this.#unlink(after, sizeClass(after.bytes));
      this.#absorb(merged, after);
    }
    return merged;
  }

  /** Appends `right` to its left neighbour. */
  #absorb(left: Block, right: Block): void {
    left.bytes += right.bytes;
    left.after = right.after;
    if (right.after) right.after.before = left;
    else this.#ends.set(left.pointer + left.bytes, left);
  }

  /** Cuts a block down to `size` bytes; the rest becomes a free block. */
  #splitOff(block: Block, size: number): void {
    if (block.bytes === size) return;
    const rest = newBlock(block.pointer + size, block.bytes - size);
    block.bytes = size;
    rest.before = block;
    rest.after = block.after;
    if (rest.after) rest.after.before = rest;
    else this.#ends.set(rest.pointer + rest.bytes, rest);
    block.after = rest;
    this.#addFree(rest);
  }

  #addFree(block: Block): void {
    const index = sizeClass(block.bytes);
    while (this.#lists.length <= index) this.#lists.push(undefined);
    const head = this.#lists[index];
    block.free = true;
    block.previous = undefined;
    block.next = head;
    if (head) head.previous = block;
    this.#lists[index] = block;
  }

  #unlink(block: Block, index: number): Block {
    if (block.previous) block.previous.next = block.next;
    else this.#lists[index] = block.next;
    if (block.next) block.next.previous = block.previous;
    block.previous = undefined;
    block.next = undefined;
    block.free = false;
    return block;
  }
}

function newBlock(pointer: Pointer, bytes: number): Block {
  return { pointer, bytes, free: false, before: undefined, after: undefined, previous: undefined, next: undefined };
}

/** Index of the list for blocks of `bytes` bytes: grows with the size, CLASSES_PER_OCTAVE steps per doubling. */
function sizeClass(bytes: number): number {
  const units = bytes / ALIGNMENT;
  const octave = Math.floor(Math.log2(units));
  return octave * CLASSES_PER_OCTAVE + Math.floor((units / 2 ** octave - 1) * CLASSES_PER_OCTAVE);
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
