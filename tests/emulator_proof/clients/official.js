// The vendor's own Node client does its usual work with the emulator.
"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");
const postmark = require("postmark");

const base = process.env.POSTMARK_BASE_URL;
const options = { useHttps: false, requestHost: new URL(base).host };
const client = new postmark.ServerClient(process.env.POSTMARK_SERVER_TOKEN, options);
const mail = { From: "shop@example.com", To: "ada@example.org", Subject: "Welcome", TextBody: "Hello" };

async function control(verb, body) {
  const answer = await fetch(`${base}/_emulator/${verb}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200);
}

const steps = {
  async send() {
    const answer = await client.sendEmail({
      ...mail,
      HtmlBody: "<p>Hello</p>",
      Tag: "node",
      Metadata: { order: "7" },
      TrackOpens: true,
      Attachments: [{ Name: "a.txt", Content: "aGVsbG8=", ContentType: "text/plain", ContentID: null }],
    });
    assert.equal(answer.ErrorCode, 0);
    const details = await client.getOutboundMessageDetails(answer.MessageID);
    assert.deepEqual(details.Metadata, { order: "7" });
    assert.deepEqual(details.Attachments, ["a.txt"]);
    const dump = await client.getOutboundMessageDump(answer.MessageID);
    assert.match(dump.Body, /Subject: Welcome/);
  },

  async batch() {
    const answers = await client.sendEmailBatch([mail, { From: "x" }, { ...mail, To: "n@example.org" }]);
    assert.deepEqual(answers.map((answer) => answer.ErrorCode), [0, 300, 0]);
    assert.equal(answers[1].MessageID, undefined);
  },

  async bulk() {
    const accepted = await client.sendBulkEmail({
      From: "shop@example.com",
      Subject: "News",
      TextBody: "News for {{name}}",
      MessageStream: "broadcast",
      Messages: [1, 2, 3].map((number) => ({ To: `c${number}@example.org`, TemplateModel: { name: "C" } })),
    });
    await control("settle", {});
    const status = await client.getBulkEmailStatus(accepted.Id);
    assert.equal(status.TotalMessages, 3);
    assert.ok(["Accepted", "Processing", "Completed"].includes(status.Status));
  },

  async templates() {
    const made = await client.createTemplate({
      Name: "Node", Alias: "node", Subject: "Hi {{name}}", TextBody: "Dear {{name}}", HtmlBody: "",
    });
    const answer = await client.sendEmailWithTemplate({
      From: "shop@example.com", To: "ada@example.org", TemplateAlias: "node", TemplateModel: { name: "Ada" },
    });
    const details = await client.getOutboundMessageDetails(answer.MessageID);
    assert.equal(details.Subject, "Hi Ada");
    assert.equal(details.TextBody, "Dear Ada");
    const both = await client.sendEmailBatchWithTemplates([
      { From: "shop@example.com", To: "ada@example.org", TemplateId: made.TemplateId, TemplateModel: { name: "A" } },
      { From: "shop@example.com", To: "ada@example.org", TemplateId: 1, TemplateModel: {} },
    ]);
    assert.equal(both[0].ErrorCode, 0);
    assert.notEqual(both[1].ErrorCode, 0);
    const checked = await client.validateTemplate({
      Subject: "{{a}}", TextBody: "{{#each b}}", HtmlBody: "", TestRenderModel: { a: "A" },
    });
    assert.equal(checked.AllContentIsValid, false);
    assert.equal(checked.Subject.RenderedContent, "A");
    await client.editTemplate("node", { Name: "Node 2" });
    assert.ok((await client.getTemplates()).Templates.some((each) => each.Name === "Node 2"));
    assert.equal((await client.deleteTemplate("node")).ErrorCode, 0);
  },

  async search() {
    const found = await client.getOutboundMessages({ tag: "node", count: 10, offset: 0 });
    assert.equal(found.TotalCount, 1);
    const id = found.Messages[0].MessageID;
    await control("open", { message_id: id });
    const opens = await client.getMessageOpensForSingleMessage(id);
    assert.equal(opens.Opens[0].Recipient, "ada@example.org");
    const overview = await client.getOutboundOverview();
    assert.ok(overview.Sent >= 5);
    const counts = await client.getSentCounts({ tag: "node" });
    assert.equal(counts.Sent, 1);
  },

  async bounces() {
    const answer = await client.sendEmail({ ...mail, To: "hardbounce@bounce-testing.postmarkapp.com" });
    const found = await client.getBounces({ count: 10, messageID: answer.MessageID });
    assert.equal(found.TotalCount, 1);
    const bounce = await client.getBounce(found.Bounces[0].ID);
    assert.equal(bounce.Type, "HardBounce");
    assert.ok((await client.getBounceDump(bounce.ID)).Body);
    assert.ok((await client.getDeliveryStatistics()).InactiveMails >= 1);
    assert.equal((await client.activateBounce(bounce.ID)).Bounce.Inactive, false);
  },

  async suppressions() {
    const list = { Suppressions: [{ EmailAddress: "gone@example.org" }] };
    assert.equal((await client.createSuppressions("outbound", list)).Suppressions[0].Status, "Suppressed");
    const dump = await client.getSuppressions("outbound");
    assert.ok(dump.Suppressions.some((each) => each.EmailAddress === "gone@example.org"));
  },

  async webhooks() {
    let arrived;
    const post = new Promise((resolve) => { arrived = resolve; });
    let wanted = null;
    const server = http.createServer((request, response) => {
      const parts = [];
      request.on("data", (part) => parts.push(part));
      request.on("end", () => {
        response.end();
        const payload = JSON.parse(Buffer.concat(parts));
        if (payload.Metadata && payload.Metadata.hook === wanted) arrived(payload);
      });
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    wanted = "yes";
    const webhook = await client.createWebhook({
      Url: `http://127.0.0.1:${server.address().port}/hook`,
      MessageStream: "outbound",
      Triggers: { Delivery: { Enabled: true } },
    });
    const answer = await client.sendEmail({ ...mail, Metadata: { hook: "yes" } });
    assert.equal((await post).MessageID, answer.MessageID);
    const edited = await client.editWebhook(webhook.ID, { Triggers: { Open: { Enabled: true, PostFirstOpenOnly: true } } });
    assert.equal(edited.Triggers.Open.PostFirstOpenOnly, true);
    assert.equal((await client.getWebhooks()).Webhooks.length, 1);
    assert.equal((await client.deleteWebhook(webhook.ID)).ErrorCode, 0);
    server.close();
    server.closeAllConnections();
  },

  async errors() {
    const failed = async (call) => call.then(() => assert.fail("was taken"), (error) => error);
    const broken = await failed(client.sendEmail({ ...mail, To: "nobody" }));
    assert.deepEqual([broken.name, broken.code, broken.statusCode], ["InvalidEmailRequestError", 300, 422]);
    const inactive = await failed(client.sendEmail({ ...mail, To: "gone@example.org" }));
    assert.equal(inactive.name, "InactiveRecipientsError");
    assert.deepEqual(inactive.recipients, ["gone@example.org"]);
    const stranger = new postmark.ServerClient("00000000-0000-0000-0000-00000000000b", options);
    assert.equal((await failed(stranger.getServer())).name, "InvalidAPIKeyError");
  },

  async account() {
    const account = new postmark.AccountClient(process.env.POSTMARK_ACCOUNT_TOKEN, options);
    assert.equal((await account.getServers()).TotalCount, 1);
    const domain = await account.createDomain({ Name: "node.example" });
    assert.equal((await account.verifyDomainDKIM(domain.ID)).DKIMVerified, true);
    const sender = await account.createSenderSignature({ Name: "Shop", FromEmail: "shop@node.example" });
    assert.equal((await account.getSenderSignature(sender.ID)).EmailAddress, "shop@node.example");
  },
};

(async () => {
  for (const [name, step] of Object.entries(steps)) {
    await step();
    console.log(name);
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
