/** `npm run bench -- queues`: the queue beside BullMQ, in one run; keeps the figures in bench/peers/queues.json. */
import { measureInProcess } from "./measuring-process";

measureInProcess("queues");
