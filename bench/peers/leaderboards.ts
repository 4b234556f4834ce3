/** `npm run bench -- leaderboards`: a board of a million members beside raw commands, in one run; keeps bench/peers/leaderboards.json. */
import { measureInProcess } from "./measuring-process";

measureInProcess("leaderboards");
