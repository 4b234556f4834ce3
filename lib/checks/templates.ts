/** The synthesized templates of an app, and a way from a reference to the resource behind it, across stacks. */
import { readFileSync } from "node:fs";
import * as z from "zod/mini";

const Properties = z._default(z.record(z.string(), z.unknown()), {});
const TemplateShape = z.object({
  Resources: z._default(z.record(z.string(), z.object({ Type: z.string(), Properties })), {}),
  Outputs: z._default(
    z.record(z.string(), z.object({ Value: z.unknown(), Export: z.optional(z.object({ Name: z.unknown() })) })),
    {},
  ),
});
const Reference = z.union([
  z.strictObject({ Ref: z.string() }),
  z.strictObject({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) }),
  z.strictObject({ "Fn::ImportValue": z.string() }),
]);

type Template = z.infer<typeof TemplateShape>;

export interface TemplateResource {
  readonly templatePath: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export class Templates {
  readonly resources: readonly TemplateResource[];

  private constructor(private readonly templates: ReadonlyMap<string, Template>) {
    this.resources = [...templates].flatMap(([templatePath, { Resources }]) =>
      Object.entries(Resources).map(([logicalId, { Type: type, Properties: properties }]) => ({
        templatePath,
        logicalId,
        type,
        properties,
      })),
    );
  }

  static read(paths: readonly string[]): Templates {
    return Templates.of(new Map(paths.map((path) => [path, JSON.parse(readFileSync(path, "utf8"))])));
  }

  /** Templates by their path or name. */
  static of(templates: ReadonlyMap<string, unknown>): Templates {
    return new Templates(new Map([...templates].map(([path, template]) => [path, TemplateShape.parse(template)])));
  }

  /** The resource that a reference in a template leads to; `undefined` if it is a name, or leads out of this app. */
  behind(reference: unknown, templatePath: string): TemplateResource | undefined {
    const { data } = Reference.safeParse(reference);
    if (data === undefined) return undefined;
    if ("Fn::ImportValue" in data) return this.exported(data["Fn::ImportValue"]);
    const id = "Ref" in data ? data.Ref : data["Fn::GetAtt"][0];
    return this.resources.find(({ logicalId, templatePath: path }) => logicalId === id && path === templatePath);
  }

  private exported(name: string): TemplateResource | undefined {
    for (const [templatePath, { Outputs }] of this.templates)
      for (const { Value, Export } of Object.values(Outputs))
        if (Export?.Name === name) return this.behind(Value, templatePath);
    return undefined;
  }
}
