// WebSockets over HTTP/2 (RFC 8441) by Node's own client, several on one connection. Prints what came back as JSON.
const crypto = require("crypto");
const fs = require("fs");
const http2 = require("http2");

const [port, authority, ca] = process.argv.slice(2);
const session = http2.connect(`https://127.0.0.1:${port}`, { ca: fs.readFileSync(ca), servername: authority });

function frame(opcode, payload) {
  const mask = crypto.randomBytes(4);
  const head = payload.length < 126 ? Buffer.from([0x80 | opcode, 0x80 | payload.length]) : Buffer.alloc(10);
  if (payload.length >= 126) {
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  const body = Buffer.from(payload);
  for (let i = 0; i < body.length; ++i) body[i] ^= mask[i % 4];
  return Buffer.concat([head, mask, body]);
}

// The next whole message of an unmasked, unfragmented stream; null: more bytes are needed.
function parse(bytes) {
  if (bytes.length < 2) return null;
  let [at, size] = [2, bytes[1] & 127];
  if (size === 126) [at, size] = bytes.length < 4 ? [4, Infinity] : [4, bytes.readUInt16BE(2)];
  else if (size === 127) [at, size] = bytes.length < 10 ? [10, Infinity] : [10, Number(bytes.readBigUInt64BE(2))];
  if (bytes.length < at + size) return null;
  return { opcode: bytes[0] & 15, payload: bytes.subarray(at, at + size), rest: bytes.subarray(at + size) };
}

function talk(messages) {
  return new Promise((done, failed) => {
    const stream = session.request(
      { ":method": "CONNECT", ":protocol": "websocket", ":scheme": "https", ":authority": authority, ":path": "/ws", "sec-websocket-version": "13" },
      { endStream: false });
    const seen = { status: 0, sizes: [], equal: true, closed: false };
    let [bytes, next] = [Buffer.alloc(0), 0];
    stream.on("error", failed);
    stream.on("response", (fields) => {
      seen.status = fields[":status"];
      seen.accept = fields["sec-websocket-accept"] ?? null;
      stream.write(frame(2, messages[next]));
    });
    stream.on("data", (more) => {
      bytes = Buffer.concat([bytes, more]);
      for (let message; (message = parse(bytes)); ) {
        bytes = message.rest;
        if (message.opcode === 8) {
          seen.closed = true;
          stream.end();
          continue;
        }
        seen.sizes.push(message.payload.length);
        seen.equal &&= message.payload.equals(messages[next]);
        stream.write(++next < messages.length ? frame(2, messages[next]) : frame(8, Buffer.from([3, 232])));
      }
    });
    stream.on("close", () => done({ ...seen, code: stream.rstCode }));
  });
}

session.on("error", (error) => { console.error(error.stack); process.exit(1); });
session.once("remoteSettings", async (settings) => {
  const messages = [Buffer.from("hello"), Buffer.alloc(300000, 7), Buffer.from([0, 1, 2])];
  const seen = await Promise.all([talk(messages), talk(messages), talk(messages)]);
  console.log(JSON.stringify({ offered: settings.enableConnectProtocol, seen }));
  session.close();
});
