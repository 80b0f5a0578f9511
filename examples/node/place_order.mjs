// Place an order from Node.js, with nothing but Node: a Celery message (protocol 2) pushed onto the queue's list, and
// the result read from the command's record. With a Redis client or celery-node at hand, use those; the message is the same.
//
// Usage: node place_order.mjs redis://127.0.0.1:6379/0 '{"kind": "market_order", "exchange": "binance", ...}'
import { randomUUID } from "node:crypto";
import { connect } from "node:net";

const [address, text] = process.argv.slice(2);
const { hostname, port } = new URL(address);
const id = randomUUID().replaceAll("-", "");
const command = { ...JSON.parse(text), id };
const queue = `${command.exchange}.orders`;

function message() {
  const body = JSON.stringify([[], { command }, { callbacks: null, errbacks: null, chain: null, chord: null }]);
  return JSON.stringify({
    body: Buffer.from(body).toString("base64"),
    "content-encoding": "utf-8",
    "content-type": "application/json",
    headers: {
      lang: "js", task: "orders.place", id, root_id: id, parent_id: null, group: null, eta: null, expires: null,
      retries: 0, timelimit: [null, null], argsrepr: "()", kwargsrepr: "", origin: `${process.pid}@node`,
    },
    properties: {
      correlation_id: id, reply_to: "", delivery_mode: 2, priority: 0, body_encoding: "base64",
      delivery_info: { exchange: "", routing_key: queue }, delivery_tag: randomUUID(),
    },
  });
}

// Enough of Redis' protocol for LPUSH and HMGET: a request is an array of bulk strings, a reply an integer or an array.
const socket = connect(Number(port), hostname);
let received = Buffer.alloc(0);
let wake = () => {};
socket.on("data", (chunk) => { received = Buffer.concat([received, chunk]); wake(); });

async function line() {
  for (;;) {
    const end = received.indexOf("\r\n");
    if (end >= 0) {
      const found = received.subarray(0, end).toString();
      received = received.subarray(end + 2);
      return found;
    }
    await new Promise((resolve) => { wake = resolve; });
  }
}

async function bulk(size) {
  while (received.length < size + 2) await new Promise((resolve) => { wake = resolve; });
  const found = received.subarray(0, size).toString();
  received = received.subarray(size + 2);
  return found;
}

async function reply() {
  const head = await line();
  const size = Number(head.slice(1));
  if (head[0] === "-") throw new Error(head.slice(1));
  if (head[0] === ":") return size;
  if (head[0] === "$") return size < 0 ? null : bulk(size);
  const items = [];
  for (let n = 0; n < size; n += 1) items.push(await reply());
  return items;
}

function ask(...words) {
  socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
  return reply();
}

const FINAL = ["done", "rejected", "expired", "cancelled", "failed"];
await ask("LPUSH", queue, message());
for (;;) {
  const [state, result] = await ask("HMGET", `pointsman:command:${id}`, "state", "result");
  if (FINAL.includes(state)) {
    console.log(JSON.stringify({ id, state, result: JSON.parse(result) }));
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 20)); // or SUBSCRIBE to the record's name, and look again then
}
socket.end();
