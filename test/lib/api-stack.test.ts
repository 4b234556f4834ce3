import { apiRoutes } from "../../lambdas/contract/routes";
import { synthesizedStages, type Resource } from "./support/synthesized-stage";
import { listOf } from "./support/json";

describe.each(synthesizedStages)("stage $name", ({ synthesized }) => {
  const [stage] = synthesized.resources("AWS::ApiGatewayV2::Stage");
  const routes = synthesized.resources("AWS::ApiGatewayV2::Route");

  /** The function behind a route, through its integration. */
  const functionOf = (route: Resource): string => {
    const integration = listOf(route.Properties.Target["Fn::Join"][1]).find((part) => typeof part !== "string");
    return synthesized.behind(synthesized.behind(integration, "api").Properties.IntegrationUri, "api").Properties
      .Description;
  };

  it("serves the routes of the contract, and sends all else to unmatched", () => {
    const served = Object.fromEntries(routes.map((route) => [route.Properties.RouteKey, functionOf(route)]));
    expect(served).toEqual({
      ...Object.fromEntries(
        apiRoutes.map(({ method, path, function: name }) => [`${method} ${path}`, `Larder: ${name}`]),
      ),
      $default: "Larder: unmatched",
    });
  });

  it("calls its functions in payload format 2.0", () => {
    for (const { Properties } of synthesized.resources("AWS::ApiGatewayV2::Integration"))
      expect(Properties).toMatchObject({ IntegrationType: "AWS_PROXY", PayloadFormatVersion: "2.0" });
  });

  it("throttles as configured and logs each request as JSON", () => {
    const { requestsPerSecond, burst } = synthesized.config.api;
    expect(stage?.Properties).toMatchObject({
      StageName: "$default",
      AutoDeploy: true,
      DefaultRouteSettings: {
        ThrottlingRateLimit: requestsPerSecond,
        ThrottlingBurstLimit: burst,
        DetailedMetricsEnabled: true,
      },
    });
    const fields = JSON.parse(stage?.Properties.AccessLogSettings.Format);
    expect(fields).toMatchObject({
      requestId: "$context.requestId",
      status: "$context.status",
      routeKey: "$context.routeKey",
    });
  });

  it("prints its address", () => {
    synthesized.templates.api.hasOutput("ApiUrl", {});
  });

  describe("the migration", () => {
    const [trigger] = synthesized.resources("Custom::Trigger");
    const [migrate] = synthesized
      .resources("AWS::Lambda::Function")
      .filter(({ Properties }) => Properties.Description === "Larder: migrate");

    it("runs before the functions that need the schema", () => {
      for (const name of ["catalog", "accounts"]) {
        const [fn] = synthesized
          .resources("AWS::Lambda::Function")
          .filter(({ Properties }) => Properties.Description === `Larder: ${name}`);
        expect(fn?.DependsOn).toContain(trigger?.id);
      }
    });

    it("runs after its role, and after every rule on its way to database and secret", () => {
      const group = migrate?.Properties.VpcConfig.SecurityGroupIds[0]["Fn::GetAtt"][0];
      const onItsWay = [
        ...["AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"].flatMap((type) =>
          synthesized.resources(type),
        ),
      ].filter((rule) => JSON.stringify(rule.Properties).includes(group));
      expect(onItsWay).toHaveLength(4);
      const role = migrate?.Properties.Role["Fn::GetAtt"][0];
      const policies = synthesized
        .resources("AWS::IAM::Policy")
        .filter(({ Properties }) => Properties.Roles[0].Ref === role);
      const endpoints = synthesized.resources("AWS::EC2::VPCEndpoint");
      expect(trigger?.DependsOn).toEqual(
        expect.arrayContaining([...onItsWay, ...policies, ...endpoints].map(({ id }) => id)),
      );
    });

    it("has time to finish before its call is given up and repeated", () => {
      expect(Number(trigger?.Properties.Timeout)).toBeGreaterThan(migrate?.Properties.Timeout * 1_000);
    });

    it("reads one secret, through an endpoint that serves nobody else", () => {
      const [endpoint, ...others] = synthesized.resources("AWS::EC2::VPCEndpoint");
      expect(others).toEqual([]);
      expect(endpoint?.Properties.SubnetIds).toHaveLength(synthesized.config.secretsEndpointZones);
      const [statement] = endpoint?.Properties.PolicyDocument.Statement ?? [];
      expect(synthesized.behind(statement.Resource, "api").Type).toBe("AWS::RDS::DBInstance");
      expect(synthesized.behind(statement.Condition.ArnEquals["aws:PrincipalArn"], "api").id).toBe(
        migrate?.Properties.Role["Fn::GetAtt"][0],
      );
    });
  });
});
