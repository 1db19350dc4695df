import { expect, it } from "vitest";
import { closest, editDistance, suggestion } from "./suggest.js";

it("measures typing mistakes, a swap as one", () => {
  expect([["lstm", "lstm"], ["lsmt", "lstm"], ["lstn", "lstm"], ["lst", "lstm"], ["", "gru"]].map(([a, b]) => editDistance(a!, b!))).toEqual([0, 1, 1, 1, 3]);
});

it("finds what was probably meant, or nothing", () => {
  const names = ["hidden", "layers", "lr", "learning-rate"];
  expect(closest("hiden", names)).toBe("hidden");
  expect(closest("LAYERS", names)).toBe("layers");
  expect(closest("learn", names)).toBe("learning-rate");
  expect(closest("temperature", names)).toBeUndefined();
});

it("lists the choices when nothing is close and they are few", () => {
  expect(suggestion("xyz", ["adam", "sgd"])).toBe(" There is: adam, sgd.");
  expect(suggestion("adm", ["adam", "sgd"], "--optimizer ")).toBe(" Did you mean --optimizer adam?");
});
