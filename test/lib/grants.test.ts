import { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { PostgresDatabase } from "../../lib/constructs/postgres-database";
import { RedisCache } from "../../lib/constructs/redis-cache";
import { cached, queueWorked } from "../../lib/constructs/redis-rights";
import { testApp, testStack } from "./support/test-app";
import { listOf, type Json } from "./support/json";

function makeFunction(stack: Stack, vpc: ec2.IVpc) {
  return new lambda.Function(stack, "Client", {
    code: lambda.Code.fromInline("exports.handler = async () => 'hello';"),
    handler: "index.handler",
    runtime: lambda.Runtime.NODEJS_24_X,
    vpc,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    allowAllOutbound: false,
  });
}

const statementsOf = (template: Template): Json[] =>
  Object.values(template.findResources("AWS::IAM::Policy")).flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement,
  );

describe("a function in a second stack that is granted both stores", () => {
  const { app, stack: stores, vpc, shared } = testStack({ id: "Stores" });
  const cache = new RedisCache(stores, "Cache", {
    ...shared,
    name: "shop",
    keyPrefix: "shop",
    nodeType: "cache.t4g.small",
    maxmemoryPolicy: "noeviction",
  });
  const database = new PostgresDatabase(stores, "Database", {
    ...shared,
    databaseName: "shop",
    instanceClass: "t4g.micro",
    allocatedGiB: 20,
    maxAllocatedGiB: 100,
    multiAz: false,
    deletionProtection: false,
    backupRetentionDays: 1,
  });
  const clients = new Stack(app, "Clients");
  const client = makeFunction(clients, vpc);
  cache.grantConnect(client);
  database.grantConnect(client, "shop_app");
  // Synthesizing fails if the two stacks depend on each other.
  const [storesTemplate, clientsTemplate] = [Template.fromStack(stores), Template.fromStack(clients)];

  it("makes its stack depend on the stores', and not the other way round", () => {
    expect(clients.dependencies).toEqual([stores]);
    expect(stores.dependencies).toEqual([]);
  });

  it("gets rules for both ports, all of them in its own stack", () => {
    for (const type of ["AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"]) {
      const ports = Object.values(clientsTemplate.findResources(type)).map(({ Properties }) => Properties.FromPort);
      expect(ports.sort()).toEqual([5432, 6379]);
      storesTemplate.resourceCountIs(type, 0);
    }
  });

  it("may sign in to the group and as the user, both", () => {
    const [statement] = statementsOf(clientsTemplate).filter(({ Action }) => Action === "elasticache:Connect");
    expect(listOf(statement.Resource).map((arn) => JSON.stringify(arn))).toEqual([
      expect.stringContaining(":replicationgroup:"),
      expect.stringContaining(":user:"),
    ]);
  });

  it("may sign in to PostgreSQL as the one role", () => {
    const [statement] = statementsOf(clientsTemplate).filter(({ Action }) => Action === "rds-db:connect");
    expect(JSON.stringify(statement.Resource)).toMatch(/:dbuser:.+\/shop_app"/);
  });
});

describe("a function that is granted a user of its own", () => {
  const { app, stack: stores, vpc, shared } = testStack({ id: "Stores" });
  const cache = new RedisCache(stores, "Cache", {
    ...shared,
    name: "shop",
    keyPrefix: "shop",
    nodeType: "cache.t4g.small",
    maxmemoryPolicy: "noeviction",
    users: { catalog: [cached("films")], worker: [cached("films"), queueWorked("jobs")] },
  });

  it("may sign in as that one, and not as the one for any client", () => {
    const clients = new Stack(app, "Clients");
    cache.grantConnect(makeFunction(clients, vpc), cache.userIdOf("catalog"));
    const [statement] = statementsOf(Template.fromStack(clients)).filter(
      ({ Action }) => Action === "elasticache:Connect",
    );
    expect(JSON.stringify(statement.Resource)).toMatch(/:user:.+UsersRolecatalog/);
    expect(JSON.stringify(statement.Resource)).not.toContain("UsersApp");
  });

  it("is told who there is when it asks for a user that isn't", () => {
    expect(() => cache.userIdOf("catalogue")).toThrow(
      /^Stores\/Cache\/Users: there is no user of the role "catalogue": use one of users \(catalog, worker\)/,
    );
  });
});

describe("an instance that is granted a cache", () => {
  const { app, stack: stores, vpc, shared } = testStack({ id: "Stores" });
  const cache = new RedisCache(stores, "Cache", {
    ...shared,
    name: "shop",
    keyPrefix: "shop",
    nodeType: "cache.t4g.small",
    maxmemoryPolicy: "noeviction",
  });
  const clients = new Stack(app, "Clients");
  const instance = new ec2.Instance(clients, "Client", {
    vpc,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    instanceType: new ec2.InstanceType("t4g.nano"),
    machineImage: ec2.MachineImage.latestAmazonLinux2023({ cpuType: ec2.AmazonLinuxCpuType.ARM_64 }),
    allowAllOutbound: false,
  });
  cache.grantConnect(instance);
  const template = Template.fromStack(clients);

  it("gets the way there, and may sign in to the group and as the user", () => {
    template.hasResourceProperties("AWS::EC2::SecurityGroupIngress", { FromPort: 6379 });
    template.hasResourceProperties("AWS::EC2::SecurityGroupEgress", { FromPort: 6379 });
    const [statement] = statementsOf(template).filter(({ Action }) => Action === "elasticache:Connect");
    expect(JSON.stringify(statement.Resource)).toMatch(/:replicationgroup:.+:user:/);
    expect(stores.dependencies).toEqual([]);
  });
});

describe("a function of another app that is granted a cache by its addresses", () => {
  const stack = new Stack(testApp(), "Other");
  const cache = RedisCache.fromAttributes(stack, "Cache", {
    mode: "cluster",
    host: "clustercfg.shop.example.com",
    port: 6379,
    groupId: "Shop-Cache",
    userId: "shop-redis",
    securityGroupId: "sg-0123456789abcdef0",
  });
  cache.grantConnect(makeFunction(stack, new ec2.Vpc(stack, "Vpc", { natGateways: 0 })));
  const template = Template.fromStack(stack);

  it("passes the cache's security group", () => {
    template.hasResourceProperties("AWS::EC2::SecurityGroupIngress", {
      GroupId: "sg-0123456789abcdef0",
      FromPort: 6379,
    });
    template.hasResourceProperties("AWS::EC2::SecurityGroupEgress", {
      DestinationSecurityGroupId: "sg-0123456789abcdef0",
      FromPort: 6379,
    });
    expect(cache.port).toBe("6379");
  });

  it("may sign in to the group under the lower-case id that ElastiCache keeps", () => {
    expect(cache.groupId).toBe("shop-cache");
    const [statement] = statementsOf(template).filter(({ Action }) => Action === "elasticache:Connect");
    expect(JSON.stringify(statement.Resource)).toMatch(/:replicationgroup:shop-cache".+:user:shop-redis"/);
  });
});
