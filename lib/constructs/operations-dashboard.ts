import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";

/** What belongs together on a dashboard, under one heading. */
interface DashboardPart {
  readonly title: string;
  /** Sections of docs/runbook.md that say what to do about what is shown. */
  readonly runbookSections: readonly string[];
  readonly widgets: readonly cloudwatch.IWidget[];
}

export interface OperationsDashboardProps {
  /** Unique in the account. */
  readonly name: string;
  /** Shown first. */
  readonly alarms: readonly cloudwatch.IAlarm[];
  readonly parts: readonly DashboardPart[];
  /** The page of the runbook, without #. @default - its sections are named, and not linked to */
  readonly runbookUrl?: string;
}

/** One page with everything that is measured of a stage, and the way from each part to what to do about it. */
export class OperationsDashboard extends Construct {
  constructor(scope: Construct, id: string, { name, alarms, parts, runbookUrl }: OperationsDashboardProps) {
    super(scope, id);
    const dashboard = new cloudwatch.Dashboard(this, "Dashboard", { dashboardName: name });
    dashboard.addWidgets(
      new cloudwatch.AlarmStatusWidget({ title: "Pages", alarms: [...alarms], width: 24, height: 2 }),
    );
    const linkTo = (section: string) =>
      runbookUrl === undefined ? `\`${section}\`` : `[${section}](${runbookUrl}#${section})`;
    for (const { title, runbookSections, widgets } of parts) {
      const runbook = runbookSections.map(linkTo).join(" · ");
      dashboard.addWidgets(
        new cloudwatch.TextWidget({ markdown: `## ${title}\ndocs/runbook.md: ${runbook}`, width: 24, height: 2 }),
      );
      dashboard.addWidgets(...widgets);
    }
  }
}
