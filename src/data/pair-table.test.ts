import { expect, it } from "vitest";
import { RandomStream } from "../tensor/index.js";
import { PairTable } from "./pair-table.js";

it("sums like a map, grows, and gives its pairs in order", () => {
  const random = new RandomStream(1);
  const table = new PairTable(1 << 20);
  const expected = new Map<number, number>();
  for (let i = 0; i < 20_000; i++) {
    const [row, column, amount] = [random.integer(100), random.integer(150), random.integer(5)];
    table.add(row, column, amount);
    expected.set(row * 1000 + column, (expected.get(row * 1000 + column) ?? 0) + amount);
  }
  expect(table.size).toBe(expected.size);
  for (const [key, sum] of expected) expect(table.get(Math.floor(key / 1000), key % 1000)).toBe(sum);
  expect(table.get(100, 0)).toBe(0);
  const sorted: [number, number][] = [];
  table.forEachSorted(150, (row, column, sum) => sorted.push([row * 1000 + column, sum]));
  expect(sorted).toEqual([...expected].sort(([a], [b]) => a - b));
  let total = 0;
  table.forEach((_row, _column, sum) => (total += sum));
  expect(total).toBe([...expected.values()].reduce((a, b) => a + b));
});

it("is full at its largest size, and goes on after clearing or pruning", () => {
  const table = new PairTable(16 * 1024);
  let i = 0;
  while (!table.isFull) table.add(i, 2 ** 31 - 1 - i, (i++ % 10) + 1);
  expect(i).toBe(Math.ceil(1024 * 0.7));
  table.prune(6);
  expect([table.size, table.isFull, table.get(5, 2 ** 31 - 6), table.get(4, 2 ** 31 - 5)]).toEqual([357, false, 6, 0]);
  table.clear();
  expect([table.size, table.get(5, 2 ** 31 - 6)]).toEqual([0, 0]);
  expect(() => {
    for (let n = 0; n < 2000; n++) table.add(n, n, 1);
  }).toThrow(/more than \d+ pairs; clear or prune it/);
});
