// The emulator in a container of its own for a test run, with Testcontainers: node --test examples/testcontainers.test.mjs
// npm install testcontainers postmark; docker build -t postmark-emulator . (or the published image)
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postmark from "postmark";
import { GenericContainer, Wait } from "testcontainers";

let emulator;
let client;
let base;

before(async () => {
  emulator = await new GenericContainer("postmark-emulator")
    .withExposedPorts(8025)
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
  const host = `${emulator.getHost()}:${emulator.getMappedPort(8025)}`;
  base = `http://${host}`;
  client = new postmark.ServerClient("emulator-server-token", { useHttps: false, requestHost: host });
});

after(() => emulator?.stop());

test("a mail arrives", async () => {
  await client.sendEmail({ From: "shop@example.com", To: "ada@example.org", Subject: "Hello", TextBody: "Code 482913" });
  const answer = await fetch(`${base}/_emulator/messages/latest?to=ada@example.org&wait=10`);
  const mail = await answer.json();
  assert.equal(mail.Subject, "Hello");
  assert.deepEqual(mail.Codes, ["482913"]);
});
