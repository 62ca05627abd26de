// The client of graphql-ws subscribes at ADDRESS as the holder of TOKEN, acts, and prints what it was told, as JSON.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const { ADDRESS: url, TOKEN: token } = process.env;
const AUTHORIZATION = `Bearer ${token}`;
const OPEN = `{ clearances(where: {item: {code: {eq: "LIB_BOOKS"}}, status: {eq: PENDING}, decidedBy: {eq: RULE},
  sheet: {state: {eq: ACTIVE}, batch: {code: {eq: "2026-06"}}}}, orderBy: [{id: ASC}], first: 2)
  { nodes { sheet { student { studentNo } } } } }`;
const SYNC = `mutation ($input: SyncClearancesInput!) { syncClearances(input: $input) { applied } }`;
const CHANGED = `subscription ($item: String!, $after: String) { clearanceChanged(where: {item: {code: {eq: $item}}},
  after: $after) { clearance { status sheet { student { studentNo } } } event { before after } cursor } }`;

async function ask(query, variables) {
  const headers = { "Content-Type": "application/json", Authorization: AUTHORIZATION };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

function settle(studentNo) {
  const rows = [{ studentNo, settled: true, observedAt: new Date().toISOString() }];
  return ask(SYNC, { input: { batch: "2026-06", item: "LIB_BOOKS", rows } });
}

function clientOf(connectionParams, options = {}) {
  const address = url.replace(/^http/, "ws");
  return createClient({ url: address, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, ...options });
}

// The first pong comes when what was sent before its ping has begun.
function begun(client) {
  return new Promise((resolve) => client.on("pong", (received) => received && resolve()));
}

function closedWith(client, query) {
  const sink = (resolve, reject) => ({ next: reject, complete: reject, error: resolve });
  return new Promise((resolve, reject) => client.subscribe({ query }, sink(resolve, reject)));
}

const [first, second] = (await ask(OPEN)).clearances.nodes.map((each) => each.sheet.student.studentNo);
const client = clientOf({ authorization: AUTHORIZATION }, { keepAlive: 50 });
const subscription = client.iterate({ query: CHANGED, variables: { item: "LIB_BOOKS" } });
const told = subscription.next();
await begun(client);
await settle(first);
const one = (await told).value.data.clearanceChanged;
await subscription.return();
await settle(second);

const after = { item: "LIB_BOOKS", after: one.cursor };
const again = client.iterate({ query: CHANGED, variables: after });
const two = (await again.next()).value.data.clearanceChanged;
const wrong = await closedWith(client, "subscription { clearanceChanged { nothing } }");
await client.dispose();
const nobody = await closedWith(clientOf({ authorization: "Bearer lx_wrong" }), CHANGED);

const studentNo = (change) => change.clearance.sheet.student.studentNo;
console.log(
  JSON.stringify({
    asked: [first, second],
    told: [one, two].map((change) => [studentNo(change), change.clearance.status, change.event]),
    wrong: wrong.map((error) => error.extensions.code),
    nobody: [nobody.code, nobody.reason],
  }),
);
