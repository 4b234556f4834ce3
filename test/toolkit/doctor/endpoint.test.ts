import { endpointOf } from "../../../toolkit/doctor/endpoint";

it.each([
  ["master.films-abc.x1y2z3.euw1.cache.amazonaws.com", "group", "films-abc", "eu-west-1"],
  ["clustercfg.films-abc.x1y2z3.use2.cache.amazonaws.com", "group", "films-abc", "us-east-2"],
  ["films-abc-0001-001.films-abc.x1y2z3.apse2.cache.amazonaws.com", "group", "films-abc", "ap-southeast-2"],
  ["films-x1y2z3.serverless.cac1.cache.amazonaws.com", "serverlessCache", "films", "ca-central-1"],
  ["master.films-abc.x1y2z3.ugw1.cache.amazonaws.com", "group", "films-abc", undefined],
])("%s is the %s %s in %s", (host, kind, name, region) => {
  expect(endpointOf(host)).toEqual({ kind, name, region });
});

it.each([
  "127.0.0.1",
  "redis.example.com",
  "cache.amazonaws.com",
  "films.serverless.euw1.cache.amazonaws.com.example.com",
])("%s says nothing", (host) => {
  expect(endpointOf(host)).toBeUndefined();
});
