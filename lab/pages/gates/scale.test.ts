import { expect, test } from "vitest";
import { scaleOf } from "./scale.js";

test("what has bounds has the same colours whatever it is", () => {
  expect(scaleOf({ name: "forget", range: "gate" }, Float32Array.of(0.4))).toMatchObject({ low: 0, high: 1 });
  expect(scaleOf({ name: "candidate", range: "signed" }, Float32Array.of(0.4))).toMatchObject({ low: -1, high: 1 });
});

test("what has none reaches as far as the values do, the same both ways", () => {
  const { low, high, tint } = scaleOf({ name: "c", range: "free" }, Float32Array.of(0.5, -2.04, 1));
  expect([low, high]).toEqual([-2, 2]);
  expect([tint(0.5), tint(-1), tint(-2.04)]).toEqual([0.25, -0.5, -1]);
  expect(scaleOf({ name: "c", range: "free" }, new Float32Array(0))).toMatchObject({ low: -1, high: 1 });
});
