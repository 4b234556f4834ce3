import { runInNewContext } from "node:vm";
import type { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { stages, type StageConfig } from "../../lib/config";
import { normalisedTemplate } from "./support/normalised-template";
import { SynthesizedStage, synthesizedStages } from "./support/synthesized-stage";
import { listOf, type Json } from "./support/json";

const domain = { name: "api.example.com", certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/0b5c-1" };
const waf = { action: "block", requestsPerAddress: 5_000 } as const;

/** Functions that API Gateway calls. */
const behindTheApi = [
  "catalog",
  "accounts",
  "checkout",
  "leaderboards",
  "coordination",
  "authorizer",
  "operations",
  "unmatched",
];

const templateOf = (stack: Stack | undefined): Json => stack && Template.fromStack(stack).toJSON();

function edgeOf(config: StageConfig) {
  const synthesized = new SynthesizedStage(config);
  const { firewall } = synthesized.stage;
  const functions = synthesized.resources("AWS::Lambda::Function");
  const [distribution] = synthesized.resources("AWS::CloudFront::Distribution");
  return {
    synthesized,
    firewallStack: firewall,
    /** Its template, if there is one. */
    firewall: templateOf(firewall),
    distribution: distribution!,
    settings: distribution?.Properties.DistributionConfig,
    variablesOf: (name: string): Record<string, Json> =>
      functions.find(({ Properties }) => Properties.Description === `Larder: ${name}`)?.Properties.Environment
        .Variables ?? {},
    functions,
  };
}

function firewallRules(firewall: Json): Json[] {
  const [acl] = Object.values<Json>(firewall.Resources).filter(({ Type }) => Type === "AWS::WAFv2::WebACL");
  return listOf(acl.Properties.Rules);
}

/** What a template has beside another, and what it has otherwise. */
function differing(template: Json, plain: Json): Json {
  return Object.fromEntries(
    Object.entries<Json>(template.Resources).filter(
      ([id, resource]) => JSON.stringify(resource) !== JSON.stringify(plain.Resources[id]),
    ),
  );
}

describe.each(synthesizedStages)("stage $name, which has neither domain nor firewall", ({ synthesized }) => {
  it("has nothing of them", () => {
    expect(synthesized.stage.firewall).toBeUndefined();
    const types = /CloudFront|WAF|SecretsManager::Secret$|EdgeKey|CrossRegion/;
    expect(synthesized.resources().filter(({ Type }) => types.test(Type))).toEqual([]);
    for (const { Properties } of synthesized.resources("AWS::Lambda::Function"))
      expect(Object.keys(Properties.Environment?.Variables ?? {}).filter((name) => /EDGE|DIRECT/.test(name))).toEqual(
        [],
      );
    synthesized.templates.api.hasOutput("ApiUrl", {});
  });
});

describe.each(stages)("stage $name with a domain and a firewall", (config) => {
  const edge = edgeOf({ ...config, domain, waf });
  const { synthesized, firewall, distribution, settings } = edge;
  const behaviour = settings.DefaultCacheBehavior;
  const [origin] = settings.Origins;

  it("shows the API under its name, by the certificate and by no older TLS than 1.2", () => {
    expect(settings).toMatchObject({
      Aliases: ["api.example.com"],
      HttpVersion: "http2and3",
      ViewerCertificate: {
        AcmCertificateArn: domain.certificateArn,
        MinimumProtocolVersion: "TLSv1.2_2021",
        SslSupportMethod: "sni-only",
      },
    });
    expect(behaviour.ViewerProtocolPolicy).toBe("https-only");
    synthesized.templates.api.hasOutput("ApiUrl", { Value: "https://api.example.com" });
    synthesized.templates.api.hasOutput("EdgeTarget", { Value: { "Fn::GetAtt": [distribution.id, "DomainName"] } });
  });

  it("passes on every method, and all that callers send but the name of the host", () => {
    expect(listOf(behaviour.AllowedMethods).toSorted()).toEqual([
      "DELETE",
      "GET",
      "HEAD",
      "OPTIONS",
      "PATCH",
      "POST",
      "PUT",
    ]);
    expect(behaviour.OriginRequestPolicyId).toBe("b689b0a8-53d0-40ab-baf2-68738e2966ac"); // AllViewerExceptHostHeader
    expect(origin).toMatchObject({ CustomOriginConfig: { OriginProtocolPolicy: "https-only", OriginReadTimeout: 30 } });
    expect(JSON.stringify(origin.DomainName)).toContain(`.execute-api.${config.region}.`);
  });

  it("keeps no answer, and no error either: it would be shown to whoever asks next", () => {
    expect(behaviour.CachePolicyId).toBe("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"); // CachingDisabled
    const cached = listOf(settings.CustomErrorResponses).map((each) => [each.ErrorCode, each.ErrorCachingMinTTL]);
    expect(cached).toEqual([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map((status) => [status, 0]));
  });

  it("has CloudFront say who asks, in place of whatever a caller says", () => {
    const association = behaviour.FunctionAssociations[0];
    expect(association.EventType).toBe("viewer-request");
    const code: string = synthesized.behind(association.FunctionARN, "api").Properties.FunctionCode;
    const forged = { value: "203.0.113.9", multiValue: [{ value: "203.0.113.9" }, { value: "203.0.113.10" }] };
    const event = {
      viewer: { ip: "198.51.100.7" },
      request: { method: "GET", headers: { accept: { value: "*/*" }, "larder-viewer-address": forged } },
    };
    const passedOn: unknown = runInNewContext(`${code}; handler(event)`, { event });
    expect(JSON.parse(JSON.stringify(passedOn))).toEqual({
      method: "GET",
      headers: { accept: { value: "*/*" }, "larder-viewer-address": { value: "198.51.100.7" } },
    });
  });

  it("gives the key to CloudFront alone, and its hash to every function that API Gateway calls", () => {
    const [header, ...others] = listOf(origin.OriginCustomHeaders);
    expect([header.HeaderName, others]).toEqual(["larder-edge-key", []]);
    const [before, reference, after] = header.HeaderValue["Fn::Join"][1];
    expect([before, after]).toEqual(["{{resolve:secretsmanager:", ":SecretString:::}}"]);
    const secret = synthesized.behind(reference, "api");
    expect(secret).toMatchObject({
      Type: "AWS::SecretsManager::Secret",
      Properties: { GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true } },
    });
    for (const name of behindTheApi) {
      const hash = synthesized.behind(edge.variablesOf(name).EDGE_KEY_HASHES, "api");
      expect(hash).toMatchObject({ Type: "Custom::EdgeKeyHash", Properties: { SecretArn: { Ref: secret.id } } });
    }
    for (const { Properties, id } of edge.functions) {
      expect([id, JSON.stringify(Properties)]).toEqual([id, expect.not.stringContaining("{{resolve:secretsmanager")]);
      if (!behindTheApi.includes(String(Properties.Description).replace("Larder: ", "")))
        expect(Object.keys(Properties.Environment?.Variables ?? {})).not.toContain("EDGE_KEY_HASHES");
    }
  });

  it("lets nobody but the function that hashes it read the key", () => {
    const reading = synthesized
      .resources("AWS::IAM::Policy")
      .filter(({ Properties }) => JSON.stringify(Properties).includes("EdgeKeyKey"));
    expect(reading.map(({ id }) => id)).toEqual([expect.stringMatching(/^EdgeKeyHasherAccessRoleDefaultPolicy/)]);
    const [statement] = listOf(reading[0]!.Properties.PolicyDocument.Statement).filter(({ Action }) =>
      String(Action).startsWith("secretsmanager"),
    );
    expect(statement.Action).toBe("secretsmanager:GetSecretValue");
  });

  it("gives CloudFront a key only when every function accepts it", () => {
    const waitsFor = distribution.DependsOn!.map((id) => synthesized.behind({ Ref: id }, "api").Properties.Description);
    expect(waitsFor).toEqual(expect.arrayContaining(behindTheApi.map((name) => `Larder: ${name}`)));
  });

  it("refuses what doesn't come through CloudFront", () => {
    for (const name of behindTheApi) expect(edge.variablesOf(name).DIRECT_CALLS).toBe("refused");
  });

  it("has the firewall in us-east-1, before everything else of CloudFront", () => {
    expect(edge.firewallStack).toMatchObject({ region: "us-east-1", terminationProtection: config.keepData });
    const [reader, path] = settings.WebACLId["Fn::GetAtt"];
    expect(synthesized.behind({ Ref: reader }, "api").Type).toBe("Custom::CrossRegionExportReader");
    const acl = Object.keys(firewall.Resources).find((id) => firewall.Resources[id].Type === "AWS::WAFv2::WebACL");
    expect(path).toContain(`GetAtt${acl}Arn`);
    expect(edge.synthesized.stage.api.dependencies).toContain(edge.firewallStack);
  });

  it("blocks by the rules of AWS, and an address that asks too often", () => {
    const rules = firewallRules(firewall);
    expect(rules.map(({ Name, Action, OverrideAction }) => [Name, Action ?? OverrideAction])).toEqual([
      ["RequestsPerAddress", { Block: { CustomResponse: { ResponseCode: 429 } } }],
      ["AmazonIpReputationList", { None: {} }],
      ["CommonRuleSet", { None: {} }],
      ["KnownBadInputsRuleSet", { None: {} }],
    ]);
    expect(rules[0].Statement.RateBasedStatement).toEqual({
      AggregateKeyType: "IP",
      Limit: 5_000,
      EvaluationWindowSec: 300,
    });
  });

  it("logs what the firewall finds, for as long as everything else, encrypted and without tokens", () => {
    const resources = Object.values<Json>(firewall.Resources);
    const [log] = resources.filter(({ Type }) => Type === "AWS::Logs::LogGroup");
    expect(log.Properties).toMatchObject({
      RetentionInDays: config.logRetention,
      KmsKeyId: { "Fn::GetAtt": [expect.stringMatching(/^EncryptionKey/), "Arn"] },
    });
    // Another for each stack that is made: it stays behind.
    expect(JSON.stringify(log.Properties.LogGroupName)).toMatch(
      new RegExp(`"aws-waf-logs-larder-${config.name}-",.*"AWS::StackId"`),
    );
    const [logging] = resources.filter(({ Type }) => Type === "AWS::WAFv2::LoggingConfiguration");
    expect(logging.Properties.RedactedFields).toEqual([
      { SingleHeader: { Name: "authorization" } },
      { SingleHeader: { Name: "cookie" } },
    ]);
    expect(JSON.stringify(logging.Properties.LogDestinationConfigs)).not.toContain(":*");
    const [key] = resources.filter(({ Type }) => Type === "AWS::KMS::Key");
    expect(JSON.stringify(key.Properties.KeyPolicy)).not.toContain("cloudwatch.amazonaws.com"); // there is no topic
  });
});

const dev = stages[0]!;
const plain = synthesizedStages[0]!.synthesized;

describe.each<[string, Partial<StageConfig>]>([
  ["domain", { domain }],
  ["waf", { waf }],
])("stage dev with the line %s", (_setting, change) => {
  const edge = edgeOf({ ...dev, ...change });

  it("deploys beside everything else what was reviewed", () => {
    const { api, network } = edge.synthesized.templates;
    expect({
      api: normalisedTemplate(differing(api.toJSON(), plain.templates.api.toJSON())),
      network: normalisedTemplate(differing(network.toJSON(), plain.templates.network.toJSON())),
      firewall: edge.firewall && normalisedTemplate(edge.firewall.Resources),
    }).toMatchSnapshot();
  });
});

describe("stage dev", () => {
  it("answers direct calls while the firewall only counts, and with a domain alone", () => {
    for (const change of [{ domain }, { waf: { ...waf, action: "count" } }] satisfies Partial<StageConfig>[]) {
      const edge = edgeOf({ ...dev, ...change });
      for (const name of behindTheApi) expect(edge.variablesOf(name).DIRECT_CALLS).toBe("answered");
    }
  });

  it("blocks nothing while the firewall only counts", () => {
    const rules = firewallRules(edgeOf({ ...dev, waf: { ...waf, action: "count" } }).firewall);
    expect(rules.map(({ Action, OverrideAction }) => Action ?? OverrideAction)).toEqual(
      rules.map(() => ({ Count: {} })),
    );
  });

  it("has CloudFront's own name without a domain, and no firewall without one", () => {
    const own = edgeOf({ ...dev, waf });
    expect(own.settings.Aliases).toBeUndefined();
    own.synthesized.templates.api.hasOutput("ApiUrl", {
      Value: { "Fn::Join": ["", ["https://", { "Fn::GetAtt": [own.distribution.id, "DomainName"] }]] },
    });
    expect(edgeOf({ ...dev, domain }).settings.WebACLId).toBeUndefined();
  });

  it("in us-east-1 needs no way between regions", () => {
    const [region, availabilityZones] = ["us-east-1", ["us-east-1a", "us-east-1b"]];
    const { settings, synthesized, firewallStack } = edgeOf({ ...dev, region, availabilityZones, waf });
    expect(Object.keys(settings.WebACLId)).toEqual(["Fn::ImportValue"]);
    expect(synthesized.stage.api.dependencies).toContain(firewallStack);
  });

  it("sends a new key while functions still accept the one before, and ends it with the next", () => {
    const keysOf = (edgeKey: number) => {
      const { settings, variablesOf, synthesized } = edgeOf({ ...dev, domain, edgeKey });
      const hashes = variablesOf("catalog").EDGE_KEY_HASHES;
      return {
        sent: settings.Origins[0].OriginCustomHeaders[0].HeaderValue["Fn::Join"][1][1].Ref as string,
        accepted: listOf(hashes["Fn::Join"]?.[1] ?? [hashes])
          .filter((part) => typeof part !== "string")
          .map((hash) => synthesized.behind(hash, "api").Properties.SecretArn.Ref as string),
        kept: synthesized.resources("AWS::SecretsManager::Secret").map(({ id }) => id),
      };
    };
    const [first, second, third] = [keysOf(1), keysOf(2), keysOf(3)];
    expect(first.accepted).toEqual([first.sent]);
    expect(second.accepted).toEqual([second.sent, first.sent]);
    expect(third.accepted).toEqual([third.sent, second.sent]);
    expect(third.kept.toSorted()).toEqual(third.accepted.toSorted());
    expect(new Set([first.sent, second.sent, third.sent]).size).toBe(3);
  });
});
