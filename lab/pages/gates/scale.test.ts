import { expect, test } from "vitest";
import { scaleOf } from "./scale.js";

test("what has bounds has the same colours whatever it is", () => {
  expect(scaleOf({ name: "forget", range: "gate" }, Float32Array.of(0.4))).toMatchObject({ low: 0, high: 1 });
  expect(scaleOf({ name: "candidate", range: "signed" }, Float32Array.of(0.4))).toMatchObject({ low: -1, high: 1 });
});

test("what has none reaches as far as nearly all values do, both ways", () => {
  const values = Float32Array.from({ length: 200 }, (_, i) => (i - 100) / 50);
  values[7] = 90;
  const { low, high, tint } = scaleOf({ name: "c", range: "free" }, values);
  expect([low, high]).toEqual([-2, 2]);
  expect([tint(90), tint(-1), tint(-3)]).toEqual([1, -0.5, -1]);
  expect(scaleOf({ name: "c", range: "free" }, new Float32Array(0))).toMatchObject({ low: -1, high: 1 });
});
