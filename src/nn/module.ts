/** What all parts of a network with parameters have in common: names, training mode, a summary, saving and loading. */
import type { Tensor } from "../tensor/tensor.js";
import { restore, type LoadOptions, type LoadReport, type TensorSource } from "./state-dict.js";

/** A tensor that a module owns and an optimiser changes. Made by `parameter`. */
export type Parameter = Tensor;

const parameters = new WeakSet<Tensor>();

/**
 * Marks a tensor as a parameter and asks for its gradient. A module's properties that went through here are found by
 * name; setting `requiresGrad` to false later freezes a parameter but does not take it out of the module.
 */
export function parameter(tensor: Tensor): Parameter {
  if (tensor.storage.arena !== undefined) {
    throw new Error("parameter: expected a tensor made outside step(), got one that ends with its step");
  }
  tensor.requiresGrad = true;
  parameters.add(tensor);
  return tensor;
}

export function isParameter(value: unknown): value is Parameter {
  return typeof value === "object" && value !== null && parameters.has(value as Tensor);
}

/** What `toString` shows of a module. */
export interface ModuleDescription {
  readonly name: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** A module that maps one tensor to another, as `Sequential` chains them. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/**
 * The base of everything with parameters. Parameters and modules held in plain properties (or in arrays in them) belong
 * to the module under the property's name; `#private` fields are not seen.
 *
 * @example
 * class Classifier extends Module {
 *   readonly encoder = new Linear(64, 32, { random });
 *   readonly scale = parameter(ones([32]));
 *   forward(x: Tensor) { return this.encoder.forward(x).mul(this.scale); }
 * }
 * new Classifier().namedParameters(); // encoder.weight, encoder.bias, scale
 */
export abstract class Module {
  #training = true;

  /** Whether dropout and its like are active. Changed by `train` and `eval`, for the children too. */
  get training(): boolean {
    return this.#training;
  }

  train(on = true): this {
    this.#training = on;
    for (const [, member] of this.members()) if (member instanceof Module) member.train(on);
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /** Own parameters and child modules in the order of the properties. A module with other names overrides this. */
  protected *members(): Iterable<readonly [name: string, member: Parameter | Module]> {
    for (const [name, value] of Object.entries(this)) yield* found(name, value);
  }

  /** Every parameter under its path, `encoder.weight`, in a stable order; a shared one once, under its first name. */
  namedParameters(): Map<string, Parameter> {
    const named = new Map<string, Parameter>();
    const seen = new Set<Parameter | Module>();
    const visit = (module: Module, prefix: string): void => {
      for (const [name, member] of module.members()) {
        if (seen.has(member)) continue;
        seen.add(member);
        const path = prefix + name;
        if (member instanceof Module) visit(member, `${path}.`);
        else if (named.has(path)) throw new Error(`${this.constructor.name}: two parameters are named "${path}"`);
        else named.set(path, member);
      }
    };
    visit(this, "");
    return named;
  }

  parameters(): Parameter[] {
    return [...this.namedParameters().values()];
  }

  /** Numbers in all parameters together. */
  get parameterCount(): number {
    return this.parameters().reduce((count, { size }) => count + size, 0);
  }

  zeroGrad(): void {
    for (const each of this.parameters()) each.zeroGrad();
  }

  /** The parameters themselves, to be saved with `snapshot` or loaded into another module. */
  stateDict(): Map<string, Tensor> {
    return this.namedParameters();
  }

  /**
   * Overwrites the parameters. All or nothing.
   * @throws StateDictError listing what is missing, unexpected or of the wrong shape
   */
  loadStateDict(source: ReadonlyMap<string, TensorSource>, options?: LoadOptions): LoadReport {
    return restore(this.constructor.name, this.stateDict(), source, options);
  }

  /** The name and the settings that `toString` shows. */
  protected describe(): ModuleDescription {
    return { name: this.constructor.name, settings: {} };
  }

  /** A summary: `Linear {input: 64, output: 32, parameters: 2080}`, child modules indented under it. */
  toString(): string {
    const { name, settings } = this.describe();
    const fields = Object.entries({ ...settings, parameters: this.parameterCount });
    const lines = [`${name} {${fields.map(([key, value]) => `${key}: ${value}`).join(", ")}}`];
    for (const [label, member] of this.members()) {
      if (member instanceof Module) lines.push(`  ${label}: ${member.toString().replaceAll("\n", "\n  ")}`);
    }
    return lines.join("\n");
  }
}

function* found(name: string, value: unknown): Iterable<readonly [string, Parameter | Module]> {
  if (value instanceof Module || isParameter(value)) yield [name, value];
  else if (Array.isArray(value)) for (const [i, each] of value.entries()) yield* found(`${name}.${i}`, each);
}
