// A tool made of ltijs, a library others wrote: it registers itself at a platform, is opened, offers resources and sends scores.
// What it was told and what it was answered it shows as JSON, for the tests to read.
//
//   node tool.mjs HOST          says the port it took on stdout, and ends when stdin does
//
// ltijs keeps its registrations and launches in MongoDB unless it is given something else; this gives it the memory.

import http from "node:http";
import ltijs from "ltijs";

class Memory {
  #rows = new Map();

  async setup() {
    return true;
  }

  async Close() {
    return true;
  }

  #of(collection) {
    if (!this.#rows.has(collection)) this.#rows.set(collection, []);
    return this.#rows.get(collection);
  }

  // What is encrypted elsewhere is asked for by an index beside it; here both are one row, and never leave the process.
  #has(row, query = {}) {
    return Object.entries(query).every(([name, value]) => (row.index?.[name] ?? row.item[name]) === value);
  }

  async Get(_secret, collection, query) {
    const found = this.#of(collection).filter((row) => this.#has(row, query));
    return found.length ? found.map((row) => ({ ...structuredClone(row.item), createdAt: row.at })) : false;
  }

  async Insert(_secret, collection, item, index) {
    this.#of(collection).push({ item: structuredClone(item), index, at: Date.now() });
    return true;
  }

  async Replace(secret, collection, query, item, index) {
    await this.Delete(collection, query);
    return this.Insert(secret, collection, item, index);
  }

  async Modify(_secret, collection, query, change) {
    const row = this.#of(collection).find((one) => this.#has(one, query));
    if (row) Object.assign(row.item, structuredClone(change));
    return true;
  }

  async Delete(collection, query) {
    this.#rows.set(collection, this.#of(collection).filter((row) => !this.#has(row, query)));
    return true;
  }
}

const { Provider: lti } = ltijs;
const server = http.createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = `http://${process.argv[2]}:${server.address().port}`;

lti.setup("a secret of the tests", { plugin: new Memory() }, {
  appRoute: "/open",
  dynReg: { url: address, name: "电路仿真", autoActivate: true },
});
await lti.deploy({ serverless: true, silent: true });
server.on("request", lti.app);

lti.onConnect((token, _request, response) => response.json({ ltik: response.locals.ltik, token }));

lti.onDeepLinking(async (token, _request, response) => {
  const chosen = [
    {
      type: "ltiResourceLink",
      title: "仿真二",
      url: `${address}/open?task=2`,
      custom: { task: "2" },
      lineItem: { scoreMaximum: 20, label: "仿真二", tag: "lab" },
    },
  ];
  response.send(await lti.DeepLinking.createDeepLinkingForm(token, chosen, { message: "选好了" }));
});

// What the library is told to do, and what it says came of it.
const asked = (work) => async (request, response) => {
  try {
    response.json(await work(response.locals.token, request.query));
  } catch (error) {
    response.status(502).json({ message: error.message, said: error.response?.body });
  }
};

lti.app.get("/score", asked(async (token, { given }) => {
  const line = token.platformContext.endpoint.lineitem;
  const score = { scoreGiven: Number(given), activityProgress: "Completed", gradingProgress: "FullyGraded" };
  const sent = await lti.Grade.submitScore(token, line, score);
  return { sent, results: (await lti.Grade.getScores(token, line, { userId: token.user })).scores };
}));

lti.app.get("/members", asked((token) => lti.NamesAndRoles.getMembers(token, { pages: false })));

lti.app.get("/columns", asked(async (token) => {
  const made = await lti.Grade.createLineItem(token, { label: "期末", scoreMaximum: 100, tag: "final" });
  const changed = await lti.Grade.updateLineItemById(token, made.id, { ...made, label: "期末考试" });
  const { lineItems } = await lti.Grade.getLineItems(token, { tag: "final" });
  await lti.Grade.deleteLineItemById(token, made.id);
  const left = await lti.Grade.getLineItems(token, { tag: "final" });
  return { made, changed, listed: lineItems, left: left.lineItems };
}));

console.log(server.address().port);
process.stdin.on("end", () => process.exit()).resume();
