/** What is deployed of a stage, as far as replacing its resources goes: normalised, one entry for each stack. */
import type { Stack, Stage } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { normalisedTemplate } from "../normalised-template";
import type { Json } from "../json";

export interface StageResource {
  readonly Type: string;
  readonly Properties?: Record<string, Json>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly UpdatePolicy?: Record<string, Json>;
}

export interface StackTemplate {
  readonly stackName: string;
  readonly region: string;
  readonly Resources: Record<string, StageResource>;
  readonly Outputs: Record<string, { readonly Value: Json; readonly Export?: { readonly Name: string } }>;
}

/** By the id of the stack within the stage: `network`, `data`, `api`. */
export type StageTemplates = Record<string, StackTemplate>;

export function templatesOf(stage: Stage): StageTemplates {
  const stacks = stage.node.children.filter((child): child is Stack => "stackName" in child);
  return Object.fromEntries(stacks.map((stack) => [stack.node.id, templateOf(stack)]));
}

function templateOf(stack: Stack): StackTemplate {
  const { Resources, Outputs } = normalisedTemplate(Template.fromStack(stack).toJSON()) as Json;
  return {
    stackName: stack.stackName,
    region: stack.region,
    Resources: Object.fromEntries(
      Object.entries<Json>(Resources).map(([id, resource]) => [id, { ...resource, Metadata: undefined }]),
    ),
    Outputs: Outputs ?? {},
  };
}
