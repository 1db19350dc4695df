/** Rows of a table. */
import { formatShape, shapeError } from "../errors.js";
import { record } from "../tape.js";
import { uncleared, type Tensor } from "../tensor.js";
import { requireSameBackend, requireType } from "./check.js";

/**
 * The rows of a table that `indices` name: embeddings. An index outside the table gives zeros and no gradient.
 *
 * @param table [tableRows, features]
 * @param indices int32 [...]
 * @returns [..., features]
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  requireType("gather", "table", table, "float32");
  requireType("gather", "indices", indices, "int32");
  requireSameBackend("gather", table, indices);
  const [tableRows, columns] = table.shape;
  if (table.shape.length !== 2 || tableRows === undefined || columns === undefined) {
    throw shapeError("gather", "table", "[rows, features]", formatShape(table.shape));
  }
  const rows = indices.size;
  const { kernels } = table.backend;
  const y = uncleared("gather", table.backend, [...indices.shape, columns]);
  kernels.gatherRows(y.pointer, table.pointer, indices.pointer, rows, columns, tableRows);
  record("gather", [table], [y], (g) => {
    const gradient = g.into(0);
    kernels.scatterAddRows(gradient.pointer, g.output(0)!.pointer, indices.pointer, rows, columns, tableRows);
  });
  return y;
}
