import { maxConnectionsOf } from "../../lib/constructs/postgres-connections";

describe("the connections of an RDS instance", () => {
  it.each([
    ["t4g.micro", 78],
    ["t3.medium", 405],
    ["m7g.large", 811],
    ["r6g.large", 1622],
    ["r6g.xlarge", 3244],
    ["m5.4xlarge", 5000],
    ["r6gd.16xlarge", 5000],
  ])("are estimated from the memory of its class: %s", (instanceClass, connections) => {
    expect(maxConnectionsOf(instanceClass)).toBe(connections);
  });

  it.each(["x2g.large", "t4g.gigantic", "m5.24xlarge", "db.t4g.micro"])(
    "aren't guessed for a class unknown here: %s",
    (instanceClass) => {
      expect(maxConnectionsOf(instanceClass)).toBeUndefined();
    },
  );
});
