import { expect, it } from "vitest";
import { parseKernelsHeader } from "./kernels-header.mjs";

const parse = (text) => parseKernelsHeader(`typedef uint64_t address_t;\n${text}`);

it("reads prototypes with their shapes and comments", () => {
  const { kernels } = parse(`
    /* ---- Section ---- */
    /* Says what
     * it does. */
    KERNEL(void) scale_rows(float* y /* [rows, columns] */, const float* a, const address_t* table /* [n] */, int32_t rows,
                            uint32_t seed, float p);
    KERNEL(int32_t) width(void);`);
  expect(kernels).toEqual([
    {
      name: "scale_rows",
      result: "void",
      doc: "Says what\nit does.",
      arguments: [
        { name: "y", type: "float*", kind: "float*", written: true, shape: "[rows, columns]" },
        { name: "a", type: "const float*", kind: "float*", written: false, shape: undefined },
        { name: "table", type: "const address_t*", kind: "address*", written: false, shape: "[n]" },
        { name: "rows", type: "int32_t", kind: "int32", written: false, shape: undefined },
        { name: "seed", type: "uint32_t", kind: "uint32", written: false, shape: undefined },
        { name: "p", type: "float", kind: "float", written: false, shape: undefined },
      ],
    },
    { name: "width", result: "int32", doc: "", arguments: [] },
  ]);
});

it("numbers enumerators as C does", () => {
  const { enumerations } = parse("enum op { FIRST, /* of all */ SECOND /* [n] */, TENTH = 10,\n ELEVENTH, AGAIN = SECOND, NEXT };");
  expect(enumerations[0].values.map(({ name, value }) => [name, value])).toEqual([
    ["FIRST", 0],
    ["SECOND", 1],
    ["TENTH", 10],
    ["ELEVENTH", 11],
    ["AGAIN", 1],
    ["NEXT", 2],
  ]);
});

it("quotes what it cannot read", () => {
  expect(() => parse("int f(void);")).toThrow("expected a comment, an enum or a KERNEL prototype, got: int f(void);");
  expect(() => parse("KERNEL(float) f(void);")).toThrow("f: result: expected void or int32_t, got float");
  expect(() => parse("KERNEL(void) f(double x);")).toThrow("f: cannot read the argument: double x");
  expect(() => parse("KERNEL(void) f(void); KERNEL(void) f(void);")).toThrow("f is declared twice");
});
