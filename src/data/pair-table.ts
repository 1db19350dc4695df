/** Sums over pairs of numbers: an open-addressed table in one buffer, 16 bytes per slot, so that a look-up touches one cache line. */

const SLOT_BYTES = 16;
/** Slots are doubled, and the table counts as full, at this load. */
const LOAD = 0.7;
const SMALLEST = 1 << 10;
const EMPTY = -1;

export class PairTable {
  readonly #maximumSlots: number;
  /** Slot i: row and column at 4i, 4i + 1 of the integers, its sum at 2i + 1 of the floats. */
  #keys!: Int32Array;
  #sums!: Float64Array;
  #slots!: number;
  #size = 0;

  /** @param maximumBytes that the table may grow to */
  constructor(maximumBytes: number) {
    const slots = 2 ** Math.floor(Math.log2(maximumBytes / SLOT_BYTES));
    this.#maximumSlots = Math.max(SMALLEST, Math.min(slots, 2 ** 28));
    this.#allocate(SMALLEST);
  }

  /** Pairs held. */
  get size(): number {
    return this.#size;
  }

  /** Whether no new pair should be added: the table has its largest size and is well filled. */
  get isFull(): boolean {
    return this.#slots === this.#maximumSlots && this.#size >= LOAD * this.#slots;
  }

  /** Adds to the sum of a pair of numbers from 0 on. */
  add(row: number, column: number, amount: number): void {
    const slot = this.#find(row, column);
    if (this.#keys[4 * slot] !== EMPTY) {
      this.#sums[2 * slot + 1]! += amount;
      return;
    }
    this.#keys[4 * slot] = row;
    this.#keys[4 * slot + 1] = column;
    this.#sums[2 * slot + 1] = amount;
    this.#size++;
    if (this.#size >= LOAD * this.#slots) this.#grow();
  }

  /**
   * Adds `amounts[i]` to the pair `rows[i]`, `columns[i]`, for i below `count`: the same as `add`, several times as fast. There must be room
   * for so many more: a table that is not full has some for 0.2 of its slots.
   */
  addAll(rows: Int32Array, columns: Int32Array, amounts: Float64Array, count: number): void {
    while (this.#size + count >= LOAD * this.#slots && this.#slots < this.#maximumSlots) this.#grow();
    if (this.#size + count >= this.#slots) throw new RangeError(`PairTable: no room for ${count} more than ${this.#size} pairs`);
    const [keys, sums, mask] = [this.#keys, this.#sums, this.#slots - 1];
    let size = this.#size;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const column = columns[i]!;
      let slot = hash(row, column) & mask;
      while (keys[4 * slot] !== row || keys[4 * slot + 1] !== column) {
        if (keys[4 * slot] === EMPTY) {
          keys[4 * slot] = row;
          keys[4 * slot + 1] = column;
          sums[2 * slot + 1] = 0;
          size++;
          break;
        }
        slot = (slot + 1) & mask;
      }
      sums[2 * slot + 1]! += amounts[i]!;
    }
    this.#size = size;
  }

  /** The sum of a pair, 0 for one that was never added. */
  get(row: number, column: number): number {
    const slot = this.#find(row, column);
    return this.#keys[4 * slot] === EMPTY ? 0 : this.#sums[2 * slot + 1]!;
  }

  clear(): void {
    this.#keys.fill(EMPTY);
    this.#size = 0;
  }

  /** Forgets the pairs whose sum is below `minimum`. */
  prune(minimum: number): void {
    const [keys, sums] = [this.#keys, this.#sums];
    this.#allocate(this.#slots);
    this.#addSlots(keys, sums, minimum);
  }

  forEach(visit: (row: number, column: number, sum: number) => void): void {
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#keys[4 * slot] !== EMPTY) visit(this.#keys[4 * slot]!, this.#keys[4 * slot + 1]!, this.#sums[2 * slot + 1]!);
    }
  }

  /** The same in order of rows, and of columns within a row. @param bound above all rows and columns */
  forEachSorted(bound: number, visit: (row: number, column: number, sum: number) => void): void {
    const keys = this.#keys;
    let slots = new Int32Array(this.#size);
    for (let slot = 0, i = 0; slot < this.#slots; slot++) if (keys[4 * slot] !== EMPTY) slots[i++] = slot;
    // Two passes of counting sort, the less significant key first.
    for (const key of [1, 0]) {
      const starts = new Int32Array(bound + 1);
      for (const slot of slots) starts[keys[4 * slot + key]! + 1]!++;
      for (let i = 0; i < bound; i++) starts[i + 1]! += starts[i]!;
      const sorted = new Int32Array(slots.length);
      for (const slot of slots) sorted[starts[keys[4 * slot + key]!]!++] = slot;
      slots = sorted;
    }
    for (const slot of slots) visit(keys[4 * slot]!, keys[4 * slot + 1]!, this.#sums[2 * slot + 1]!);
  }

  /** The slot of a pair, or the empty one where it would be put. */
  #find(row: number, column: number): number {
    const keys = this.#keys;
    const mask = this.#slots - 1;
    let slot = hash(row, column) & mask;
    while (keys[4 * slot] !== EMPTY && (keys[4 * slot] !== row || keys[4 * slot + 1] !== column)) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    if (this.#size >= this.#slots - 1) throw new RangeError(`PairTable: more than ${this.#size} pairs; clear or prune it when it is full`);
    if (this.#slots === this.#maximumSlots) return;
    const [keys, sums] = [this.#keys, this.#sums];
    this.#allocate(this.#slots * 2);
    this.#addSlots(keys, sums, -Infinity);
  }

  #allocate(slots: number): void {
    const buffer = new ArrayBuffer(slots * SLOT_BYTES);
    this.#keys = new Int32Array(buffer).fill(EMPTY);
    this.#sums = new Float64Array(buffer);
    this.#slots = slots;
    this.#size = 0;
  }

  #addSlots(keys: Int32Array, sums: Float64Array, minimum: number): void {
    for (let slot = 0; slot < keys.length / 4; slot++) {
      if (keys[4 * slot] !== EMPTY && sums[2 * slot + 1]! >= minimum) this.add(keys[4 * slot]!, keys[4 * slot + 1]!, sums[2 * slot + 1]!);
    }
  }
}

function hash(row: number, column: number): number {
  let mixed = Math.imul(row, 0x9e3779b1) ^ Math.imul(column, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
