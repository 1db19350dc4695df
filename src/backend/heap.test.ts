import { describe, expect, it } from "vitest";
import { ALIGNMENT, Heap, OutOfMemoryError, type Chunk } from "./heap.js";

/** Chunks side by side, as WebAssembly memory grows, up to `limit` bytes. */
function adjacent(limit: number): { grow: (bytes: number) => Chunk | undefined; calls: number[] } {
  let end = ALIGNMENT;
  const calls: number[] = [];
  return {
    calls,
    grow(bytes) {
      calls.push(bytes);
      if (end + bytes > limit) return undefined;
      const pointer = end;
      end += bytes;
      return { pointer, bytes };
    },
  };
}

/** Chunks with holes between them, as the native backend gets them. */
function scattered(): (bytes: number) => Chunk {
  let end = ALIGNMENT;
  return (bytes) => {
    const pointer = end;
    end += bytes + 4096;
    return { pointer, bytes };
  };
}

/** Small deterministic generator for the fuzz below. */
function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("Heap", () => {
  it("aligns, counts and reuses", () => {
    const heap = new Heap(adjacent(1 << 24).grow);
    const first = heap.allocate(1);
    const second = heap.allocate(65);
    expect(first % ALIGNMENT).toBe(0);
    expect(second % ALIGNMENT).toBe(0);
    expect(second - first).toBe(64);
    expect(heap.bytesInUse).toBe(64 + 128);
    heap.free(first);
    expect(heap.bytesInUse).toBe(128);
    expect(heap.allocate(64)).toBe(first);
  });

  it("gives zero bytes an address of their own", () => {
    const heap = new Heap(adjacent(1 << 24).grow);
    const a = heap.allocate(0);
    const b = heap.allocate(0);
    expect(a).not.toBe(0);
    expect(a).not.toBe(b);
  });

  it("merges freed neighbours in any order, and a new chunk with the free end of the last", () => {
    for (const order of [[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 0, 2]]) {
      const heap = new Heap(adjacent(1 << 30).grow);
      const blocks = [heap.allocate(1 << 18), heap.allocate(1 << 18), heap.allocate(1 << 18)];
      for (const index of order) heap.free(blocks[index]!);
      const held = heap.bytesHeld;
      expect(heap.allocate(3 << 18)).toBe(blocks[0]);
      expect(heap.bytesHeld).toBe(held);
    }
    const source = adjacent(1 << 30);
    const heap = new Heap(source.grow);
    const kept = heap.allocate(64);
    const large = heap.allocate(3 << 20);
    expect(large).toBe(kept + 64);
  });

  it("never joins chunks that are not adjacent", () => {
    const heap = new Heap(scattered());
    const a = heap.allocate(1 << 20);
    const b = heap.allocate(1 << 20);
    heap.free(a);
    heap.free(b);
    const both = heap.allocate(2 << 20);
    expect(both).toBeGreaterThan(b);
  });

  it("throws OutOfMemoryError naming the size, and still works afterwards", () => {
    const heap = new Heap(adjacent(2 << 20).grow);
    const first = heap.allocate(1 << 20);
    expect(() => heap.allocate(1 << 21)).toThrow(OutOfMemoryError);
    expect(() => heap.allocate(1 << 21)).toThrow(/asked for 2097152 bytes with 1048576 in use/);
    heap.free(first);
    expect(heap.allocate(1 << 20)).toBe(first);
  });

  it("asks for exactly what is needed when a generous chunk is refused", () => {
    const source = adjacent(ALIGNMENT + 4096);
    const heap = new Heap(source.grow);
    expect(heap.allocate(4096)).toBe(ALIGNMENT);
    expect(source.calls.at(-1)).toBe(4096);
  });

  it("explains wrong sizes and wrong frees", () => {
    const heap = new Heap(adjacent(1 << 24).grow);
    expect(() => heap.allocate(-1)).toThrow(/bytes: expected an integer from 0 on, got -1/);
    expect(() => heap.allocate(Number.NaN)).toThrow(RangeError);
    expect(() => heap.allocate(1.5)).toThrow(RangeError);
    const pointer = heap.allocate(128);
    expect(() => heap.free(pointer + 64)).toThrow(/no allocation lives at address/);
    heap.free(pointer);
    expect(() => heap.free(pointer)).toThrow(/no allocation lives at address/);
    heap.free(0);
  });

  it.each([["adjacent", () => adjacent(1 << 30).grow], ["scattered", scattered]] as const)(
    "survives random use without overlap (%s chunks)",
    (_, source) => {
      const chunks: Chunk[] = [];
      const inner = source();
      const heap = new Heap((bytes) => {
        const chunk = inner(bytes);
        if (chunk) chunks.push(chunk);
        return chunk;
      });
      const random = lcg(7);
      const living: { pointer: number; bytes: number }[] = [];
      for (let round = 0; round < 20000; round++) {
        if (living.length > 0 && random() < (round % 4000 < 2000 ? 0.4 : 0.6)) {
          const index = Math.floor(random() * living.length);
          heap.free(living[index]!.pointer);
          living[index] = living.at(-1)!;
          living.pop();
        } else {
          const bytes = Math.floor(2 ** (random() * 18));
          living.push({ pointer: heap.allocate(bytes), bytes });
        }
        if (round % 1000 === 0) {
          const sorted = [...living].sort((a, b) => a.pointer - b.pointer);
          sorted.forEach((block, i) => {
            const next = sorted[i + 1];
            if (next) expect(block.pointer + block.bytes).toBeLessThanOrEqual(next.pointer);
            const inside = chunks.some(
              (chunk) => block.pointer >= chunk.pointer && block.pointer + block.bytes <= chunk.pointer + chunk.bytes,
            );
            // Blocks may span chunks only where these are adjacent.
            if (source === scattered) expect(inside).toBe(true);
          });
          expect(heap.bytesInUse).toBe(living.reduce((sum, { bytes }) => sum + Math.max(64, Math.ceil(bytes / 64) * 64), 0));
        }
      }
      const held = heap.bytesHeld;
      for (const { pointer } of living) heap.free(pointer);
      expect(heap.bytesInUse).toBe(0);
      // All of it has merged again: the largest chunk can be had in one piece without growing.
      heap.allocate(Math.max(...chunks.map(({ bytes }) => bytes)));
      expect(heap.bytesHeld).toBe(held);
    },
  );
});
