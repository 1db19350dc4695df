/**
 * Where the memory of tensors comes from and when it goes back.
 *
 * Inside a step, memory is cut from the backend's arena: one bump of a pointer per tensor, everything taken back at once
 * when the step ends. Outside, each tensor has an allocation of its own that the garbage collector's finalizers free.
 */
import type { Backend, Memory, Pointer } from "../backend/backend.js";
import { TapeError } from "./errors.js";

const ALIGNMENT = 64;
const MINIMUM_CHUNK = 1 << 18;

function roundUp(bytes: number): number {
  // At least one unit: an empty tensor gets an address too, never the null pointer.
  return Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
}

interface Chunk {
  readonly pointer: Pointer;
  readonly bytes: number;
}

/** Memory for one step at a time. It is held for the steps that follow, so that steady work allocates nothing. */
export class Arena {
  /** Of what is cut now; a new one for every step and every part of one whose memory goes back early. */
  epoch = 0;
  /** The epochs around this one, whose memory is still there. */
  readonly #outer: number[] = [];
  /** The last epoch given out. */
  #epochs = 0;
  readonly #memory: Memory;
  #chunks: Chunk[] = [];
  /** Bytes in all chunks. */
  #held = 0;
  #used = 0;
  #peak = 0;
  /** Size of the first chunk: what the last step that outgrew its chunk used at most. */
  #wanted = MINIMUM_CHUNK;
  /** Free part of the last chunk. */
  #next: Pointer = 0;
  #end: Pointer = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Bytes cut in this step and not given back. */
  get used(): number {
    return this.#used;
  }

  /** The most that `used` has been in this step. */
  get peak(): number {
    return this.#peak;
  }

  /** Whether what was cut under an epoch is still there. */
  isAlive(epoch: number): boolean {
    return epoch === this.epoch || this.#outer.includes(epoch);
  }

  /** Memory for `bytes` bytes (not cleared), aligned to 64, until the step (or the `temporarily` around it) ends. */
  allocate(bytes: number): Pointer {
    const size = roundUp(bytes);
    if (this.#next + size > this.#end) this.#addChunk(size);
    const pointer = this.#next;
    this.#next += size;
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    return pointer;
  }

  /** Runs `fn` and takes back what was cut meanwhile. */
  temporarily<R>(fn: () => R): R {
    const chunks = this.#chunks.length;
    const [used, next, end] = [this.#used, this.#next, this.#end];
    this.#outer.push(this.epoch);
    this.epoch = ++this.#epochs;
    try {
      return fn();
    } finally {
      for (const { pointer, bytes } of this.#chunks.splice(chunks)) {
        this.#memory.free(pointer);
        this.#held -= bytes;
      }
      [this.#used, this.#next, this.#end] = [used, next, end];
      this.epoch = this.#outer.pop()!;
    }
  }

  /** Grows by a part of what is held, so that the number of chunks stays small while a first step finds its size. */
  #addChunk(size: number): void {
    const growth = this.#chunks.length === 0 ? this.#wanted : Math.max(MINIMUM_CHUNK, this.#held / 4);
    const bytes = roundUp(Math.max(size, growth));
    const pointer = this.#memory.allocate(bytes);
    this.#chunks.push({ pointer, bytes });
    this.#held += bytes;
    this.#next = pointer;
    this.#end = pointer + bytes;
  }

  /** Takes everything back. After a step that needed several chunks the next one starts with one chunk of the size needed. */
  reset(): void {
    this.epoch = ++this.#epochs;
    if (this.#chunks.length === 1 && this.#peak <= this.#held) {
      this.#next = this.#chunks[0]!.pointer;
    } else {
      for (const { pointer } of this.#chunks) this.#memory.free(pointer);
      this.#chunks = [];
      this.#held = 0;
      this.#wanted = Math.max(this.#peak, MINIMUM_CHUNK);
      this.#next = this.#end = 0;
    }
    this.#used = this.#peak = 0;
  }
}

const arenas = new WeakMap<Backend, Arena>();
/** The arenas that the running step has used; undefined outside a step. */
let running: Arena[] | undefined;
/** The arena of the last allocation, as most steps use one backend. */
let lastBackend: Backend | undefined;
let lastArena: Arena | undefined;

export function insideStep(): boolean {
  return running !== undefined;
}

/** @throws TapeError inside another step. */
export function beginArenas(): void {
  if (running !== undefined) {
    throw new TapeError("step: a step is already running and steps cannot be nested; let the outer step end first");
  }
  running = [];
}

export function endArenas(): void {
  const used = running ?? [];
  running = undefined;
  lastBackend = lastArena = undefined;
  for (const arena of used) arena.reset();
}

/** The running step's arena on this backend; undefined outside a step. */
export function currentArena(backend: Backend): Arena | undefined {
  if (running === undefined) return undefined;
  if (backend === lastBackend) return lastArena;
  let arena = arenas.get(backend);
  if (arena === undefined) {
    arena = new Arena(backend.memory);
    arenas.set(backend, arena);
  }
  if (!running.includes(arena)) running.push(arena);
  lastBackend = backend;
  lastArena = arena;
  return arena;
}

/**
 * Runs `fn`; inside a step, memory that is cut meanwhile on this backend goes back when it returns, for the buffers of one part of a
 * long computation after another. Tensors made by it are stale then; what shall last is made before.
 */
export function temporarily<R>(backend: Backend, fn: () => R): R {
  const arena = currentArena(backend);
  return arena === undefined ? fn() : arena.temporarily(fn);
}

interface Allocation {
  readonly memory: Memory;
  readonly pointer: Pointer;
}

const collected = new FinalizationRegistry<Allocation>(({ memory, pointer }) => memory.free(pointer));

/** A piece of memory and how long it lives. Tensors that are views of one another share it. */
export class Storage {
  readonly backend: Backend;
  /** The operation that made it, for messages. */
  readonly madeBy: string;
  /** The arena it was cut from; undefined when it stands free. */
  readonly arena: Arena | undefined;
  readonly #pointer: Pointer;
  readonly #epoch: number;

  /** Cuts from the running step's arena, if there is one and `free` does not ask for an allocation of its own. */
  constructor(backend: Backend, bytes: number, madeBy: string, free = false) {
    const arena = free ? undefined : currentArena(backend);
    this.backend = backend;
    this.madeBy = madeBy;
    this.arena = arena;
    if (arena !== undefined) {
      this.#pointer = arena.allocate(bytes);
      this.#epoch = arena.epoch;
    } else {
      this.#pointer = backend.memory.allocate(bytes);
      this.#epoch = 0;
      collected.register(this, { memory: backend.memory, pointer: this.#pointer }, this);
    }
  }

  get alive(): boolean {
    return this.arena === undefined || this.arena.isAlive(this.#epoch);
  }

  /** Only to be used while `alive`. */
  get pointer(): Pointer {
    return this.#pointer;
  }

  /** Frees a free-standing allocation before the collector does; nobody may hold a tensor on it. */
  release(): void {
    if (this.arena === undefined && collected.unregister(this)) this.backend.memory.free(this.#pointer);
  }
}

/**
 * Arena memory for tables and scratch (not cleared), until the running step ends.
 * @throws TapeError outside a step.
 */
export function scratch(backend: Backend, bytes: number): Pointer {
  const arena = currentArena(backend);
  if (arena === undefined) throw new TapeError("allocateScratch: scratch memory exists only inside step(() => ...)");
  return arena.allocate(bytes);
}
