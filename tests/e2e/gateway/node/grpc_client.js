// One visit by the real client: all four kinds of calls, errors, deadlines, cancellation. Prints what it saw as JSON.
const fs = require("fs");
const grpc = require("@grpc/grpc-js");

const [address, authority, ca] = process.argv.slice(2);
const credentials = ca ? grpc.credentials.createSsl(fs.readFileSync(ca)) : grpc.credentials.createInsecure();
const client = new grpc.Client(address, credentials, {
  "grpc.default_authority": authority,
  "grpc.ssl_target_name_override": authority,
  "grpc.max_receive_message_length": -1,
});
const same = (bytes) => bytes;
const inAWhile = () => ({ deadline: Date.now() + 20000 });
const unary = (name, message, metadata = new grpc.Metadata(), options = inAWhile()) =>
  new Promise((done) => {
    let trailers;
    const call = client.makeUnaryRequest(`/test.Echo/${name}`, same, same, message, metadata, options, (error, answer) =>
      setImmediate(() => done({ code: error?.code ?? 0, details: error?.details, answer: answer?.toString("latin1"), trailers })));
    call.on("status", (status) => (trailers = status.metadata));
  });

async function serverStream() {
  const pieces = [];
  const call = client.makeServerStreamRequest("/test.Echo/Many", same, same, Buffer.from("n"), new grpc.Metadata(), inAWhile());
  for await (const piece of call) pieces.push(piece.toString());
  return pieces;
}

function clientStream() {
  return new Promise((done, failed) => {
    const call = client.makeClientStreamRequest("/test.Echo/Collect", same, same, new grpc.Metadata(), inAWhile(), (error, answer) =>
      error ? failed(error) : done(answer.toString()));
    for (let i = 0; i < 40; ++i) call.write(Buffer.alloc(100000));
    call.end();
  });
}

// Each word is said only when the answer to the one before is here: nothing may be held back anywhere.
async function talk() {
  const call = client.makeBidiStreamRequest("/test.Echo/Talk", same, same, new grpc.Metadata(), inAWhile());
  const heard = [];
  for (const word of ["one", "two", "three"]) {
    const answer = new Promise((done) => call.once("data", done));
    call.write(Buffer.from(word));
    heard.push((await answer).toString());
  }
  call.end();
  const status = await new Promise((done) => call.on("status", done));
  return { heard, code: status.code };
}

function hang(tag, options, cancelAfter) {
  return new Promise((done) => {
    const began = Date.now();
    let first;
    const call = client.makeServerStreamRequest("/test.Echo/Hang", same, same, Buffer.from(tag), new grpc.Metadata(), options);
    call.on("data", (piece) => {
      first = piece.toString();
      if (cancelAfter) call.cancel();
    });
    call.on("error", () => {});
    call.on("status", (status) => done({ code: status.code, first, ms: Date.now() - began }));
  });
}

(async () => {
  const tag = new grpc.Metadata();
  tag.set("x-tag", "t1");
  const said = await unary("Say", Buffer.from("hello"), tag);
  const big = await unary("Say", Buffer.alloc(3000000, "x"));
  const seen = {
    said: { code: said.code, answer: said.answer, seen: said.trailers.get("x-seen"), blob: [...said.trailers.get("x-blob-bin")[0]] },
    big: { code: big.code, size: big.answer?.length },
    many: await serverStream(),
    collected: await clientStream(),
    talk: await talk(),
    fail: await unary("Fail", Buffer.from("")),
    unknown: (await unary("Nothing", Buffer.from(""))).code,
    deadline: await hang("deadline", { deadline: Date.now() + 400 }),
    cancel: await hang("cancel", inAWhile(), true),
  };
  delete seen.fail.trailers;
  console.log(JSON.stringify(seen));
  client.close();
})();
