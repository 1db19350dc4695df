import { expect, it } from "vitest";
import { bytes, duration, grouped, short, table, wrap } from "./format.js";

it("groups thousands", () => {
  expect([0, 999, 1000, 1234567].map(grouped)).toEqual(["0", "999", "1,000", "1,234,567"]);
});

it("shortens to three digits", () => {
  expect([0.5, 9, 950, 999.4, 999.6, 1234, 45_678, 1.2e6, 3e9].map(short)).toEqual([
    "0.50", "9.0", "950", "999", "1.00 k", "1.23 k", "45.7 k", "1.20 M", "3.00 G",
  ]);
  expect([12, 12_345].map(bytes)).toEqual(["12 B", "12.3 kB"]);
});

it("tells times", () => {
  expect([0, 59.4, 60, 65, 3600, 7384, 172_799, 172_800, 1e7].map(duration)).toEqual([
    "0 s", "59 s", "1:00", "1:05", "1:00:00", "2:03:04", "47:59:59", "2.0 days", "116 days",
  ]);
});

it("lays out tables", () => {
  expect(table([{ title: "a" }, { title: "n", align: "right" }], [["long name", "1"], ["b", "100"]])).toEqual([
    "a            n",
    "long name    1",
    "b          100",
  ]);
});

it("wraps between words and keeps line breaks", () => {
  expect(wrap("one two three\nfour", 8)).toEqual(["one two", "three", "four"]);
  expect(wrap("a longlonglong word", 6)).toEqual(["a", "longlo", "nglong", "word"]);
  expect(wrap("a  b\n\nc", 6)).toEqual(["a  b", "", "c"]);
});
