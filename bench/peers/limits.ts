/** `npm run bench -- limits`: the limiter beside its peers, in one run; keeps the figures in bench/peers/limits.json. */
import { measureInProcess } from "./measuring-process";

measureInProcess("limits");
