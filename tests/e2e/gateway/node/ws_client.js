// A client by ws: `ws_client.js ws://a.test:PORT deflate|plain`. All names are 127.0.0.1. Prints what it has seen as JSON.
const crypto = require("crypto");
const { once } = require("events");
const { WebSocket } = require("ws");

const [base, deflate] = process.argv.slice(2);
const lookup = (name, options, done) => (options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4));
setTimeout(() => { console.error("nothing more happened"); process.exit(1); }, 50000);

async function open(path, protocols = []) {
  const socket = new WebSocket(base + path, protocols, { lookup, perMessageDeflate: deflate === "deflate", maxPayload: 64 << 20 });
  await once(socket, "open");
  return socket;
}

// How a connection ends for us, and how long after `begin`.
async function end(socket, begin = Date.now()) {
  socket.on("error", () => {});
  const [code, reason] = await once(socket, "close");
  return { code, reason: String(reason), ms: Date.now() - begin };
}

// Sends one message, in pieces if there are several, and compares what comes back.
async function echoes(socket, pieces, binary) {
  pieces.forEach((piece, at) => socket.send(piece, { binary, fin: at === pieces.length - 1 }));
  const [data, isBinary] = await once(socket, "message");
  return isBinary === binary && data.equals(Buffer.concat(pieces));
}

async function talk() {
  const socket = await open("/ws/echo", ["chat.v1", "chat.v2"]);
  const seen = { protocol: socket.protocol, extensions: socket.extensions };
  seen.text = await echoes(socket, [Buffer.from("grüße, 世界")], false);
  seen.binary = await echoes(socket, [Buffer.from([0, 1, 255])], true);
  seen.empty = await echoes(socket, [Buffer.alloc(0)], true);
  seen.fragments = await echoes(socket, ["one ", "", "two ", "three"].map((each) => Buffer.from(each)), false);
  seen.large = await echoes(socket, [crypto.randomBytes(16 << 20)], true);
  const before = socket._socket.bytesRead;
  seen.dull = await echoes(socket, [Buffer.alloc(1 << 20, "x")], false);
  seen.wire = socket._socket.bytesRead - before;
  socket.ping("are you there");
  seen.pong = String((await once(socket, "pong"))[0]);
  socket.close(4001, "client is done");
  return { ...seen, end: await end(socket) };
}

async function fragments() {
  const socket = await open("/ws/fragments");
  const pings = [];
  socket.on("ping", (data) => pings.push(String(data)));
  const equal = await echoes(socket, [crypto.randomBytes(300001)], true);
  socket.close(1000);
  return { equal, pings, end: await end(socket) };
}

async function told(path) {
  const socket = await open(path);
  socket.send("now");
  return end(socket);
}

(async () => {
  const seen = { talk: await talk(), fragments: await fragments(), closes: await told("/ws/closes"), breaks: await told("/ws/breaks") };
  console.log(JSON.stringify(seen));
  process.exit(0);
})();
