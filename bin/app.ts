#!/usr/bin/env node
/** Builds the stacks of every stage. The only place that reads the process environment at synth. */
import { App } from "aws-cdk-lib";
import { acknowledgeFindings } from "../lib/acknowledged";
import { addChecks } from "../lib/checks/checks";
import { stages } from "../lib/config";
import { LarderStage } from "../lib/larder-stage";

const app = new App();
for (const config of stages) {
  // Without an account the templates stay free of one: synthesizing needs no credentials.
  const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: config.region };
  const stage = new LarderStage(app, config.name, { config, env });
  acknowledgeFindings(stage, config);
}
if (process.env.CDK_VALIDATION !== "false") addChecks(app);
