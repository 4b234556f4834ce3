/** Reads one synthesized cloud assembly: its stacks in the order of deployment, their resources, the files of their assets. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as z from "zod/mini";

const properties = z._default(z.record(z.string(), z.unknown()), {});

const Manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      /** `aws://account/region`; `unknown-region` if the stack leaves it open. */
      environment: z.optional(z.string()),
      dependencies: z._default(z.array(z.string()), []),
      properties,
    }),
  ),
});
const StackProperties = z.object({ templateFile: z.string(), stackName: z.string() });
const Template = z.object({
  Parameters: z._default(z.record(z.string(), z.object({ Default: z.optional(z.unknown()) })), {}),
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: properties,
      DependsOn: z.optional(z.union([z.string(), z.array(z.string())])),
    }),
  ),
  Outputs: z._default(
    z.record(z.string(), z.object({ Value: z.unknown(), Export: z.optional(z.object({ Name: z.unknown() })) })),
    {},
  ),
});
const Assets = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.optional(z.string()) }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

export interface Resource {
  readonly stack: Stack;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly dependsOn: readonly string[];
}

export interface Stack {
  readonly name: string;
  readonly region: string;
  readonly parameters: z.infer<typeof Template>["Parameters"];
  readonly outputs: z.infer<typeof Template>["Outputs"];
  readonly resources: ReadonlyMap<string, Resource>;
}

export interface Assembly {
  /** Each after those it depends on. */
  readonly stacks: readonly Stack[];
  /** Files and folders of the assets, by their key in the bucket they would be uploaded to. */
  readonly assetPaths: ReadonlyMap<string, string>;
}

/** Region of a stack that leaves it open; nothing that runs here depends on it. */
const anyRegion = "us-east-1";

export function readAssembly(assemblyDir: string): Assembly {
  const { artifacts } = readJson(Manifest, join(assemblyDir, "manifest.json"));
  const stacks: Stack[] = [];
  const assetPaths = new Map<string, string>();
  const seen = new Set<string>();

  const visit = (id: string): void => {
    const artifact = artifacts[id];
    if (artifact === undefined || seen.has(id)) return;
    seen.add(id);
    artifact.dependencies.forEach(visit);
    if (artifact.type === "aws:cloudformation:stack") {
      const { stackName, templateFile } = StackProperties.parse(artifact.properties);
      const region = artifact.environment?.split("/").at(-1) ?? "unknown-region";
      const template = readJson(Template, join(assemblyDir, templateFile));
      stacks.push(stackOf(stackName, region === "unknown-region" ? anyRegion : region, template));
    } else if (artifact.type === "cdk:asset-manifest") {
      const { files } = readJson(Assets, join(assemblyDir, String(artifact.properties.file)));
      for (const { source, destinations } of Object.values(files))
        for (const { objectKey } of Object.values(destinations))
          if (source.path !== undefined) assetPaths.set(objectKey, resolve(assemblyDir, source.path));
    }
  };
  Object.keys(artifacts).forEach(visit);

  if (stacks.length === 0) throw new Error(`no stack in ${assemblyDir}: give the folder of one stage of cdk.out`);
  return { stacks, assetPaths };
}

export function resourcesOfType(assembly: Assembly, type: string): Resource[] {
  return assembly.stacks.flatMap((stack) => [...stack.resources.values()].filter((resource) => resource.type === type));
}

function stackOf(name: string, region: string, template: z.infer<typeof Template>): Stack {
  const resources = new Map<string, Resource>();
  const stack: Stack = { name, region, parameters: template.Parameters, outputs: template.Outputs, resources };
  for (const [logicalId, { Type, Properties, DependsOn = [] }] of Object.entries(template.Resources))
    resources.set(logicalId, { stack, logicalId, type: Type, properties: Properties, dependsOn: [DependsOn].flat() });
  return stack;
}

function readJson<T extends z.ZodMiniType>(schema: T, file: string): z.output<T> {
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file} isn't what cdk synth writes: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
