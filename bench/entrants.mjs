/** The processes that are measured: one per contestant and thread count. */
import { ContestantError, ContestantProcess } from "./process.mjs";
import { YARDSTICK } from "./contestants.mjs";

const CALIBRATION_SECONDS = 0.02;

/** A contestant's process with one thread count, started anew if it ended or had to be killed, but not for ever. */
class Entrant {
  #process;
  #patience;
  #startsLeft = 3;

  constructor(contestant, threads, patience) {
    this.contestant = contestant;
    this.threads = threads;
    this.#patience = Math.max(patience, contestant.patience ?? 0);
  }

  /** @returns {Promise<string>} the contestant's version */
  async start() {
    this.#startsLeft--;
    this.#process = new ContestantProcess(this.contestant.command(), this.threads);
    const { version } = await this.#process.ask({ do: "start", threads: this.threads }, this.#patience);
    return version;
  }

  /** Why there is no process to ask, or undefined. */
  get ended() {
    return this.#process.ended;
  }

  async ask(request) {
    // Only a new case brings a killed process back: it has to load the arrays again.
    if (this.ended && request.do === "prepare" && this.#startsLeft > 0) await this.start();
    return this.#process.ask(request, this.#patience);
  }

  close() {
    this.#process.close();
  }
}

/** Those who take part in a group, started. */
export class Field {
  /** @type {Entrant[]} */
  entrants = [];
  /** By contestant: `{ version }`, or `{ missing }` with the reason. */
  about = new Map();
  /** The best calibrations so far: of the whole machine, and multiply-adds by contestant and thread count. */
  #peaks = new Map();

  /**
   * @param {readonly import("./contestants.mjs").Contestant[]} contestants
   * @param {{ threads: readonly number[], patience: number, say?: (line: string) => void }} options
   */
  async start(contestants, { threads, patience, say = console.error }) {
    for (const contestant of contestants) {
      for (const count of contestant.threads ?? threads) {
        const entrant = new Entrant(contestant, count, patience);
        try {
          this.about.set(contestant.id, { version: await entrant.start() });
          this.entrants.push(entrant);
        } catch (error) {
          if (!(error instanceof ContestantError)) throw error;
          entrant.close();
          if (!this.about.has(contestant.id)) this.about.set(contestant.id, { missing: error.message });
          say(`bench: ${contestant.label} is left out: ${error.message}`);
          break;
        }
      }
    }
    return this;
  }

  /** Whether there is anybody to measure. */
  get empty() {
    return this.entrants.every(({ contestant }) => contestant.id === YARDSTICK);
  }

  /**
   * What the machine gives at this moment, per second, as our fastest process sees it: multiply-adds in registers, and bytes read from a
   * cache. A neighbour on the same core slows the second down while the first hardly notices.
   * @returns {Promise<{ gauge: string, flops: number, bytes: number } | undefined>} undefined where nobody of ours takes part
   */
  calibrate = async () => {
    let fastest;
    for (const entrant of this.entrants.filter(({ contestant, ended }) => contestant.ours && !ended)) {
      const { flops, bytes } = await entrant.ask({ do: "peak", seconds: CALIBRATION_SECONDS });
      const gauge = `${entrant.contestant.id}, ${entrant.threads}`;
      const peak = Math.max(this.#peaks.get(gauge)?.flops ?? 0, flops);
      this.#peaks.set(gauge, { id: entrant.contestant.id, threads: entrant.threads, flops: peak });
      if (peak > (fastest?.peak ?? 0)) fastest = { gauge, flops, bytes, peak };
    }
    return fastest && { gauge: fastest.gauge, flops: fastest.flops, bytes: fastest.bytes };
  };

  /** Operations per second at best, `{ id, threads, flops }` each. */
  get peaks() {
    return [...this.#peaks.values()];
  }

  close() {
    for (const entrant of this.entrants) entrant.close();
  }
}
