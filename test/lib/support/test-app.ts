import { readFileSync } from "node:fs";
import path from "node:path";
import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as kms from "aws-cdk-lib/aws-kms";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { temporaryFolder } from "../../../local/setup/data-folder";

// The synth test runs with validation; here it would cost two seconds a file.
process.env.CDK_VALIDATION = "false";

const { context } = JSON.parse(readFileSync(path.join(__dirname, "../../../cdk.json"), "utf8"));

/** An app with the feature flags of cdk.json that bundles nothing: the code of functions is no matter of a template. */
export function testApp(moreContext: Record<string, unknown> = {}): App {
  const ofApp = { ...context, "aws:cdk:bundling-stacks": [], ...moreContext };
  return new App({ analyticsReporting: false, context: ofApp, outdir: temporaryFolder() });
}

/** A stack with a network of two isolated zones and a key, for a construct to be tried in. */
export function testStack({ zones = 2, app = testApp(), id = "Test" } = {}) {
  const stack = new Stack(app, id);
  const vpc = new ec2.Vpc(stack, "Vpc", {
    maxAzs: zones,
    natGateways: 0,
    subnetConfiguration: [{ name: "isolated", subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
  });
  const encryptionKey = new kms.Key(stack, "Key");
  const shared = {
    vpc,
    encryptionKey,
    logRetention: RetentionDays.ONE_DAY,
    removalPolicy: RemovalPolicy.DESTROY,
  } as const;
  return { app, stack, vpc, encryptionKey, shared };
}
