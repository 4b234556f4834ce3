import { stages } from "../../lib/config";
import { accepted } from "./released/accepted";
import { readReleased, releasedStages } from "./released/released-templates";
import { findLosses } from "./support/replacement/losses";
import { templatesOf } from "./support/replacement/stage-templates";
import { findTakenExports, findTakenRights } from "./support/replacement/taken";
import { synthesizedStages } from "./support/synthesized-stage";

const acceptedOf = (stage: string) => accepted.filter((loss) => loss.stage === stage);

describe.each(synthesizedStages)("an update of the stage $name from the last release", ({ name, synthesized }) => {
  const [released, next] = [readReleased(name), templatesOf(synthesized.stage)];
  const losses = [findLosses, findTakenRights, findTakenExports].flatMap((find) => find(released, next));
  const isLost = ({ stack, id }: { stack: string; id: string }) =>
    losses.some((loss) => loss.stack === stack && loss.id === id);

  it("replaces and removes nothing that holds data, and takes nothing from the release before, but for what is accepted", () => {
    const isAccepted = ({ stack, id }: { stack: string; id: string }) =>
      acceptedOf(name).some((loss) => loss.stack === stack && loss.id === id);
    expect(losses.filter((loss) => !isAccepted(loss)).map(({ message }) => message)).toEqual([]);
  });

  it("does everything that is accepted, so that nothing stays accepted after the release", () => {
    expect(acceptedOf(name).filter((loss) => !isLost(loss))).toEqual([]);
  });

  it("starts from a release of the stacks that hold something", () => {
    expect(Object.keys(readReleased(name))).toEqual(expect.arrayContaining(["network", "data", "api"]));
  });
});

describe("the stages", () => {
  const names = stages.map((config) => config.name).sort();

  it("are those of the last release: one that isn't in the config any more stays behind with all that it holds", () => {
    expect(releasedStages()).toEqual(names);
  });

  it("are those that accepted losses name", () => {
    expect(accepted.filter(({ stage }) => !names.includes(stage))).toEqual([]);
  });
});
