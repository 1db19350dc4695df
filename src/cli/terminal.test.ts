import { describe, expect, it } from "vitest";
import { testContext } from "./testing.js";

describe("a terminal", () => {
  it("has colours where a person looks on, unless NO_COLOR", () => {
    expect(testContext({ tty: true }).terminal.style("bold", "x")).toBe("\u001b[1mx\u001b[0m");
    expect(testContext({ tty: true, environment: { NO_COLOR: "1" } }).terminal.style("bold", "x")).toBe("x");
    expect(testContext({ tty: true, environment: { NO_COLOR: "" } }).terminal.style("bold", "x")).not.toBe("x");
    expect(testContext({ tty: true, environment: { TERM: "dumb" } }).terminal.style("bold", "x")).toBe("x");
    expect(testContext().terminal.style("bold", "x")).toBe("x");
  });

  it("keeps the live line below what is printed", () => {
    const context = testContext({ tty: true });
    context.terminal.live("50%");
    context.terminal.print("note");
    context.terminal.endLive();
    expect(context.output()).toBe("\r50%\u001b[K\r\u001b[Knote\n\r50%\u001b[K\r\u001b[K");
  });

  it("has no live line in a file", () => {
    const context = testContext();
    context.terminal.live("50%");
    expect(context.output()).toBe("");
  });
});
