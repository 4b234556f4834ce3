import { synthesizedStages } from "./support/synthesized-stage";

describe.each(synthesizedStages)("stage $name", ({ synthesized }) => {
  const alarms = synthesized
    .resources("AWS::CloudWatch::Alarm")
    .map(({ Properties }) => Properties)
    .filter(({ Namespace }) => Namespace === `Larder/${synthesized.config.name}`);

  it("tells somebody of jobs of orders that were given up, or have waited for ten minutes, by the metrics of its own worker", () => {
    const ofOrders = {
      Dimensions: [
        { Name: "queue", Value: "orders" },
        { Name: "service", Value: "larder-worker" },
      ],
      TreatMissingData: "notBreaching",
    };
    expect(alarms).toHaveLength(2);
    expect(alarms).toMatchObject([
      { ...ofOrders, MetricName: "JobsDead", Statistic: "Sum", Threshold: 1, EvaluationPeriods: 1 },
      { ...ofOrders, MetricName: "OldestJobAge", Statistic: "Maximum", Threshold: 600_000, EvaluationPeriods: 2 },
    ]);
    for (const { AlarmActions } of alarms) expect(AlarmActions).toHaveLength(1);
  });
});
