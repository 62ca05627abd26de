// Compiles the documents in relay/ against the schema at SCHEMA; prints what Relay would send, by name, as JSON.
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import compiler from "relay-compiler";

const persistConfig = { file: "./sent.json", algorithm: "MD5" };
const config = { src: "./relay", schema: "./schema.graphql", language: "javascript", persistConfig };

copyFileSync(process.env.SCHEMA, "schema.graphql");
writeFileSync("sent.json", "{}");
writeFileSync("relay.json", JSON.stringify(config));
execFileSync(compiler, ["relay.json"], { stdio: ["ignore", "ignore", "inherit"] });

const sent = Object.values(JSON.parse(readFileSync("sent.json", "utf8")));
console.log(JSON.stringify(Object.fromEntries(sent.map((text) => [/\w+ (\w+)/.exec(text)[1], text]))));
