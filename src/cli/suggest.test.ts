import { expect, it } from "vitest";
import { closest, suggestion } from "./suggest.js";

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
