import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { RedisRules } from "./redis-rules";
import { StrictTemplateValidation } from "./strict-template-validation";

/** One for all apps of a process: making its engine takes a second. */
const templateValidation = new StrictTemplateValidation();

/** Has each synthesis check the templates: a finding that `acknowledged.ts` doesn't answer for is an error, and nothing is deployed. */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(templateValidation, new AwsSolutionsChecks(app), new RedisRules());
}
