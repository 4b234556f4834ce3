import { Match, Template } from "aws-cdk-lib/assertions";
import { PostgresDatabase, type PostgresDatabaseProps } from "../../lib/constructs/postgres-database";
import { testStack } from "./support/test-app";

const instance = "AWS::RDS::DBInstance";

function makeDatabase(change: Partial<PostgresDatabaseProps> = {}) {
  const { stack, shared } = testStack();
  new PostgresDatabase(stack, "Database", {
    ...shared,
    databaseName: "shop",
    instanceClass: "t4g.micro",
    allocatedGiB: 20,
    maxAllocatedGiB: 100,
    multiAz: true,
    deletionProtection: true,
    backupRetentionDays: 7,
    ...change,
  });
  return Template.fromStack(stack);
}

describe("a PostgreSQL database", () => {
  const template = makeDatabase();

  it("is PostgreSQL 17 on an encrypted gp3 disk that grows", () => {
    template.hasResourceProperties(instance, {
      Engine: "postgres",
      EngineVersion: "17",
      StorageType: "gp3",
      StorageEncrypted: true,
      KmsKeyId: Match.anyValue(),
      AllocatedStorage: "20",
      MaxAllocatedStorage: 100,
    });
  });

  it("takes IAM tokens, and lets RDS make and keep the master's password", () => {
    template.hasResourceProperties(instance, {
      EnableIAMDatabaseAuthentication: true,
      ManageMasterUserPassword: true,
      MasterUserSecret: { KmsKeyId: Match.anyValue() },
      MasterUserPassword: Match.absent(),
    });
  });

  it("can't be reached from outside, nor without TLS", () => {
    template.hasResourceProperties(instance, { PubliclyAccessible: false });
    template.hasResourceProperties("AWS::RDS::DBParameterGroup", {
      Parameters: Match.objectLike({ "rds.force_ssl": "1" }),
    });
  });

  it("ends statements and idle transactions after ten seconds, and logs slow ones", () => {
    template.hasResourceProperties("AWS::RDS::DBParameterGroup", {
      Parameters: Match.objectLike({
        statement_timeout: "10000",
        idle_in_transaction_session_timeout: "10000",
        log_min_duration_statement: "500",
      }),
    });
  });

  it("writes its logs into groups that exist before it", () => {
    const logGroups = Object.entries(template.findResources("AWS::Logs::LogGroup"));
    // Its name ends with a part of the stack's id: a later stack of the same name finds no group of this one in its way.
    const ofStack = { "Fn::Select": [0, expect.objectContaining({ "Fn::Split": ["-", expect.anything()] })] };
    expect(logGroups.map(([, { Properties }]) => Properties.LogGroupName)).toEqual([
      { "Fn::Join": ["", ["/aws/rds/instance/test-database-", ofStack, "/postgresql"]] },
      { "Fn::Join": ["", ["/aws/rds/instance/test-database-", ofStack, "/upgrade"]] },
    ]);
    template.hasResource(instance, {
      Properties: {
        DBInstanceIdentifier: { "Fn::Join": ["", ["test-database-", Match.anyValue()]] },
        EnableCloudwatchLogsExports: ["postgresql", "upgrade"],
      },
      DependsOn: logGroups.map(([id]) => id).sort(),
    });
  });

  it("has a standby, backups and protection as it is told", () => {
    template.hasResourceProperties(instance, { MultiAZ: true, DeletionProtection: true, BackupRetentionPeriod: 7 });
    makeDatabase({ multiAz: false, deletionProtection: false, backupRetentionDays: 1 }).hasResourceProperties(
      instance,
      {
        MultiAZ: false,
        DeletionProtection: false,
        BackupRetentionPeriod: 1,
      },
    );
  });

  it.each<[string, Partial<PostgresDatabaseProps>, RegExp]>([
    [
      "a class with its db.",
      { instanceClass: "db.t4g.micro" },
      /instanceClass is "db.t4g.micro": use a class without "db."/,
    ],
    ["a disk below gp3's least", { allocatedGiB: 10 }, /allocatedGiB is 10/],
    ["a disk without room to grow", { maxAllocatedGiB: 21 }, /maxAllocatedGiB is 21/],
    ["no backups", { backupRetentionDays: 0 }, /backupRetentionDays is 0/],
    ["overlapping windows", { backupWindow: "05:00-06:00" }, /overlap/],
  ])("refuses %s", (_mistake, change, message) => {
    expect(() => makeDatabase(change)).toThrow(message);
  });
});
