import { Template } from "aws-cdk-lib/assertions";
import { stages, type StageConfig } from "../../../lib/config";
import { LarderStage } from "../../../lib/larder-stage";
import { testApp } from "./test-app";
import type { Json } from "./json";

export interface Resource {
  readonly id: string;
  readonly stack: StackName;
  readonly Type: string;
  readonly Properties: Record<string, Json>;
  readonly DependsOn?: string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export const stackNames = ["network", "data", "api", "operations"] as const;
type StackName = (typeof stackNames)[number];

/** The templates of one stage, and a way from a reference to the resource behind it, across stacks. */
export class SynthesizedStage {
  readonly stage: LarderStage;
  readonly templates: Record<StackName, Template>;

  constructor(readonly config: StageConfig) {
    this.stage = new LarderStage(testApp(), config.name, { config, env: { region: config.region } });
    this.templates = {
      network: Template.fromStack(this.stage.network),
      data: Template.fromStack(this.stage.data),
      api: Template.fromStack(this.stage.api),
      operations: Template.fromStack(this.stage.operations),
    };
  }

  /** All resources of a type, or of all types, in all stacks. */
  resources(type?: string): Resource[] {
    return stackNames.flatMap((stack) =>
      Object.entries<Json>(this.templates[stack].toJSON().Resources)
        .map(([id, resource]) => ({ Properties: {}, ...resource, id, stack }))
        .filter((resource) => type === undefined || resource.Type === type),
    );
  }

  /** The function that is called by a reference to itself or to its alias. */
  functionBehind(reference: Json, stack: StackName): Resource {
    const called = this.behind(reference, stack);
    return called.Type === "AWS::Lambda::Alias" ? this.behind(called.Properties.FunctionName, stack) : called;
  }

  /** The resource that a `Ref`, `Fn::GetAtt` or `Fn::ImportValue`, found in `stack`, leads to. */
  behind(reference: Json, stack: StackName): Resource {
    if (reference?.["Fn::ImportValue"] !== undefined) {
      for (const exporting of stackNames)
        for (const output of Object.values<Json>(this.templates[exporting].toJSON().Outputs ?? {}))
          if (output.Export?.Name === reference["Fn::ImportValue"]) return this.behind(output.Value, exporting);
      throw new Error(`nothing exports ${JSON.stringify(reference)}`);
    }
    const id: string = reference?.Ref ?? reference?.["Fn::GetAtt"]?.[0];
    const found = this.resources().find((resource) => resource.id === id && resource.stack === stack);
    if (found === undefined) throw new Error(`no resource behind ${JSON.stringify(reference)} in ${stack}`);
    return found;
  }
}

export const synthesizedStages = stages.map((config) => ({
  name: config.name,
  synthesized: new SynthesizedStage(config),
}));
