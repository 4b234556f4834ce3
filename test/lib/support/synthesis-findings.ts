import { readFileSync } from "node:fs";
import path from "node:path";
import type { App } from "aws-cdk-lib";
import { testApp } from "./test-app";

/** What one rule finds in one construct, and nobody acknowledges. */
export interface Finding {
  readonly plugin: string;
  readonly rule: string;
  readonly message: string;
  readonly path: string;
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly conclusion: "success" | "failure";
    readonly violations: readonly {
      readonly ruleName: string;
      readonly description: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
}

/** An app whose findings can be read: it doesn't end the synthesis by itself. */
export function checkedApp(): App {
  return testApp({ "@aws-cdk/core:failSynthOnValidationErrors": false });
}

export function synthesisFindings(app: App): Finding[] {
  return findingsIn(app.synth().directory);
}

/** The findings in the report of a synthesis. */
export function findingsIn(assembly: string): Finding[] {
  return readReport(assembly).pluginReports.flatMap(({ pluginName: plugin, violations }) =>
    violations.flatMap(({ ruleName: rule, description: message, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath = "" }) => ({ plugin, rule, message, path: constructPath })),
    ),
  );
}

/** The plugins that a report names: those that found something, acknowledged or not. */
export function reportingPlugins(assembly: string): string[] {
  return readReport(assembly).pluginReports.map(({ pluginName }) => pluginName);
}

/** The plugins that end the synthesis of an app. */
export function refusingPlugins(app: App): string[] {
  return readReport(app.synth().directory)
    .pluginReports.filter(({ conclusion }) => conclusion === "failure")
    .map(({ pluginName }) => pluginName);
}

function readReport(assembly: string): Report {
  return JSON.parse(readFileSync(path.join(assembly, "validation-report.json"), "utf8"));
}
