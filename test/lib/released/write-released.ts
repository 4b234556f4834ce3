/** `npm run release:templates`: makes the templates of now those of the last release. */
import { synthesizedStages } from "../support/synthesized-stage";
import { templatesOf } from "../support/replacement/stage-templates";
import { writeReleased } from "./released-templates";

for (const { name, synthesized } of synthesizedStages) writeReleased(name, templatesOf(synthesized.stage));
