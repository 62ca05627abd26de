// `node server.mjs DATABASE_URL PORT`: PostGraphile over the tables as they are, in one process.
import { createServer } from "node:http";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import { postgraphile } from "postgraphile";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [url, port] = process.argv.slice(2);
const serv = postgraphile({
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset, PostGraphileConnectionFilterPreset],
  schema: { connectionFilterRelations: true, defaultBehavior: "+list" },
  pgServices: [makePgService({ connectionString: url, schemas: ["public"] })],
  grafserv: { graphiql: false, watch: false },
}).createServ(grafserv);
await serv.ready();
const answer = serv.createHandler();
createServer((request, response) =>
  request.url === "/readyz" ? response.end("ok") : answer(request, response),
).listen(Number(port), "127.0.0.1");
