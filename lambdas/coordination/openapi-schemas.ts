/** JSON Schemas (draft 2020-12, that of OpenAPI 3.1) from those of zod. */
import * as z from "zod/mini";

type JsonSchema = z.core.JSONSchema.BaseSchema;
type Notes = z.core.$ZodRegistry<Record<string, unknown>>;

export class JsonSchemas {
  readonly #notes: Notes;
  readonly #options: z.core.ToJSONSchemaParams;

  /** `notes` has an `id` for each schema that is named, and keywords to add to any. */
  constructor(notes: Notes) {
    this.#notes = notes;
    this.#options = { metadata: notes, override: ({ jsonSchema }) => dropNoise(jsonSchema) };
  }

  /** The named ones, as they are sent: before transforms, and open to members that a later release adds to an answer. */
  named(): Record<string, JsonSchema> {
    const { schemas } = z.toJSONSchema(this.#notes, { ...this.#options, io: "input", uri: uriOf });
    return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, plain(schema)]));
  }

  reference(schema: z.core.$ZodType): { $ref: string } {
    const id = this.#notes.get(schema)?.["id"];
    if (typeof id !== "string") throw new Error("a body's schema has no name: add it to namedSchemas");
    return { $ref: uriOf(id) };
  }

  inline(schema: z.core.$ZodType): JsonSchema {
    return plain(z.toJSONSchema(schema, { ...this.#options, io: "input" }));
  }

  /** Of a query string: what its texts stand for, so that a number is a number. */
  members(schema: z.core.$ZodType | undefined): { name: string; required: boolean; schema: JsonSchema }[] {
    if (schema === undefined) return [];
    const { properties = {} } = z.toJSONSchema(schema, { ...this.#options, io: "output" });
    const { required = [] } = z.toJSONSchema(schema, { ...this.#options, io: "input" });
    return Object.entries(properties).flatMap(([name, property]) =>
      typeof property === "object" ? [{ name, required: required.includes(name), schema: plain(property) }] : [],
    );
  }
}

/** Bounds that every integer of zod has, and patterns that say again what a format says. */
function dropNoise(schema: JsonSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.format !== undefined) delete schema.pattern;
}

function uriOf(id: string): string {
  return `#/components/schemas/${id}`;
}

/** Without what a document by itself would need. */
function plain(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !["$schema", "$id", "id"].includes(keyword)));
}
