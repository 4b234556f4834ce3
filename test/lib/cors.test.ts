import { corsFor, findCorsMistakes } from "../../lib/constructs/cors";
import { stages, type StageConfig } from "../../lib/config";
import { LarderStage } from "../../lib/larder-stage";
import { testApp } from "./support/test-app";

describe("origins whose pages may call the API", () => {
  it.each([[[]], [["*"]], [["https://shop.example.com", "http://localhost:5173", "https://example.com:8443"]]])(
    "are taken as a browser sends them: %j",
    (origins) => {
      expect([...findCorsMistakes(origins)]).toEqual([]);
    },
  );

  it.each([
    "shop.example.com",
    "https://shop.example.com/",
    "https://shop.example.com/films",
    "https://Shop.example.com",
    "https://shop.example.com:443",
    "https://*",
    "https://*.example.com",
    "https://user@shop.example.com",
    "ftp://shop.example.com",
    "null",
    "",
  ])("are refused in any other form: %j", (origin) => {
    expect([...findCorsMistakes([origin])]).toEqual([expect.stringContaining(`corsOrigins names "${origin}": use`)]);
  });

  it("are refused where * makes the others pointless, or one is named twice", () => {
    expect([...findCorsMistakes(["*", "https://a.example.com"])]).toEqual([expect.stringContaining("* beside others")]);
    expect([...findCorsMistakes(["https://a.example.com", "https://a.example.com"])]).toEqual([
      expect.stringContaining("an origin twice"),
    ]);
  });

  it("are refused when the stage is synthesized", () => {
    const [dev] = stages as [StageConfig];
    const config = { ...dev, api: { ...dev.api, corsOrigins: ["shop.example.com"] } };
    expect(() => new LarderStage(testApp(), "dev", { config })).toThrow('corsOrigins names "shop.example.com"');
  });

  it("never send cookies, not even where all pages are let in", () => {
    expect(corsFor(["*"])).not.toHaveProperty("allowCredentials");
  });
});
