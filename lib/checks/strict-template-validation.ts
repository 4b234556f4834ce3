import {
  CloudFormationValidatePlugin,
  type IPolicyValidationContext,
  type PolicyValidationPluginReport,
} from "aws-cdk-lib";

/**
 * CloudFormation's own validation, with its warnings as errors: a value that no schema allows is only a warning to CDK, and what
 * it warns of fails in the middle of a deploy.
 */
export class StrictTemplateValidation extends CloudFormationValidatePlugin {
  override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const report = super.validate(context);
    const violations = report.violations.map((violation) =>
      violation.severity === "warning" ? { ...violation, severity: "error" } : violation,
    );
    return { ...report, violations, success: violations.every(({ severity }) => severity !== "error") };
  }
}
