// Sends one of each call with the package `@customerio/cdp-analytics-node`.
// Usage: NODE_PATH=<node_modules> node cdp_analytics_node.cjs <url, without /v1> <key>
const { Analytics } = require("@customerio/cdp-analytics-node");

async function main([host, writeKey]) {
  const analytics = new Analytics({ host, writeKey, flushInterval: 10 });
  const errors = [];
  analytics.on("error", (error) => errors.push(String(error.reason ?? error.code)));
  const timestamp = new Date("2026-11-01T10:00:00.000Z");
  analytics.track({ anonymousId: "visitor", event: "Looked Around", messageId: "m1", timestamp });
  analytics.identify({ userId: "ada", anonymousId: "visitor", traits: { email: "ada@example.com" }, messageId: "m2" });
  analytics.page({ userId: "ada", name: "Home", properties: { url: "https://example.com/" }, messageId: "m3" });
  analytics.screen({ userId: "ada", name: "Start", messageId: "m4" });
  analytics.group({ userId: "ada", groupId: "acme", traits: { name: "Acme", objectTypeId: "2" }, messageId: "m5" });
  analytics.alias({ previousId: "old-ada", userId: "ada", messageId: "m6" });
  analytics.identify({ userId: "bob", traits: { plan: "pro" }, messageId: "m7" });
  analytics.track({ userId: "bob", event: "Signed Up", properties: { source: "örtlich" }, messageId: "m8", timestamp });
  await analytics.closeAndFlush();
  console.log(JSON.stringify({ errors }));
}

main(process.argv.slice(2));
