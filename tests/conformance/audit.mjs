// Runs graphql-http's audits against ADDRESS as the holder of TOKEN; prints one line of JSON for each.
import { serverAudits } from "graphql-http";

const { ADDRESS: url, TOKEN: token } = process.env;

function asHolder(address, options = {}) {
  const headers = new Headers(options.headers);
  headers.set("Authorization", `Bearer ${token}`);
  return fetch(address, { ...options, headers });
}

for (const audit of serverAudits({ url, fetchFn: asHolder })) {
  const { id, name, status, reason, response } = await audit.fn();
  const answered = status === "ok" ? undefined : `${response.status} ${await response.text()}`;
  console.log(JSON.stringify({ id, name, status, reason, answered }));
}
