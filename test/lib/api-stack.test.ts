import { databaseFunctions } from "../../lambdas/contract/functions";
import { apiRoutes } from "../../lambdas/contract/routes";
import { synthesizedStages, type Resource } from "./support/synthesized-stage";
import { listOf } from "./support/json";

describe.each(synthesizedStages)("stage $name", ({ synthesized }) => {
  const [stage] = synthesized.resources("AWS::ApiGatewayV2::Stage");
  const routes = synthesized.resources("AWS::ApiGatewayV2::Route");

  /** The function behind a route, through its integration. */
  const functionOf = (route: Resource): string => {
    const integration = listOf(route.Properties.Target["Fn::Join"][1]).find((part) => typeof part !== "string");
    return synthesized.functionBehind(synthesized.behind(integration, "api").Properties.IntegrationUri, "api")
      .Properties.Description;
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

  it("asks the authorizer before every route that isn't public, and before no other", () => {
    const [authorizer, ...others] = synthesized.resources("AWS::ApiGatewayV2::Authorizer");
    expect(others).toEqual([]);
    const authorized = routes.filter(({ Properties }) => Properties.AuthorizationType === "CUSTOM");
    expect(authorized.map(({ Properties }) => Properties.RouteKey).sort()).toEqual(
      apiRoutes
        .filter(({ access }) => access !== "public")
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    );
    for (const { Properties } of authorized) expect(Properties.AuthorizerId).toEqual({ Ref: authorizer?.id });
    for (const { Properties } of routes)
      if (!authorized.some((route) => route.Properties === Properties))
        expect(Properties.AuthorizationType).toBe("NONE");
  });

  it("lets the authorizer hear every request, and keeps none of its answers", () => {
    const [authorizer] = synthesized.resources("AWS::ApiGatewayV2::Authorizer");
    expect(authorizer?.Properties).toMatchObject({
      AuthorizerType: "REQUEST",
      AuthorizerPayloadFormatVersion: "2.0",
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 0,
    });
    expect(listOf(authorizer?.Properties.IdentitySource)).toEqual([]);
    const uri = listOf(authorizer?.Properties.AuthorizerUri["Fn::Join"][1]);
    const reference = uri.find((part) => part["Fn::GetAtt"]?.[1] === "Arn");
    expect(synthesized.behind(reference, "api").Properties.Description).toBe("Larder: authorizer");
  });

  it("lets pages of the configured origins call it, without cookies, and no others", () => {
    const [api] = synthesized.resources("AWS::ApiGatewayV2::Api");
    const { corsOrigins } = synthesized.config.api;
    if (corsOrigins.length === 0) expect(api?.Properties).not.toHaveProperty("CorsConfiguration");
    else
      expect(api?.Properties.CorsConfiguration).toEqual({
        AllowOrigins: corsOrigins,
        AllowMethods: [...new Set(apiRoutes.map(({ method }) => method))],
        AllowHeaders: ["authorization", "content-type", "idempotency-key"],
        ExposeHeaders: expect.arrayContaining(["retry-after", "x-cache"]),
        MaxAge: 3600,
      });
  });

  it("throttles as configured and logs each request as JSON", () => {
    const { requestsPerSecond, burst } = synthesized.config.api;
    expect(stage?.Properties).toMatchObject({
      StageName: "$default",
      AutoDeploy: true,
      DefaultRouteSettings: {
        ThrottlingRateLimit: requestsPerSecond,
        ThrottlingBurstLimit: burst,
        DetailedMetricsEnabled: false,
      },
    });
    const fields = JSON.parse(stage?.Properties.AccessLogSettings.Format);
    expect(fields).toMatchObject({
      requestId: "$context.requestId",
      status: "$context.status",
      routeKey: "$context.routeKey",
    });
  });

  it("throttles routes that their function can't count by themselves, once they are there", () => {
    const throttled = apiRoutes.filter(({ throttle }) => throttle !== undefined);
    expect(Object.keys(stage?.Properties.RouteSettings)).toEqual(
      throttled.map(({ method, path }) => `${method} ${path}`),
    );
    for (const { method, path, throttle } of throttled) {
      const key = `${method} ${path}`;
      expect(stage?.Properties.RouteSettings[key]).toEqual({
        ThrottlingRateLimit: throttle?.requestsPerSecond,
        ThrottlingBurstLimit: throttle?.burst,
        DetailedMetricsEnabled: true,
      });
      expect(stage?.DependsOn).toContain(routes.find(({ Properties }) => Properties.RouteKey === key)?.id);
    }
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
      for (const name of [...databaseFunctions, "worker"]) {
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
