import { code, table } from "./markdown.ts";

/** The parts of a JSON schema that contracts use. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  examples?: unknown[];
  enum?: string[];
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
}

/** Says in other words than by listing them what the values of an enum are, if it can. */
export type Named = (values: string[]) => string | undefined;

/** A table of the fields of an object, those of objects in it too, as `usage.calls` and `assignments[].worker`. */
export const fieldTable = (schema: JsonSchema, named?: Named): string | undefined =>
  table(["field", "type", "limits", "what it is"], fieldRows(schema, "", named));

function fieldRows({ properties = {}, required = [] }: JsonSchema, prefix: string, named?: Named): string[][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const row = [
      code(required.includes(name) ? path : `${path}?`),
      typeOf(schema),
      limitsOf(schema.items ?? schema, named),
      schema.description ?? "",
    ];
    const { items } = schema;
    const inner = items?.properties ? fieldRows(items, `${path}[].`, named) : fieldRows(schema, `${path}.`, named);
    return [row, ...inner];
  });
}

/** In the words of JSON: `string`, `number or null`, `array of string`. */
export function typeOf({ type, items, additionalProperties, format }: JsonSchema): string {
  if (items) return `array of ${typeOf(items)}`;
  if (typeof additionalProperties === "object") return `object of ${typeOf(additionalProperties)}`;
  return `${[type ?? "any"].flat().join(" or ")}${format ? `, a ${format}` : ""}`;
}

function limitsOf(
  { enum: values, propertyNames, additionalProperties, ...schema }: JsonSchema,
  named: Named = () => undefined,
): string {
  const names = (all: string[]) => named(all) ?? all.map(code).join(", ");
  const { minLength = 0, maxLength, exclusiveMinimum, minimum, maximum } = schema;
  // Zod says of every whole number that it is a safe integer.
  const isLimit = (limit: number | undefined) => limit !== undefined && Math.abs(limit) !== Number.MAX_SAFE_INTEGER;
  const limits = [
    values && names(values),
    propertyNames?.enum && `keys: ${names(propertyNames.enum)}`,
    typeof additionalProperties === "object" && limitsOf(additionalProperties),
    minLength > 0 && "not empty",
    maxLength !== undefined && `at most ${maxLength.toLocaleString("en-US")} characters`,
    exclusiveMinimum !== undefined && `more than ${exclusiveMinimum}`,
    isLimit(minimum) && `at least ${minimum}`,
    isLimit(maximum) && `at most ${maximum?.toLocaleString("en-US")}`,
  ];
  return limits.filter(Boolean).join("; ");
}

/** A value that breaks the schema in every field that can be broken: empty texts, impossible dates, unknown names. */
export function brokenExample({ properties = {} }: JsonSchema): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, brokenValue(schema)]));
}

function brokenValue({ type, enum: values, format }: JsonSchema): unknown {
  if (values) return "nobody";
  if (format === "date") return "2024-02-30";
  if (type === "number" || type === "integer") return -1;
  return type === "object" ? {} : "";
}
