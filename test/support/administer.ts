export { administer } from "../../local/servers/administer";
