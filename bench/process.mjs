/** The measuring side of a contestant's process (the other side is serve.mjs or contestants/pytorch.py). */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A request that was refused, went wrong, or took longer than it may; the message is fit for the table's footnotes. */
export class ContestantError extends Error {}

export class ContestantProcess {
  #child;
  #waiting = new Map();
  #nextId = 1;
  #lastWords = "";

  /**
   * @param {[string, string[]]} command
   * @param {number} threads
   */
  constructor([program, args], threads) {
    this.#child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      // OpenMP sizes its pool when it is loaded.
      env: { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
    });
    this.#child.on("error", (error) => this.#fail(error.message));
    this.#child.on("exit", (code, signal) => this.#fail(`ended (${signal ?? `exit code ${code}`})${this.#lastWords ? `: ${this.#lastWords}` : ""}`));
    this.#child.stdin.on("error", () => {}); // 'exit' tells
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.#lastWords = text.trim().split("\n").at(-1)));
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#receive(line));
  }

  /**
   * Sends one request and gives its answer.
   * @throws ContestantError when it fails or takes longer than `patience` seconds; the process is then killed
   */
  async ask(request, patience) {
    if (this.ended) throw new ContestantError(this.ended);
    const id = this.#nextId++;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const timer = setTimeout(() => {
      this.#fail(`took more than ${patience} s`);
      this.close();
    }, patience * 1000);
    this.#child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    try {
      const { error, ...result } = await answer;
      if (error !== undefined) throw new ContestantError(error);
      return result;
    } finally {
      clearTimeout(timer);
    }
  }

  close() {
    this.ended ??= "closed";
    this.#child.kill("SIGKILL");
  }

  #receive(line) {
    const { id, ...answer } = JSON.parse(line);
    this.#waiting.get(id)?.resolve(answer);
    this.#waiting.delete(id);
  }

  #fail(reason) {
    this.ended ??= reason;
    for (const { reject } of this.#waiting.values()) reject(new ContestantError(reason));
    this.#waiting.clear();
  }
}
