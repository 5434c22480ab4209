// Sends one of each call with the package `customerio-node`.
// Usage: NODE_PATH=<node_modules> node customerio_node.cjs <base url, with /v1> <key>
const { PipelinesClient } = require("customerio-node");

async function main([url, key]) {
  const client = new PipelinesClient(key, { url, strictMode: true, retry: { minTimeoutMs: 1 } });
  const timestamp = "2026-11-01T10:00:00.000Z";
  await client.track({ anonymousId: "visitor", event: "Looked Around", messageId: "m1", timestamp });
  await client.identify({ userId: "ada", anonymousId: "visitor", traits: { email: "ada@example.com" }, messageId: "m2" });
  await client.page({ userId: "ada", name: "Home", properties: { url: "https://example.com/" }, messageId: "m3" });
  await client.screen({ userId: "ada", name: "Start", messageId: "m4" });
  await client.group({ userId: "ada", groupId: "acme", traits: { name: "Acme", objectTypeId: "2" }, messageId: "m5" });
  await client.alias({ previousId: "old-ada", userId: "ada", messageId: "m6" });
  await client.batch([
    { type: "identify", userId: "bob", traits: { plan: "pro" }, messageId: "m7" },
    { type: "track", userId: "bob", event: "Signed Up", properties: { source: "örtlich" }, messageId: "m8", timestamp },
  ]);
  const refused = await client.track({ userId: "ada", event: "Bad", properties: "no object" }).catch((error) => error);
  console.log(JSON.stringify({ status: refused.statusCode, message: refused.message }));
}

main(process.argv.slice(2));
