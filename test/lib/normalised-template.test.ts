import { writeFileSync } from "node:fs";
import path from "node:path";
import { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { Trigger } from "aws-cdk-lib/triggers";
import { temporaryFolder } from "../../local/setup/data-folder";
import { normalisedTemplate } from "./support/normalised-template";
import { testApp } from "./support/test-app";
import type { Json } from "./support/json";

/** The template of a function with this code that runs during deploys, as the migration does. */
function templateWithCode(code: string): Record<string, Json> {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "index.js"), code);
  const stack = new Stack(testApp(), "Test");
  const handler = new lambda.Function(stack, "Function", {
    code: lambda.Code.fromAsset(folder),
    handler: "index.handler",
    runtime: lambda.Runtime.NODEJS_24_X,
  });
  new Trigger(stack, "Trigger", { handler });
  return Template.fromStack(stack).toJSON();
}

describe("a normalised template", () => {
  const before = templateWithCode("exports.handler = async () => 'before';");
  const after = templateWithCode("exports.handler = async () => 'after';");

  it("is the same after an edit of a function's code", () => {
    expect(after).not.toEqual(before);
    expect(JSON.stringify(normalisedTemplate(after))).toBe(JSON.stringify(normalisedTemplate(before)));
  });

  it("names the version in its reference as in its definition", () => {
    const { Resources } = normalisedTemplate(before) as Json;
    const version: string = Resources.Trigger.Properties.HandlerArn.Ref;
    expect(version).toContain("<version>");
    expect(Resources[version].Type).toBe("AWS::Lambda::Version");
  });

  it("still differs when anything but the code does", () => {
    const changed = structuredClone(before);
    changed.Resources.Trigger.Properties.Timeout = "1";
    expect(normalisedTemplate(changed)).not.toEqual(normalisedTemplate(before));
  });
});
