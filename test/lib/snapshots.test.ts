import { normalisedTemplate } from "./support/normalised-template";
import { stackNames, synthesizedStages } from "./support/synthesized-stage";

describe.each(synthesizedStages)("stage $name", ({ synthesized }) => {
  it.each(stackNames)("deploys the %s stack as reviewed", (stack) => {
    expect(normalisedTemplate(synthesized.templates[stack].toJSON())).toMatchSnapshot();
  });
});
